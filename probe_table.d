probe_table.o: agent/cmd/probe_table.c agent/cmd/probe_print.h \
  build/gen/agent/proc/ipc.pb-c.h build/gen/proto/certwalk.pb-c.h \
  lib/clock.h lib/text.h

agent/cmd/probe_print.h:

build/gen/agent/proc/ipc.pb-c.h:

build/gen/proto/certwalk.pb-c.h:

lib/clock.h:

lib/text.h:
