mssql.o: agent/probe/starttls/mssql.c agent/probe/starttls/starttls.h \
  lib/buf.h

agent/probe/starttls/starttls.h:

lib/buf.h:
