library.o: agent/probe/library.c agent/probe/library.h \
  agent/probe/hello.h agent/probe/suite.h lib/buf.h agent/probe/reply.h \
  lib/limits.h

agent/probe/library.h:

agent/probe/hello.h:

agent/probe/suite.h:

lib/buf.h:

agent/probe/reply.h:

lib/limits.h:
