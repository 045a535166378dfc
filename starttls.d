starttls.o: tests/fuzz/starttls.c agent/probe/starttls/starttls.h \
  lib/buf.h lib/limits.h

agent/probe/starttls/starttls.h:

lib/buf.h:

lib/limits.h:
