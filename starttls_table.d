starttls_table.o: agent/probe/starttls/starttls_table.c \
  agent/probe/starttls/starttls.h lib/buf.h

agent/probe/starttls/starttls.h:

lib/buf.h:
