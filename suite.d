suite.o: agent/probe/suite.c agent/probe/suite.h

agent/probe/suite.h:
