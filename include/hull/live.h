/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_LIVE_H
#define HULL_LIVE_H

#include "hull/dir.h"
#include "hull/state.h"

enum side { PARENT, CHILD, MEET };

/*
 * What exists while a plan is performed: the only thing that a step may
 * change. Each side has its own after `spawn`; descriptors are -1 when absent.
 */
struct live {
	enum side side;			/* PARENT until spawn returns in the child */
	unsigned verbs;
	void (*warn)(const char *text);	/* parent only: what went wrong without stopping us */
	struct arena *arena;
	const struct host *host;
	struct store *store;		/* our directory below --root, locked */
	struct record *record;
	const char *console_path;	/* --console-socket, or NULL */
	const char *pid_file;		/* --pid-file, or NULL */

	int sync;			/* socket to the other side */
	int trace;			/* --trace */
	int cgroup;			/* the container's cgroup, a directory */
	int start;			/* listening socket on which `start` knocks; the child's */
	int console;			/* connected console socket, or the relay's end */
	int listener;			/* connected to the seccomp agent */
	int *sources;			/* of plan->rootfs.mounts that the parent opened */
	int *nodes;			/* of plan->rootfs.devices that the parent opened */
	int ns_fds;			/* in spawn: see parent/spawn.c */
	pid_t pid;			/* of the child, as the parent sees it; on both sides */
	int pidfd;

	struct dir root;		/* child: the container's root */
	int null;			/* child: a mount of the host's /dev/null */
	int host_proc;			/* child: the host's /proc, before pivot */
	struct dir proc;		/* child: a procfs of our own; fd -1 until proc_open() */
};

#endif
