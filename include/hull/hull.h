/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_HULL_H
#define HULL_HULL_H

#include <stdbool.h>
#include <stddef.h>

#include "hull/err.h"

/*
 * The verbs: what cmd/ calls. Strings in requests must live as long as the
 * call; results that are allocated are the caller's to free. Every call
 * returns NULL or an error that names verb, container and step.
 */
#define HULL_VERSION "0.1.0"

enum hull_cgroup_manager { HULL_CGROUPFS, HULL_SYSTEMD, HULL_CGROUP_DISABLED };

/* What all commands share. */
struct hull {
	const char *root;		/* state directory; NULL: hull_default_root() */
	enum hull_cgroup_manager cgroup_manager;
	const char *trace;		/* a file for one JSON line a step, or NULL */
	void (*warn)(const char *text);	/* told what went wrong without stopping us; not NULL */
};

/* /run/hull, or $XDG_RUNTIME_DIR/hull for those who are not root. Allocated. */
char *hull_default_root(void);

/*
 * For commands that enter a container: nothing in there must reach the host's
 * binary (CVE-2019-5736). Where each process that enters can become a sealed copy
 * of this program by itself (that wants CAP_SYS_ADMIN), there is nothing to do;
 * else executes such a copy, with @argv as main got it, and returns in that.
 * With systemd it is a copy of a program that can load its library.
 */
struct err *hull_seal(const struct hull *h, char **argv) MUST_CHECK;

/* First thing in main(): refuses to run set-uid, fills closed 0-2. */
struct err *hull_init(void) MUST_CHECK;

enum hull_print { HULL_PRINT_TEXT = 1, HULL_PRINT_JSON };

struct hull_create {
	const char *id;
	const char *bundle;		/* a directory; NULL: the working directory */
	const char *config;		/* another file than BUNDLE/config.json, or NULL */
	const char *console_socket, *pid_file, *pidfd_socket;	/* or NULL */
	unsigned preserve_fds;
	bool no_pivot, no_new_keyring;
	bool detach;			/* run: return once it has started */
	bool keep;			/* run: leave the stopped container */
	bool no_subreaper;
	enum hull_print dry_run;	/* 0: for real; else *plan is the text */
};

/* Everything but the user's program. @plan: see dry_run. */
struct err *hull_create(const struct hull *h, const struct hull_create *c, char **plan) MUST_CHECK;

/* create, start; and unless detached: wait, delete. *status: of the program, 128+n for signal n. */
struct err *hull_run(const struct hull *h, const struct hull_create *c, char **plan, int *status)
	MUST_CHECK;

/* Lets a created container's program run; returns when execve(2) has happened. */
struct err *hull_start(const struct hull *h, const char *id) MUST_CHECK;

struct hull_exec {
	const char *id;
	const char *process;		/* a file with an OCI process object; the rest does not count then */
	char *const *argv;		/* NULL-terminated */
	const char *cwd, *user;		/* user: UID[:GID] */
	char *const *env, *const *caps, *const *additional_gids;	/* NULL-terminated, or NULL */
	const char *process_label, *apparmor;
	const char *cgroup;		/* below the container's; or NULL */
	const char *console_socket, *pid_file, *pidfd_socket;
	unsigned preserve_fds;
	bool tty, detach, ignore_paused;
	const bool *no_new_privs;	/* NULL: as the container */
	enum hull_print dry_run;
};

/* One more process in a container. *status as for hull_run. */
struct err *hull_exec(const struct hull *h, const struct hull_exec *e, char **plan, int *status)
	MUST_CHECK;

struct hull_update {
	const char *id;
	const char *resources;		/* a file with a linux.resources; "-": standard input */
	char *const *settings;		/* name of an option, value, name, …; NULL-terminated */
	enum hull_print dry_run;
};

/* Changes limits of a container and of the processes in it: all that is asked for, or nothing. */
struct err *hull_update(const struct hull *h, const struct hull_update *u, char **plan) MUST_CHECK;

/* The state document (runtime.md), indented. */
struct err *hull_state(const struct hull *h, const char *id, char **json) MUST_CHECK;

/* @signal: 15, "TERM", "SIGTERM", any case, "RTMIN+1"; NULL: SIGTERM. @all: every process. */
struct err *hull_kill(const struct hull *h, const char *id, const char *signal, bool all)
	MUST_CHECK;

/* Freezes all processes of a container; returns when they stand still, or run again. */
struct err *hull_pause(const struct hull *h, const char *id) MUST_CHECK;
struct err *hull_resume(const struct hull *h, const char *id) MUST_CHECK;

/* Waits until a container has ended. ENODATA: nobody knows its status. */
struct err *hull_wait(const struct hull *h, const char *id, int *status) MUST_CHECK;

struct hull_events {
	const char *id;
	const char *interval;		/* "500ms", "1m30s"; NULL: 5 seconds */
	bool stats;			/* one object of statistics, and that is it */
	int to;				/* a descriptor: each object is one line and one write(2) */
};

/*
 * Statistics at once and at every interval, and "oom" whenever the kernel has
 * killed for want of memory; struct stats_event as JSON. Returns when the
 * container has ended, or nobody reads any more. ESRCH: it does not run.
 */
struct err *hull_events(const struct hull *h, const struct hull_events *e) MUST_CHECK;

struct hull_ps {
	const char *id;
	bool json;			/* an array of pids; else a table */
	bool container_pids;		/* their numbers inside */
	char *const *options;		/* of ps(1), NULL-terminated; or NULL */
};

/* The processes of a container, as text with a final newline. */
struct err *hull_ps(const struct hull *h, const struct hull_ps *ps, char **text) MUST_CHECK;

/* @force: kills a running container first; one that does not exist is no error. */
struct err *hull_delete(const struct hull *h, const char *id, bool force) MUST_CHECK;

/* Calls @each for every id that matches the POSIX extended regular expression. */
struct err *hull_match(const struct hull *h, const char *regex,
		       struct err *(*each)(const struct hull *h, const char *id, void *data),
		       void *data) MUST_CHECK;

struct hull_list_row {
	char *id, *status, *bundle, *created, *owner;
	int pid;
};

enum hull_list_form { HULL_LIST_TABLE, HULL_LIST_JSON, HULL_LIST_IDS };

/* All containers, as text with a final newline. */
struct err *hull_list(const struct hull *h, enum hull_list_form form, char **text) MUST_CHECK;

/* The features document (features.md), indented. */
struct err *hull_features(char **json) MUST_CHECK;

/* Writes an example @path (NULL: config.json) in @bundle (NULL: here); refuses to overwrite. */
struct err *hull_spec(const char *bundle, const char *path, bool rootless) MUST_CHECK;

/* "1.3.0", "2.5.4", …: of the specification and of libseccomp. Static. */
const char *hull_spec_version(void);
const char *hull_seccomp_version(void);

#endif
