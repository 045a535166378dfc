postgres.o: agent/probe/starttls/postgres.c \
  agent/probe/starttls/starttls.h lib/buf.h

agent/probe/starttls/starttls.h:

lib/buf.h:
