staple.o: agent/probe/staple.c agent/probe/staple.h lib/der.h

agent/probe/staple.h:

lib/der.h:
