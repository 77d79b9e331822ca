/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERBS_UPDATE_H
#define VERBS_UPDATE_H

#include "verbs.h"

/*
 * The request of `update`: --resources and the options, read into @change.
 * What is wrong with the documents is among the findings of its pieces.
 */
struct err *update_read(struct arena *a, const struct hull *h, const struct hull_update *u,
			struct change *change) MUST_CHECK;

/* The option that a value of change->options came from, by its pointer; NULL if none. */
const char *update_option(const char *pointer);

/* The options while they are read. */
struct draft {
	struct arena *arena;
	const struct hull *hull;
	struct change *change;
	struct oci_spec spec;
	struct oci_linux lin;
	struct oci_resources resources;
};

/*
 * update_values.c: reads the value @text of the option @name to @to, a member
 * of an object of the draft, or the object itself. false: it is no such thing.
 */
typedef bool value_reader(struct draft *d, const char *name, const char *text, void *to);
value_reader read_size;		/* int64_t *: bytes */
value_reader read_i64, read_u64, read_u16, read_i32;
value_reader read_text;
value_reader read_cpus;		/* char *: a list; "all" is one of all there can be */
value_reader read_rlimit;	/* struct oci_process: TYPE=SOFT[:HARD] */
value_reader read_rule;		/* of device-allow, device-deny: to change->rules */

/* "512m", "1.5GiB", "-1" (no limit) to bytes; false if it is no such thing. */
bool size_parse(const char *text, int64_t *bytes);

#endif
