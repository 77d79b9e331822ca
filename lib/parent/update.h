/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_UPDATE_H
#define PARENT_UPDATE_H

#include "parent.h"

/*
 * A change of a container that is there, by parts. Each part first keeps what
 * is now, then changes it, and puts it back if a later one fails. What has
 * not been changed is not put back.
 */

/* A file of a limit, and what it said; @text NULL: nothing, or nobody knows. */
struct kept_file {
	const char *name, *value;	/* value: to be written */
	char *text;
};

struct kept_limit {
	const struct cgroup_write *w;
	struct kept_file files[2];	/* the kernel decides which of them it is */
	bool tried, done;
};

/* Something that every process or thread has, and how it is got and set. */
struct knob {
	const char *name;
	size_t size;			/* of its value, in bytes */
	bool of_threads;
	struct err *(*get)(const struct knob *k, pid_t id, void *value);
	struct err *(*set)(const struct knob *k, pid_t id, const void *value);
	struct err *(*put_back)(const struct knob *k, pid_t id, const void *value);
	int resource;			/* prlimit(2) */
};

/* What a process or thread had. */
struct kept_value {
	pid_t id;
	uint64_t start;			/* guards against a number that is used again */
	size_t order;			/* in which it was kept */
	void *value;
};

/* One knob turned, for all that are in the container. */
struct turn {
	struct knob knob;
	const void *value;
	const void *from;		/* of the options, and its member */
	const char *member;
	LIST(struct kept_value) kept;	/* sorted by id, but for the latest */
	size_t sorted;
	bool begun;
};

struct update {
	const struct update_plan *plan;
	struct live *live;
	struct dir cgroup;		/* of the container */
	bool told;			/* its unit of systemd: what it is to become */
	LIST(struct kept_limit) limits;	/* in the order in which they are written */
	int filter;			/* our program for devices, or -1 */
	bool filtered;
	struct dir group;		/* in resctrl */
	char *schemata;
	size_t lines;			/* of plan->process.rdt.writes: written */
	LIST(struct turn) turns;
};

/*
 * unit_update.c: systemd writes what it knows whenever it likes, so it must
 * know the new values before they are in the files.
 */
struct err *unit_change(struct update *u) MUST_CHECK;
struct err *unit_restore(struct update *u) MUST_CHECK;

/* limits_update.c */
struct err *limits_save(struct update *u) MUST_CHECK;
struct err *limits_change(struct update *u) MUST_CHECK;
struct err *limits_restore(struct update *u) MUST_CHECK;

/*
 * What must be written to @file so that it says @old again after @value was
 * written to it; NULL if that cannot be told. Arena.
 */
const char *limit_old(struct arena *a, const char *file, const char *value, const char *old);

/* rdt_update.c */
struct err *rdt_save(struct update *u) MUST_CHECK;
struct err *rdt_change(struct update *u) MUST_CHECK;
struct err *rdt_restore(struct update *u) MUST_CHECK;

/* turns.c */
struct err *turns_save(struct update *u) MUST_CHECK;
struct err *turns_change(struct update *u) MUST_CHECK;
struct err *turns_restore(struct update *u) MUST_CHECK;

/* Both errors as one sentence; either may be NULL. */
struct err *err_both(struct err *first, struct err *second) MUST_CHECK;

#endif
