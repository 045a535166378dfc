lmtp.o: agent/probe/starttls/lmtp.c agent/probe/starttls/starttls.h \
  lib/buf.h

agent/probe/starttls/starttls.h:

lib/buf.h:
