target.o: tests/unit/agent/probe/target.c tests/unit/unit.h \
  agent/probe/target.h lib/limits.h

tests/unit/unit.h:

agent/probe/target.h:

lib/limits.h:
