/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_STATE_H
#define HULL_STATE_H

#include <stdint.h>

#include "hull/dir.h"
#include "hull/spec.h"

/*
 * The record of a container on disk, ROOT/ID/state.json. Everything that must
 * be undone is written here before it is made, so that `delete` can clean up
 * after a crash at any point. Every command that changes a container holds
 * the lock of its directory.
 */
struct record {
	uint32_t schema;		/* of this record: RECORD_SCHEMA */
	char *id, *bundle, *rootfs;
	char *created;			/* RFC 3339 */
	uint32_t uid;			/* who made it */
	char *boot_id;			/* another boot: the container is gone */
	struct facts *facts;		/* from whoever asks about many; not written */

	char *phase;			/* "creating" (in `run` also for what follows), "created" */
	int32_t pid;			/* 0 until there is one */
	uint64_t start_time;		/* field 22 of /proc/PID/stat: guards against a reused pid */
	uint64_t pidfd_id;		/* pidfd_id(): the same, and cheaper to look at */

	bool started;			/* let go by `start`, or by `run`: runs once it has executed */
	bool executed; /* it has: there is a brief; false: the process says whether */
	char *cgroup_manager;		/* cgroupfs, systemd, disabled */
	char *unit;			/* of systemd, that the container is in; or NULL */
	bool unit_user;			/* of the manager of the user, not of the system's */
	char *cgroup;			/* absolute path of its directory; NULL: none was to be made */
	uint64_t cgroup_id;		/* its inode: another of this name is not ours; 0: not known */
	char *cgroup_sub;		/* below it: where the container's process was put; NULL: in it */
	bool cgroup_existed;		/* it was there before us: it stays */
	bool cgroup_idle;		/* it was, but nobody was in it: those who are now are ours */
	uint32_t cgroup_parents;	/* so many directories above it were not */
	char *rdt_group;		/* absolute path of its resctrl group; NULL: as the caller */
	bool rdt_made;			/* by us, for it alone: it goes with the container */
	char *rdt_monitor;		/* of its monitoring group, which we made; or NULL */
	bool private_pidns;		/* killing init kills all */
	bool private_mounts;		/* its root is that of its mount namespace, not below it */
	bool keep;
	char *ended;			/* when, as far as somebody stood by; else NULL, and so the next two */
	int32_t *exit_status;		/* as a shell has it */
	int32_t *exit_signal;		/* that killed it; NULL: none */
	bool oom_killed;		/* the OOM killer was in its cgroup */

	struct oci_hooks *hooks;	/* poststart and poststop */
	LIST(struct json_pair) annotations;
};

enum { RECORD_SCHEMA = 1 };

/* What is asked once for many containers. */
struct facts {
	struct arena *arena;
	const char *boot_id;		/* boot_id() */
	struct dir above;		/* where the last one's cgroup was; path "": none yet */
};

extern const struct type type_record;

/*
 * A container's directory, held open; locked unless opened for reading. The
 * lock is flock(2)'s, on the directory. A new process has a copy of @lock and
 * would keep the container locked: there it must be closed with close(2),
 * since store_unlock lets the lock go for all.
 */
struct store {
	const char *root;		/* --root */
	const char *id;
	struct dir dir;			/* ROOT/ID */
	int lock;			/* -1: not locked */
};

/* What an undo function may use. */
struct undo {
	const struct record *record;
	const struct store *store;
	void (*warn)(const char *text);
	bool force;			/* a running container is to be killed */
	bool incomplete;		/* something of it is there still: unwind() sets that */
};

/*
 * Refuses an id that is not [A-Za-z0-9_+.-]+, begins with '-' or '.', or is
 * longer than a file name may be (255).
 */
struct err *id_check(const char *id) MUST_CHECK;

/*
 * Makes ROOT/ID and locks it. EEXIST: "container with given ID already
 * exists", also if it is one that a crash left behind. --root itself must
 * belong to us, be no link, and nobody else may write to it.
 */
struct err *store_create(struct arena *a, const char *root, const char *id, struct store *s)
	MUST_CHECK;

/*
 * Opens ROOT/ID; with @lock waits for the lock (at most 30 s: ETIMEDOUT).
 * ENOENT: "container does not exist", also if it was deleted meanwhile.
 */
struct err *store_open(struct arena *a, const char *root, const char *id, bool lock,
		       struct store *s) MUST_CHECK;

/* Takes the lock again, or lets it go. */
struct err *store_lock(struct store *s) MUST_CHECK;
void store_unlock(struct store *s);
void store_close(struct store *s);		/* auto_store */
#define auto_store __attribute__((cleanup(store_close)))

/* Removes the directory with all in it. Only for those who hold the lock. */
struct err *store_remove(const struct store *s) MUST_CHECK;

/* The ids below @root, sorted. A root that does not exist has none. */
struct err *store_list(struct arena *a, const char *root, names *ids) MUST_CHECK;

/*
 * Opens --root for who asks about many, and lists the ids in it, sorted. It
 * must be no link: in a public directory that could be anybody's.
 */
struct err *root_open(const char *root, struct dir *dir) MUST_CHECK;
struct err *root_list(struct arena *a, const struct dir *root, names *ids) MUST_CHECK;

struct err *record_save(const struct store *s, const struct record *r) MUST_CHECK;

/*
 * ENOENT: a directory without a record, left by a crash at its making.
 * ENOTSUP: a newer hull wrote it. Else an error: it is damaged.
 */
struct err *record_load(struct arena *a, const struct store *s, struct record *r) MUST_CHECK;

/* The same of a container below @root whose directory need not be opened for more. */
struct err *record_peek(struct arena *a, const struct dir *root, const char *id,
			struct record *r) MUST_CHECK;

/*
 * The container's program was executed: that is remembered in ROOT/ID/brief,
 * with what a list shows of a container that runs.
 */
struct err *record_executed(const struct store *s, struct record *r) MUST_CHECK;

/*
 * What is in there: id, pid, uid, created, boot_id, cgroup, bundle, and what
 * record_seen() must know, but nothing else of the record. False: there is
 * none, or it tells nothing, as of a container whose cgroup does not say
 * whether it lives. What it says holds while the container lives.
 */
bool record_brief(struct arena *a, const struct dir *root, const char *id, struct record *r);

enum status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };
extern const char *const status_names[];

/*
 * What the container is doing now, from the record, its process and its
 * cgroup. "creating" without a process yet may be what a crash left. With
 * facts it is "paused" once all in its cgroup are frozen, without them also
 * while they are about to be.
 */
enum status record_status(const struct record *r);

/*
 * For who asks about many, and has facts: whether one look at its cgroup, which
 * costs half of the other way, tells all. Somebody must be in it; it was made
 * for the container alone, and with the container's first process all others
 * end; and that process's number is in use. So it could be mistaken only about
 * a container that has ended if others were put into its cgroup, and its
 * process is not reaped yet or its number is another's by now: who wants to
 * act on it asks as above.
 */
bool record_seen(const struct record *r, enum status *status);

/* Whether a process in the container's cgroup says that the container lives. */
bool record_lives_in_cgroup(const struct record *r);

/* The same but for PAUSED, which is CREATED or RUNNING here: its cgroup is not asked. */
enum status record_life(const struct record *r);

/* The same with a pidfd of its process; -1 if it is stopped, or creating and has none yet. */
struct err *record_hold(const struct record *r, enum status *life, int *pidfd) MUST_CHECK;

/* Whether one that is created or runs is paused: its cgroup is frozen, or is to be. */
bool record_paused(const struct record *r);

/* Whether all in its cgroup is the container's: it was made for it, or nobody was in it. */
bool record_owns_cgroup(const struct record *r);

/* A pidfd of the container's process; ESRCH if it is gone (or was another boot's, another's). */
struct err *record_pidfd(const struct record *r, int *pidfd) MUST_CHECK;

/* Whether its cgroup is there, and not another one that has its name by now. */
bool record_has_cgroup(const struct record *r);

/* Closes what they hold open. */
void facts_close(struct facts *f);

/* Field 22 of /proc/PID/stat, or 0 if the process is gone or a zombie. */
uint64_t process_start_time(pid_t pid);

/*
 * The inode of a pidfd, which no other process has until the next boot; 0 if
 * the kernel has no such numbers (before Linux 6.9).
 */
uint64_t pidfd_id(int pidfd);

/* Whether it is still what fork(2) made, or was until it died; false if it is gone. */
bool process_never_executed(pid_t pid);

/* This boot's id (what a record wants), or "" if the kernel does not say. */
char *boot_id(struct arena *a);

/*
 * The state document (runtime.md, "State"). @pid 0 is left out unless the
 * container is stopped. Shares the record's strings.
 */
void record_state(struct arena *a, const struct record *r, const char *status, pid_t pid,
		  struct oci_state *state);

#endif
