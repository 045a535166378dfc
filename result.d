result.o: agent/probe/result.c agent/probe/result.h agent/probe/plan.h \
  agent/probe/hello.h agent/probe/suite.h lib/buf.h agent/probe/reply.h \
  build/gen/agent/proc/ipc.pb-c.h build/gen/proto/certwalk.pb-c.h \
  agent/probe/chain.h agent/probe/staple.h lib/hash.h lib/limits.h \
  lib/name.h lib/der.h lib/x509.h

agent/probe/result.h:

agent/probe/plan.h:

agent/probe/hello.h:

agent/probe/suite.h:

lib/buf.h:

agent/probe/reply.h:

build/gen/agent/proc/ipc.pb-c.h:

build/gen/proto/certwalk.pb-c.h:

agent/probe/chain.h:

agent/probe/staple.h:

lib/hash.h:

lib/limits.h:

lib/name.h:

lib/der.h:

lib/x509.h:
