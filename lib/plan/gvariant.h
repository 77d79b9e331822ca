/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_GVARIANT_H
#define PLAN_GVARIANT_H

#include <stdbool.h>

#include "hull/unit.h"

/*
 * GVariant text (docs.gtk.org, "GVariant Text Format") as annotations give it:
 *
 *	true	-5	0x10	uint64 500	2.5	'text'	"text"	['a', "b"]	@as []
 */
enum gvariant_kind {
	GVARIANT_BOOL,
	GVARIANT_INTEGER,
	GVARIANT_REAL,
	GVARIANT_STRING,
	GVARIANT_STRINGS
};

struct gvariant {
	enum gvariant_kind kind;
	bool negative;			/* of GVARIANT_INTEGER; number is without the sign */
	double real;
	struct unit_item item;
	LIST(struct unit_item) items;
};

/* NULL, or what is wrong with @text; arena. */
const char *gvariant_parse(struct arena *a, const char *text, struct gvariant *value);

#endif
