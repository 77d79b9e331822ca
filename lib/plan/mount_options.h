/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_MOUNT_OPTIONS_H
#define PLAN_MOUNT_OPTIONS_H

#include "hull/plan.h"

/* What the options of one mount say by themselves. */
struct mount_words {
	bool bind, remount, idmap;
	bool superblock;		/* asks for something of the whole file system: sync, … */
	LIST(char *) flags;		/* words that the kernel knows for every file system */
	struct mount_action action;	/* attributes, propagation, markers; data: all unknown words */
};

/* Within one mount a later word overrides an earlier one. */
void mount_words_parse(struct arena *a, const struct oci_mount *from, struct mount_words *w);

/* Takes one attribute off and gives its word ("nosuid"; of a tree: "rnosuid"); NULL: none left. */
const char *mount_attr_word(uint64_t *set, uint64_t *clear, bool tree);

/* "rslave" and MS_SLAVE | MS_REC; false and NULL if there is no such propagation. */
bool mount_propagation_value(const char *word, unsigned long *value);
const char *mount_propagation_word(unsigned long value);

/* mounts.c: adds one mount to the plan. It needs to know the propagation of the root. */
struct planner;
void mount_plan(struct planner *p, const struct oci_mount *from);

#endif
