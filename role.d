role.o: agent/probe/role.c agent/probe/chain.h \
  build/gen/proto/certwalk.pb-c.h agent/probe/engine.h \
  build/gen/agent/proc/ipc.pb-c.h agent/probe/library.h \
  agent/probe/hello.h agent/probe/suite.h lib/buf.h agent/probe/reply.h \
  agent/probe/probe.h agent/proc/child.h agent/config/config.h \
  lib/options.h agent/proc/sandbox.h agent/proc/ipc.h lib/frame.h \
  lib/limits.h lib/log.h

agent/probe/chain.h:

build/gen/proto/certwalk.pb-c.h:

agent/probe/engine.h:

build/gen/agent/proc/ipc.pb-c.h:

agent/probe/library.h:

agent/probe/hello.h:

agent/probe/suite.h:

lib/buf.h:

agent/probe/reply.h:

agent/probe/probe.h:

agent/proc/child.h:

agent/config/config.h:

lib/options.h:

agent/proc/sandbox.h:

agent/proc/ipc.h:

lib/frame.h:

lib/limits.h:

lib/log.h:
