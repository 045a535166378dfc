# SPDX-License-Identifier: Apache-2.0
#
#   make            build/certwalk, build/certwalk-collector, and the page in
#                   build/web where npm is there (NPM= leaves it out)
#   make demo       installs what is missing, builds, shows this host
#   make test       installs what is missing, runs all tests (ONLY=WORD: those
#                   whose name has WORD)
#   make bench      ratios against peers, in one run (ONLY=WORD, as above)
#   make install    DESTDIR= PREFIX=/usr: programs, manuals, units, completion
#   make lint       compilers' warnings, clang-tidy, cppcheck, house rules
#
# V=1 shows commands.  SAN=1 builds with ASan and UBSan into build/san.
# CC=clang FUZZ=1 builds the fuzz targets into build/fuzz.

VERSION := 0.1.0
PREFIX := /usr
B := build
CC := gcc
CSTD := -std=gnu11
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -Wvla -Werror
OPT := -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
LINK := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
ifeq ($(SAN),1)
B := build/san
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -DCW_SANITIZED=1
LINK := -fsanitize=address,undefined
endif
ifeq ($(FUZZ),1)
B := build/fuzz
OPT := -O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined -DCW_SANITIZED=1 \
	-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
LINK := -fsanitize=address,undefined
endif
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

AGENT_LIBS := libcurl libssl libcrypto libprotobuf-c libseccomp zlib
COLLECTOR_LIBS := libevent_openssl libevent_pthreads libevent libssl libcrypto \
	libprotobuf-c sqlite3 libpq libcurl jansson
PKG := $(shell command -v pkg-config 2>/dev/null)
ifneq ($(PKG),)
PKG_CFLAGS := $(shell pkg-config --cflags $(AGENT_LIBS) $(COLLECTOR_LIBS) \
	p11-kit-1 2>/dev/null)
AGENT_LDLIBS = $(shell pkg-config --libs $(AGENT_LIBS)) -linih -lpthread
COLLECTOR_LDLIBS = $(shell pkg-config --libs $(COLLECTOR_LIBS)) -linih -lpthread
endif
CFLAGS = $(CSTD) $(WARN) $(OPT) $(EXTRA_CFLAGS)
CPPFLAGS = -D_GNU_SOURCE -DCW_VERSION='"$(VERSION)"' -I. -I$(B)/gen \
	-DOPENSSL_API_COMPAT=30000 -DOPENSSL_NO_DEPRECATED $(PKG_CFLAGS) \
	-MMD -MP

PROTOS := proto/certwalk.proto agent/proc/ipc.proto \
	  collector-stub/alert/alert.proto
GEN_C := $(PROTOS:%.proto=$(B)/gen/%.pb-c.c)
GEN_H := $(PROTOS:%.proto=$(B)/gen/%.pb-c.h)
LIB_C := $(sort $(wildcard lib/*.c))
AGENT_C := $(sort $(wildcard agent/*/*.c agent/*/*/*.c))
COLLECTOR_C := $(sort $(wildcard collector-stub/*/*.c))
obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
GEN_O := $(GEN_C:$(B)/gen/%.c=$(B)/obj/gen/%.o)

# The collector's page: static files, the same for every kind of build.
NPM := $(shell command -v npm 2>/dev/null)
WEB := collector-stub/web
WEB_SOURCES := $(filter-out %.json,$(wildcard $(WEB)/*.* $(WEB)/*/* \
	$(WEB)/*/*/*))
PAGE := $(if $(NPM),build/web/index.html)

.PHONY: all
all: $(B)/certwalk $(B)/certwalk-collector $(PAGE)

$(B)/certwalk: $(call obj,agent/main.c) $(B)/agent.a $(B)/lib.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(AGENT_LDLIBS)

$(B)/certwalk-collector: $(call obj,collector-stub/main.c) $(B)/collector.a \
		$(B)/lib.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(COLLECTOR_LDLIBS)

$(B)/lib.a: $(call obj,$(LIB_C)) $(GEN_O)
$(B)/agent.a: $(call obj,$(AGENT_C))
$(B)/collector.a: $(call obj,$(COLLECTOR_C))
$(B)/%.a:
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(B)/obj/%.o: %.c $(GEN_H) Makefile
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# takes the document in
$(B)/obj/collector-stub/api/document.o: collector-stub/api/openapi.json

# Generated code keeps its own style.
$(B)/obj/gen/%.o: $(B)/gen/%.c $(GEN_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CSTD) $(OPT) -w -c -o $@ $<

$(B)/gen/%.pb-c.c $(B)/gen/%.pb-c.h: %.proto $(PROTOS)
	$(call say,PROTO,$<)
	$(Q)mkdir -p $(@D)
	$(Q)protoc-c -I. --c_out=$(B)/gen $<

# npm keeps its packages in build/npm; the tests need one more than the page.
build/npm/%.stamp: $(WEB)/package.json $(WEB)/package-lock.json $(WEB)/.npmrc
	$(call say,NPM,$*)
	$(Q)mkdir -p build/npm
	$(Q)cp $^ build/npm
	$(Q)cd build/npm && $(NPM) ci $(NPM_$*) >npm.log 2>&1 || { cat npm.log; \
		echo "npm could not fetch what the page needs; make NPM= does" \
		"without the page"; exit 1; }
	$(Q)touch $@
NPM_page := --omit=dev
build/npm/test.stamp: | build/npm/page.stamp

build/web/index.html: build/npm/page.stamp $(WEB_SOURCES)
	$(call say,PAGE,$(@D))
	$(Q)rm -rf $(@D)
	$(Q)node $(WEB)/build.mjs build/npm/node_modules $(@D)

.SECONDARY:

# ------------------------------------------------------------------ manuals
# A comment line "OPTIONS" stands for the list from the option table, "FORMATS"
# for that of the formats, "FINDERS" for that of the services.

MAN := $(patsubst %,$(B)/%,$(wildcard man/*))
insert = sed -e '/^\.\\" $(1)$$/{r /dev/stdin' -e 'd' -e '}'

.PHONY: man
man: $(MAN)
$(B)/man/certwalk-collector.ini.5: $(B)/certwalk-collector
$(B)/man/certwalk.ini.5: $(B)/certwalk
$(B)/man/%.ini.5: man/%.ini.5
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(B)/$* check-config --mdoc | $(call insert,OPTIONS) $< >$@
$(B)/man/certwalk-formats.7: man/certwalk-formats.7 packaging/formats.awk \
		$(wildcard agent/format/*.c)
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)awk -f packaging/formats.awk $(filter %.c,$^) | \
		$(call insert,FORMATS) $< >$@
$(B)/man/certwalk-finders.7: man/certwalk-finders.7 packaging/formats.awk \
		$(wildcard agent/finder/*.c)
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)awk -f packaging/formats.awk $(filter %.c,$^) | \
		$(call insert,FINDERS) $< >$@
$(B)/man/%: man/%
	$(Q)mkdir -p $(@D)
	$(Q)cp $< $@

# ------------------------------------------------------------------- tests
# tests/unit/PATH.c tests PATH.c; tests/fuzz/NAME.c is a libFuzzer target whose
# corpus, tests/fuzz/corpus/NAME, is replayed by `make test`.

UNIT := $(patsubst tests/%.c,$(B)/%,$(shell find tests/unit -name '*.c'))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(filter-out %/replay.c,\
	$(wildcard tests/fuzz/*.c)))
REPLAY := $(FUZZERS:%=$(B)/replay/%)
TEST_LDLIBS = $(AGENT_LDLIBS) $(COLLECTOR_LDLIBS)

$(B)/unit/collector-stub/%: $(B)/obj/tests/unit/collector-stub/%.o \
		$(B)/collector.a $(B)/lib.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(TEST_LDLIBS) -lcmocka
$(B)/unit/%: $(B)/obj/tests/unit/%.o $(B)/agent.a $(B)/lib.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(TEST_LDLIBS) -lcmocka

# programs that the scripts in tests/e2e use
E2E := $(patsubst tests/%.c,$(B)/%,$(wildcard tests/e2e/*.c))
$(B)/e2e/%: $(B)/obj/tests/e2e/%.o $(B)/agent.a $(B)/lib.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(AGENT_LDLIBS)

# a fleet, for the bench and for tests
FLEET_O := $(patsubst %,$(B)/obj/tests/bench/%.o,fleet fleet_content \
	fleet_store fleet_wire wire)
E2E += $(B)/bench/fleet
$(B)/bench/fleet: $(FLEET_O) $(B)/collector.a $(B)/lib.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(COLLECTOR_LDLIBS)

# a PKCS#11 module, which is loaded into the agent
E2E += $(B)/e2e/pkcs11_bad.so
$(B)/e2e/pkcs11_bad.so: tests/e2e/pkcs11/bad.c
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CSTD) $(WARN) -O1 -fPIC -shared -o $@ $<

FUZZ_O = $(B)/obj/tests/fuzz/%.o
FUZZ_A = $(B)/agent.a $(B)/collector.a $(B)/lib.a
$(B)/replay/%: $(FUZZ_O) $(B)/obj/tests/fuzz/replay.o $(FUZZ_A)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(TEST_LDLIBS)
build/fuzz/fuzz/%: $(FUZZ_O) $(FUZZ_A)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) -fsanitize=fuzzer -o $@ $^ $(TEST_LDLIBS)

.PHONY: deps test
deps:
	$(Q)packaging/deps.sh build test
test: deps
	+$(Q)MAKE=$(MAKE) tests/run.sh $(ONLY)

.PHONY: demo
demo:
	$(Q)packaging/deps.sh build demo
	+$(Q)$(MAKE) --no-print-directory all
	$(Q)ONCE=$(ONCE) packaging/demo.sh

.PHONY: unit replay fuzzers
unit: $(UNIT) $(E2E)
replay: $(REPLAY)
fuzzers: $(FUZZERS:%=build/fuzz/fuzz/%)

# ------------------------------------------------------------------- bench
# tests/bench/README.md tells the method and the settings (BENCH_...).

$(B)/bench/load: $(B)/obj/tests/bench/load.o \
		$(B)/obj/tests/bench/wire.o $(B)/agent.a $(B)/lib.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(AGENT_LDLIBS)

$(B)/bench/later: $(B)/obj/tests/bench/later.o $(B)/agent.a $(B)/lib.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(AGENT_LDLIBS)

$(B)/bench/store: $(B)/obj/tests/bench/store.o $(B)/collector.a $(B)/lib.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(COLLECTOR_LDLIBS)

$(B)/bench/bare: $(B)/obj/tests/bench/bare.o $(B)/collector.a $(B)/lib.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LINK) -o $@ $^ $(COLLECTOR_LDLIBS)

# the bare loops that budgets are of, where they are at hand
BARE := scan_limit probe_limit tiny_agent
BARE := $(wildcard $(BARE:%=../shared/bench/%.c))
BARE := $(BARE:../shared/bench/%.c=$(B)/bench/%)
$(B)/bench/%: ../shared/bench/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -O3 -march=native -w -o $@ $< -lssl -lcrypto -lpthread

.PHONY: bench
bench:
	$(Q)packaging/deps.sh build bench
	+$(Q)$(MAKE) -s -j2 all $(B)/bench/load $(B)/bench/later \
		$(B)/bench/store $(B)/bench/fleet $(B)/bench/bare $(BARE)
	$(Q)tests/bench/run.py $(ONLY)

# -------------------------------------------------------------------- lint

.PHONY: lint flags
lint:
	$(Q)packaging/deps.sh build test lint
	+$(Q)MAKE=$(MAKE) tests/analyse.sh
flags:
	@:$(info $(CPPFLAGS) $(CSTD))

.PHONY: install
install: all man
	$(Q)B=$(B) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) packaging/install.sh

.PHONY: clean
clean:
	rm -rf build

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
