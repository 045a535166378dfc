reply.o: tests/unit/agent/probe/reply.c tests/unit/unit.h \
  agent/probe/reply.h lib/buf.h agent/probe/suite.h lib/limits.h

tests/unit/unit.h:

agent/probe/reply.h:

lib/buf.h:

agent/probe/suite.h:

lib/limits.h:
