# hull - an OCI container runtime
#
#	make			build/release/hull
#	make check		lint, unit tests, golden plans, integration tests (as root: all of them)
#	make SAN=address,undefined check-unit
#	make COV=1 check coverage
#	make install DESTDIR=/tmp/x PREFIX=/usr
#
# Every variant has a directory of its own under build/, so they never mix.
# Local settings go to config.mk, which git ignores. LINK=shared links all
# libraries dynamically, for systems without their static archives.
#
# With musl (Debian: musl-tools) hull is linked statically with it, as starting a program
# with glibc costs more than most commands of hull do, and hull-dynamic is what it becomes
# when it needs a library that is loaded: see HACKING.md. LIBC=glibc makes one program.

-include config.mk

PREFIX	   ?= /usr/local
BINDIR	   ?= $(PREFIX)/bin
MANDIR	   ?= $(PREFIX)/share/man
LIBEXECDIR ?= $(PREFIX)/libexec
PKG_CONFIG ?= pkg-config
HOSTCC	   ?= cc
INSTALL	   ?= install
CFLAGS	   ?= -Os -g
BATS	   ?= bats

MUSL_CC	   ?= musl-gcc
LIBC	   ?= $(if $(SAN)$(COV)$(filter shared,$(LINK))$(filter-out cc gcc,$(CC)),glibc,$(if $(shell command -v $(MUSL_CC)),musl,glibc))
LIBS	   := yajl libseccomp libcap mount libsystemd
comma	   := ,
variant	   := $(if $(SAN),san-$(subst $(comma),-,$(SAN)),$(if $(COV),cov,release))
B	   := build/$(variant)$(if $(filter-out cc gcc,$(CC)),-$(notdir $(CC)))

WARNINGS   := -Wall -Wextra -Wshadow -Wvla -Wpointer-arith -Wwrite-strings -Wformat=2 \
	      -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition \
	      -Wno-missing-field-initializers $(if $(WERROR),-Werror)
HARDENING  := $(if $(SAN)$(COV),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3) -fstack-protector-strong \
	      -fstack-clash-protection -ftrivial-auto-var-init=zero -fcf-protection=full -fPIE
# Keep only what this compiler and architecture know.
HARDENING  := $(foreach f,$(HARDENING),$(shell echo | $(CC) -Werror $f -O2 -E - >/dev/null 2>&1 && echo $f))
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -Iinclude $(WARNINGS) $(HARDENING) \
	      -fno-strict-aliasing -fvisibility=hidden -ffunction-sections -fdata-sections \
	      $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	      $(if $(COV),--coverage -O0) \
	      $(shell $(PKG_CONFIG) --cflags $(LIBS)) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--gc-sections,--as-needed $(LDFLAGS)
# libmount and libsystemd are loaded when they are used: see lib/sys/load.h.
ALL_LIBS   := $(if $(filter shared,$(LINK)),-lcap -lyajl, \
	      -Wl$(comma)-Bstatic -lcap -lyajl_s -Wl$(comma)-Bdynamic) $(LDLIBS)

# What --version calls the commit; nothing outside of git.
commit	   := $(if $(wildcard .git),$(shell git describe --always --dirty --abbrev=12 2>/dev/null))

lib_src	   := $(filter-out lib/musl/%,$(wildcard lib/*/*.c spec/*.c))
cmd_src	   := $(wildcard cmd/*.c)
unit	   := $(patsubst tests/unit/%.c,$B/%,$(wildcard tests/unit/test_*.c))
programs   := $(patsubst tests/integration/%.c,$B/%,$(wildcard tests/integration/*.c))
meters	   := $(patsubst tests/bench/%.c,$B/%,$(wildcard tests/bench/*.c)) $B/tally
lib_obj	   := $(lib_src:%.c=$B/%.o)
cmd_obj	   := $(cmd_src:%.c=$B/%.o)

# The program is copied whenever it enters a container, so what debuggers want stands beside it.
OBJCOPY	   ?= objcopy
split	    = $(OBJCOPY) --only-keep-debug $@ $@.debug && $(OBJCOPY) --strip-all $@ && \
	      $(OBJCOPY) --add-gnu-debuglink=$@.debug $@

Q	   := $(if $(V),,@)
say	    = $(if $(V),,@printf '  %-7s %s\n' $1 $(@:$B/%=%))

all: $B/hull

ifeq ($(LIBC),musl)
include lib/musl/rules.mk
whole	   := $B/hull-dynamic
else
whole	   := $B/hull
endif

$(whole): $(cmd_obj) $B/libhull.a
	$(call say,LINK)
	$Q$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)
	$(if $(SAN)$(COV),,$Q$(split))

$B/libhull.a: $(lib_obj)
	$(call say,AR)
	$Q$(RM) $@ && $(AR) rcs $@ $^

$(unit): $B/test_%: $B/tests/unit/test_%.o $B/libhull.a
	$(call say,LINK)
	$Q$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS) -lcmocka $(libs)
$B/test_seccomp: private libs := -lseccomp

$B/golden: $B/tests/golden/plan.o $B/libhull.a
	$(call say,LINK)
	$Q$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

# With clang and FUZZ=1 libFuzzer's; else programs that try files.
fuzzers	   := $(patsubst tests/fuzz/%.c,$B/fuzz-%,$(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
$(fuzzers): $B/fuzz-%: $B/tests/fuzz/%.o $(if $(FUZZ),,$B/tests/fuzz/replay.o) $B/libhull.a
	$(call say,LINK)
	$Q$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(if $(FUZZ),-fsanitize=fuzzer) -o $@ $^ $(ALL_LIBS)
fuzzers: $(fuzzers)

# The container's program in tests, and what else they run: static, for any root and any system.
vpath %.c tests/integration tests/bench
$(sort $(programs) $(meters)): $B/%: %.c $B/flags
	$(call say,CC)
	$Q$(CC) -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -static -o $@ $< $(libs)
$B/tally: private libs := -lseccomp
$B/probe: | $(filter-out $B/probe,$(programs))

$B/%.o: %.c $B/flags
	$(call say,CC)
	$Q mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(defines) -MMD -MP -c -o $@ $<

# What libseccomp knows about system calls, asked when we are built: see lib/plan/syscalls.h.
$B/syscall_table.h: scripts/syscall-table.c lib/plan/syscall_entry.h lib/plan/archs.h $B/flags
	$(call say,TABLE)
	$Q$(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -o $B/syscall-table $< -lseccomp && $B/syscall-table > $@.new && mv $@.new $@
$B/lib/plan/syscalls.o: private defines := -I$B
$B/lib/plan/syscalls.o: $B/syscall_table.h

$B/cmd/version.o: private defines := $(if $(commit),-DHULL_COMMIT='"$(commit)"')
$B/cmd/version.o: $B/commit
$B/commit: FORCE
	$Q mkdir -p $B && echo '$(commit)' | cmp -s - $@ || echo '$(commit)' > $@

# Rebuild when the compiler or its flags change, not when they are repeated.
$B/flags: FORCE
	$Q mkdir -p $B && echo '$(CC) $(ALL_CFLAGS) $(STATIC_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(STATIC_CFLAGS)' > $@

check: lint check-unit check-fuzz check-golden check-integration
check-unit: $(unit)
	$Q for t in $(unit); do $$t || exit 1; done
check-fuzz: $(fuzzers)
	$Q tests/fuzz/run try $B
check-golden golden: $B/golden
	$Q tests/golden/run $(if $(filter golden,$@),--update) $B/golden
check-integration: $B/hull $B/probe
	$Q BATS=$(BATS) tests/integration/run $B/hull $B/probe
costs: $B/hull $B/probe
	$Q COSTS=update BATS=$(BATS) tests/integration/run $B/hull $B/probe costs.bats
conformance conformance-vm: $B/hull $B/probe $B/golden $(unit)
	$Q BATS=$(BATS) tests/conformance $(if $(filter %-vm,$@),--guest) $B/hull $B/probe $B/golden $B
check-vm: $B/hull $B/probe
	$Q tests/vm/run all
vm-shell: $B/hull $B/probe
	$Q tests/vm/run shell
vm-speed: $B/hull $B/probe $B/turns
	$Q tests/vm/run tests/vm/speed
comparison: $B/hull $B/probe
	$Q tests/vm/run tests/vm/compare >$B/observed
	$Q mkdir -p docs && tests/vm/comparison $B/observed >docs/cgroup-comparison.md
check-engines: $B/hull $B/probe
	$Q BATS=$(BATS) tests/engines/run $B/probe $B/hull
check-engines-vm: $B/hull $B/probe
	$Q VM_SUITE=$${VM_SUITE:-sid} VM_ENGINES=yes VM_MEMORY=$${VM_MEMORY:-6144} tests/vm/run -t 21600 tests/vm/engines
engines-table: $B/hull $B/probe
	$Q tests/engines/borrow crun $B/borrowed/crun
	$Q tests/engines/borrow runc $B/borrowed/runc
	$Q BATS=$(BATS) tests/engines/table $B/probe $B/hull $B/borrowed/crun $B/borrowed/runc runc=$B/hull crun=$B/hull
fuzz:
	$Q$(MAKE) CC=clang CFLAGS='-O1 -g' SAN=fuzzer-no-link,address,undefined FUZZ=1 fuzzers
	$Q tests/fuzz/run fuzz build/san-fuzzer-no-link-address-undefined-clang
soak: $B/hull
	$Q tests/soak/exec-storm $B/hull
	$Q tests/soak/streams $B/hull
# Each writes what it measured to docs/benchmark, and the page of them all anew.
kept	    = > docs/benchmark/$@.new && mv docs/benchmark/$@.new docs/benchmark/$@.tsv && tests/bench/page > docs/benchmark.md
.PHONY: growth smallest
bench: $B/hull $(meters)
	$Q ROUNDS=41 tests/bench/run $B/hull phases | tests/bench/phases > docs/phases.svg
	$Q tests/bench/run $B/hull $(kept)
growth: $B/hull $(meters)
	$Q tests/bench/growth $B/hull $(kept)
smallest: $B/hull $(meters)
	$Q tests/vm/run 'tests/bench/smallest $$HULL crun runc 2>/tmp/err || { cat /tmp/err; false; }' $(kept)
coverage:
	$Q gcovr --root . --filter 'lib/|spec/' --print-summary $B
figures:
	$Q tests/figures
lint: $B/hull
	$Q tests/lint/all $B/hull

install: $B/hull
	$(INSTALL) -D -m 755 $B/hull $(DESTDIR)$(BINDIR)/hull
	$(if $(filter musl,$(LIBC)),$(INSTALL) -D -m 755 $B/hull-dynamic $(DESTDIR)$(LIBEXECDIR)/hull/hull-dynamic)
	for m in man/*.[58]; do $(INSTALL) -D -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/} || exit 1; done
uninstall:
	$(RM) $(DESTDIR)$(BINDIR)/hull $(DESTDIR)$(LIBEXECDIR)/hull/hull-dynamic
	for m in man/*.[58]; do $(RM) $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done
clean:
	$(RM) -r build

.PHONY: all check check-unit check-fuzz fuzz fuzzers check-golden golden check-integration check-vm vm-shell check-engines check-engines-vm engines-table costs conformance conformance-vm comparison vm-speed coverage figures soak bench lint install uninstall clean FORCE
.DELETE_ON_ERROR:
.SUFFIXES:
-include $(lib_obj:.o=.d) $(cmd_obj:.o=.d) $(unit:$B/%=$B/tests/unit/%.d) $B/tests/golden/plan.d \
	 $(fuzzers:$B/fuzz-%=$B/tests/fuzz/%.d) $B/tests/fuzz/replay.d
