/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_LOAD_H
#define SYS_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "hull/err.h"

/*
 * Libraries that most commands never use are loaded when they are: mapping
 * and relocating one costs more than many a command does. A file that does
 * this holds a struct of pointers to the functions that it calls, each
 * declared by the library's header, and a table of their names:
 *
 *	struct libfoo { __typeof__(foo_open) *open; };
 *	static const struct symbol symbols[] = { SYMBOL(struct libfoo, open, foo_open), { 0 } };
 */
struct symbol {
	const char *name;
	size_t offset;
};

#define SYMBOL(S, member, function) \
	{ #function, offsetof(S, member) + 0 * sizeof(struct { _Static_assert( \
		__builtin_types_compatible_p(__typeof__(((S *)0)->member), __typeof__(&function)), \
		#S "." #member " is not a " #function); char c; }) }

/*
 * Loads @soname and fills the pointers of *@to. ENOENT: it is not installed,
 * or too old. It stays loaded until the process ends.
 */
struct err *library_load(const char *soname, const struct symbol *symbols, void *to) MUST_CHECK;

/*
 * Says in the program file what may be loaded, where package managers look
 * for it: https://uapi-group.org/specifications/specs/elf_dlopen_metadata/.
 * @priority: "required", "recommended" or "suggested". Show it with readelf -n.
 */
#define NOTE_DLOPEN(feature, description, priority, soname) \
	NOTE_DLOPEN_JSON("[{\"soname\":[\"" soname "\"],\"feature\":\"" feature \
			 "\",\"description\":\"" description "\",\"priority\":\"" priority "\"}]")
#define NOTE_DLOPEN_JSON(json) \
	static const struct { \
		uint32_t name_size, value_size, type; \
		char name[4]; \
		_Alignas(4) char value[sizeof(json)]; \
	} note_dlopen __attribute__((used, retain, section(".note.dlopen"), aligned(4))) = { \
		.name_size = sizeof("FDO"), \
		.value_size = sizeof(json), \
		.type = 0x407c0c0a, \
		.name = "FDO", \
		.value = json, \
	}

#endif
