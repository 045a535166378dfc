probe_reply.o: tests/fuzz/probe_reply.c agent/probe/record.h lib/buf.h \
  agent/probe/reply.h agent/probe/result.h agent/probe/plan.h \
  agent/probe/hello.h agent/probe/suite.h \
  build/gen/agent/proc/ipc.pb-c.h build/gen/proto/certwalk.pb-c.h \
  agent/probe/staple.h

agent/probe/record.h:

lib/buf.h:

agent/probe/reply.h:

agent/probe/result.h:

agent/probe/plan.h:

agent/probe/hello.h:

agent/probe/suite.h:

build/gen/agent/proc/ipc.pb-c.h:

build/gen/proto/certwalk.pb-c.h:

agent/probe/staple.h:
