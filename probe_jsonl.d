probe_jsonl.o: agent/cmd/probe_jsonl.c agent/cmd/probe_print.h \
  build/gen/agent/proc/ipc.pb-c.h build/gen/proto/certwalk.pb-c.h \
  lib/inventory_json.h lib/json.h lib/buf.h lib/limits.h

agent/cmd/probe_print.h:

build/gen/agent/proc/ipc.pb-c.h:

build/gen/proto/certwalk.pb-c.h:

lib/inventory_json.h:

lib/json.h:

lib/buf.h:

lib/limits.h:
