/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_OOM_H
#define PARENT_OOM_H

#include <stdint.h>

#include "hull/err.h"

/*
 * Whether the kernel kills in a cgroup and below it for want of memory:
 * memory.events, cgroup-v2.rst. Who waits polls @fd for POLLPRI and reads
 * then, since nobody can ask a cgroup that has been removed: systemd removes
 * one as soon as its last process has ended.
 */
struct oom_watch {
	int fd;				/* -1: no memory controller, or the cgroup is gone */
	uint64_t kills;			/* how many were killed, when it was last read */
};

/* @cgroup: its absolute path; NULL: none. One that is gone already is no error. */
struct err *oom_open(const char *cgroup, struct oom_watch *w) MUST_CHECK;
void oom_read(struct oom_watch *w);
void oom_close(struct oom_watch *w);		/* auto_oom_watch */
#define auto_oom_watch __attribute__((cleanup(oom_close)))

#endif
