/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERBS_PARTS_H
#define VERBS_PARTS_H

#include <stdbool.h>

#include "hull/dir.h"

/*
 * Work that consists of many small looks at the system: it is done part by
 * part, and where there is enough of it by all processors at once. Helpers are
 * processes of our own, which take one part after the other as we do, and tell
 * us in memory that we share what they have found. Nobody waits for them: what
 * one has not told when nothing else is left is done once more by us.
 */
enum {
	PART = 8, /* things in one */
	HELPERS_MAX = 7,
};

/* What was found about PART things. */
struct part {
	names found;
	names bad; /* why some could not be looked at */
	bool done;
};

struct helper {
	pid_t pid;
	int pidfd;
};

struct board;
struct parts {
	struct arena *arena;
	size_t things; /* so many there are */
	/* Looks at thing @i; what it adds to @part is of our memory. May be in a helper. */
	void (*look)(void *data, size_t i, struct part *part);
	void *data;

	struct part *part; /* in order: from here on set by parts_do() */
	size_t n;
	struct board *board; /* NULL: nobody helps */
	struct helper helper[HELPERS_MAX];
	size_t helpers;
};

void parts_do(struct parts *p);

/* What was found may be of the helpers' memory, and goes with them. */
void parts_end(struct parts *p);

#endif
