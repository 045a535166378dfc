ldap.o: agent/probe/starttls/ldap.c agent/probe/starttls/starttls.h \
  lib/buf.h lib/der.h

agent/probe/starttls/starttls.h:

lib/buf.h:

lib/der.h:
