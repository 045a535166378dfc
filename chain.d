chain.o: agent/probe/chain.c agent/probe/chain.h \
  build/gen/proto/certwalk.pb-c.h lib/buf.h lib/der.h lib/encode.h \
  lib/file.h lib/hash.h lib/limits.h

agent/probe/chain.h:

build/gen/proto/certwalk.pb-c.h:

lib/buf.h:

lib/der.h:

lib/encode.h:

lib/file.h:

lib/hash.h:

lib/limits.h:
