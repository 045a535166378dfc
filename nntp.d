nntp.o: agent/probe/starttls/nntp.c agent/probe/starttls/starttls.h \
  lib/buf.h

agent/probe/starttls/starttls.h:

lib/buf.h:
