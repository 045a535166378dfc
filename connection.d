connection.o: agent/probe/connection.c agent/probe/connection.h \
  agent/probe/hello.h agent/probe/suite.h lib/buf.h \
  agent/probe/library.h agent/probe/reply.h agent/probe/record.h \
  agent/probe/starttls/starttls.h lib/limits.h

agent/probe/connection.h:

agent/probe/hello.h:

agent/probe/suite.h:

lib/buf.h:

agent/probe/library.h:

agent/probe/reply.h:

agent/probe/record.h:

agent/probe/starttls/starttls.h:

lib/limits.h:
