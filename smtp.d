smtp.o: agent/probe/starttls/smtp.c agent/probe/starttls/starttls.h \
  lib/buf.h

agent/probe/starttls/starttls.h:

lib/buf.h:
