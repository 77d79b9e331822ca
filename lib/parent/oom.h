/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_OOM_H
#define PARENT_OOM_H

#include <stdint.h>

#include "hull/err.h"

/*
 * Whether the kernel kills in a cgroup and below it for want of memory:
 * memory.events, cgroup-v2.rst. Nobody can ask a cgroup that has been removed,
 * and systemd removes one as soon as its last process has ended. But what is
 * killed there is counted above, too: what has been added there since we last
 * looked, when the cgroup has gone meanwhile, was ours. To look in time, poll
 * both for POLLPRI.
 */
struct oom_watch {
	int fd;				/* -1: no memory controller, or the cgroup is gone */
	int above;			/* -1: the root of all is above */
	uint64_t first;			/* how many had been killed when it was opened */
	uint64_t kills;			/* and when it was last read */
	uint64_t kills_above;		/* and in all of the cgroup above */
};

/* clang-format off */
#define OOM_WATCH_NONE { .fd = -1, .above = -1 }
/* clang-format on */

/* @cgroup: its absolute path; NULL: none. One that is gone already is no error. */
struct err *oom_open(const char *cgroup, struct oom_watch *w) MUST_CHECK;
void oom_read(struct oom_watch *w);
void oom_close(struct oom_watch *w);

#endif
