/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_UNIT_H
#define HULL_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "hull/mem.h"

/*
 * What systemd is told about a unit: its properties by the names and D-Bus
 * types that org.freedesktop.systemd1(5) gives them.
 */
struct unit_item {
	const char *text, *word;	/* the first and the second "s" of a type */
	uint64_t number;		/* "b", "i", "t", "u", "y" */
};

struct unit_property {
	const char *name;		/* MemoryMax */
	const char *type;		/* "t": one item; "as", "au", "ay", "a(ss)", "a(st)": any number */
	LIST(struct unit_item) items;
	unsigned since;			/* the first systemd that knows it; 0: each that we meet */
	bool at_birth;			/* of a unit that is made; later it cannot be changed */
	const void *from;		/* of the configuration, and its member: see struct cgroup_write */
	const char *member;
};

typedef LIST(struct unit_property) unit_properties;

/* In numbers of type "t": no limit, and for weights: as if it had never been set. */
#define UNIT_INFINITY	UINT64_MAX

#endif
