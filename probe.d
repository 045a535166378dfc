probe.o: tests/unit/agent/probe/probe.c tests/unit/unit.h \
  agent/probe/probe.h agent/proc/child.h agent/config/config.h \
  lib/options.h agent/proc/sandbox.h lib/buf.h \
  build/gen/agent/proc/ipc.pb-c.h build/gen/proto/certwalk.pb-c.h

tests/unit/unit.h:

agent/probe/probe.h:

agent/proc/child.h:

agent/config/config.h:

lib/options.h:

agent/proc/sandbox.h:

lib/buf.h:

build/gen/agent/proc/ipc.pb-c.h:

build/gen/proto/certwalk.pb-c.h:
