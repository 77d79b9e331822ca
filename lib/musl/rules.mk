# hull, statically linked with musl; and hull-dynamic, of the same sources, which can load libraries.

MUSL_LIB   ?= /usr/lib/$(subst gnu,musl,$(shell $(CC) -dumpmachine))
static	   := $B/static
static_obj := $(patsubst %.c,$(static)/%.o,$(lib_src) $(cmd_src) $(wildcard lib/musl/*.c))

# Headers that are no C library's: musl's compiler knows only those of musl.
foreign	   := linux asm asm-generic sys/capability.h yajl libmount systemd
find_header = $(firstword $(wildcard $(patsubst %,%/$1,/usr/include /usr/include/$(shell $(CC) -dumpmachine))))
STATIC_CFLAGS := $(filter-out -Iinclude,$(ALL_CFLAGS)) -Iinclude -Ilib/musl/include \
	      -isystem $(static)/include -fno-asynchronous-unwind-tables

# What reads and plans is not in the child's copy (apart.ld): it may be larger, and quicker.
chosen	    = $(if $(filter lib/plan/% spec/% lib/base/json.c lib/base/fields.c,$<),$(STATIC_CFLAGS:-Os=-O2),$(STATIC_CFLAGS))

archives   := $(foreach l,cap yajl_s,$(shell $(CC) -print-file-name=lib$l.a))

$B/hull: $(static_obj) lib/musl/apart.ld | $B/hull-dynamic
	$(call say,LINK)
	$Q$(MUSL_CC) $(STATIC_CFLAGS) $(ALL_LDFLAGS) -nostartfiles -Wl,-static,--no-dynamic-linker,-z,text,-T,$(filter %.ld,$^) \
		-o $@ $(MUSL_LIB)/rcrt1.o $(MUSL_LIB)/crti.o $(static_obj) $(archives) $(MUSL_LIB)/crtn.o
	$Q$(split)

$(static)/%.o: %.c $B/flags | $(static)/include
	$(call say,CC)
	$Q mkdir -p $(@D) && $(MUSL_CC) $(chosen) $(defines) -MMD -MP -c -o $@ $<

$(static)/lib/plan/syscalls.o: private defines := -I$B
$(static)/lib/plan/syscalls.o: $B/syscall_table.h

$(static)/cmd/version.o: private defines := $(if $(commit),-DHULL_COMMIT='"$(commit)"')
$(static)/cmd/version.o: $B/commit

$(static)/lib/sys/load.o: private defines := -DHULL_DYNAMIC='"$(LIBEXECDIR)/hull/hull-dynamic"'
# The compiler must not make a calloc() of the malloc() and memset() in calloc().
$(static)/lib/musl/malloc.o: private defines := -fno-builtin-malloc
# Nor a call of memcpy() of the loop in memcpy().
$(static)/lib/musl/copy.o: private defines := -fno-tree-loop-distribute-patterns

$(static)/include: $B/flags
	$Q mkdir -p $@/sys
	$Q$(foreach h,$(foreign),ln -sfn $(call find_header,$h) $@/$h &&) touch $@

-include $(static_obj:.o=.d)
