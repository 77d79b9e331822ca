/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STATS_TEXT_H
#define STATS_TEXT_H

#include "hull/stats.h"

/*
 * The forms in which the kernel writes numbers (cgroup-v2.rst, "Interface
 * Files"). What is missing or odd counts as zero: kernels differ in what they
 * have, and a number that cannot be read is no reason to withhold the others.
 */

/* A file's text; "" if there is no such file, or it is switched off. */
struct err *text_read(struct arena *a, const struct dir *d, const char *name, const char **text)
	MUST_CHECK;

/* "123\n"; "max" is UINT64_MAX, and so is what does not fit. */
uint64_t text_number(const char *text);

/* Behind KEY= in the line that begins with @name: "NAME KEY=VALUE KEY=VALUE"; "" if not there. */
const char *text_nested(const char *text, const char *name, const char *key);

/* Up to the next blank or end of line. */
size_t text_word(const char *text);

/* What begins the next line. */
const char *text_next(const char *line);

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and "full …"; NULL if it is neither. */
struct stats_pressure *text_pressure(struct arena *a, const char *text);

#endif
