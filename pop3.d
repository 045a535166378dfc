pop3.o: agent/probe/starttls/pop3.c agent/probe/starttls/starttls.h \
  lib/buf.h

agent/probe/starttls/starttls.h:

lib/buf.h:
