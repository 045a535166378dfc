record.o: tests/unit/agent/probe/record.c tests/unit/unit.h \
  agent/probe/record.h lib/buf.h lib/limits.h

tests/unit/unit.h:

agent/probe/record.h:

lib/buf.h:

lib/limits.h:
