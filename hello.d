hello.o: agent/probe/hello.c agent/probe/hello.h agent/probe/suite.h \
  lib/buf.h

agent/probe/hello.h:

agent/probe/suite.h:

lib/buf.h:
