/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_LIVE_H
#define HULL_LIVE_H

#include <linux/filter.h>
#include <sys/ioctl.h>

#include "hull/dir.h"
#include "hull/state.h"

enum side { PARENT, CHILD, CHILD_FIRST, PARENT_FIRST };

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
	const char *pidfd_path;		/* --pidfd-socket, or NULL */
	const int *stdio;		/* the child's 0, 1, 2, where not -1; NULL: the caller's */
	const struct winsize *window;	/* of the caller's terminal; NULL: as configured */
	struct notify *notify;		/* parent: NOTIFY_SOCKET, or NULL */
	struct bus *bus;		/* parent: to systemd, until the unit is made; or NULL */
	struct oom_watch *oom;		/* parent: who counts what the OOM killer does, or NULL */

	int sync;			/* socket to the other side */
	int trace;			/* --trace */
	int cgroup;			/* the container's cgroup, a directory */
	int start;			/* listening socket on which `start` knocks; the child's */
	int console;			/* connected console socket, or the relay's end */
	int listener;			/* connected to the seccomp agent */
	bool attach;			/* exec: it is systemd that moves the process to the cgroup */
	int init;			/* exec: a pidfd of the container's process */
	struct self_copy *copy;		/* of our program, that the child becomes; NULL: it need not */
	struct words *words;		/* memory of both sides (run/sync.h), or NULL */
	unsigned patience_ms;		/* parent: see run/patience.h; 0: no end of it */
	bool ignore_paused;		/* parent: a paused container has its time */
	int *sources;			/* of plan->rootfs.mounts: opened by the parent for the child; later
					   the mounts that become read-only at the end */
	int nodes;			/* a tmpfs with the nodes that the parent made: "0" is the first of
					   plan->rootfs.devices */
	pid_t pid;			/* of the child, as the parent sees it; on both sides */
	int pidfd;

	struct dir root;		/* child: the container's root */
	struct sock_fprog filter;	/* child: seccomp's program */
	int null;			/* child: a mount of the host's /dev/null */
	bool in_network;		/* child: in the namespace that the parent has made for it */
	bool in_cwd;			/* child: the working directory is the program's */
	const char *program;		/* child: what execve(2) will be given */
	char **env;			/* child: and its environment, with HOME */
};

#endif
