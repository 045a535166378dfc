plan.o: tests/unit/agent/probe/plan.c tests/unit/unit.h \
  agent/probe/plan.h agent/probe/hello.h agent/probe/suite.h lib/buf.h \
  agent/probe/reply.h

tests/unit/unit.h:

agent/probe/plan.h:

agent/probe/hello.h:

agent/probe/suite.h:

lib/buf.h:

agent/probe/reply.h:
