engine.o: agent/probe/engine.c agent/probe/engine.h \
  build/gen/agent/proc/ipc.pb-c.h build/gen/proto/certwalk.pb-c.h \
  agent/probe/connection.h agent/probe/hello.h agent/probe/suite.h \
  lib/buf.h agent/probe/library.h agent/probe/reply.h \
  agent/probe/record.h agent/probe/starttls/starttls.h \
  agent/probe/plan.h agent/probe/result.h agent/probe/target.h \
  lib/clock.h lib/limits.h

agent/probe/engine.h:

build/gen/agent/proc/ipc.pb-c.h:

build/gen/proto/certwalk.pb-c.h:

agent/probe/connection.h:

agent/probe/hello.h:

agent/probe/suite.h:

lib/buf.h:

agent/probe/library.h:

agent/probe/reply.h:

agent/probe/record.h:

agent/probe/starttls/starttls.h:

agent/probe/plan.h:

agent/probe/result.h:

agent/probe/target.h:

lib/clock.h:

lib/limits.h:
