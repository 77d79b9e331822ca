/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_SYS_H
#define HULL_SYS_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/types.h>

#include "hull/dir.h"

/*
 * System calls as functions that return errors, one screen a subject. They
 * know nothing of OCI and decide nothing. Every descriptor is close-on-exec.
 */

/* ---- mounts: from descriptor to descriptor, never by path ---- */

/*
 * A new file system: fsopen(2), fsconfig(2) with @source and each "key=value"
 * or "flag" of @data, fsmount(2) with MOUNT_ATTR_* @attrs. What the file
 * system itself says about a bad option is part of the error.
 */
struct err *mount_new(const char *fstype, const char *source, char *const *data, size_t n,
		      uint64_t attrs, int *mount) MUST_CHECK;

/* A detached copy of the mount at @fd, with what is mounted below it if @recursive. */
struct err *mount_clone(int fd, const char *words, bool recursive, int *mount) MUST_CHECK;

/* Sets and clears MOUNT_ATTR_*; @propagation: MS_SHARED, MS_SLAVE, … or 0. */
struct err *mount_set(int fd, const char *words, bool recursive, uint64_t set, uint64_t clear,
		      uint64_t propagation) MUST_CHECK;

/* Makes the mount ID-mapped by the user namespace @userns. */
struct err *mount_idmap(int fd, const char *words, bool recursive, int userns) MUST_CHECK;

/* Attaches @mount on the file or directory @target; then both name the same tree. */
struct err *mount_attach(int mount, int target, const char *words) MUST_CHECK;

/* Remounts the superblock: fspick(2), fsconfig(2). */
struct err *mount_reconfigure(int fd, const char *words, char *const *data, size_t n) MUST_CHECK;

/* The directory @root becomes "/", the old root is detached. */
struct err *root_pivot(int root) MUST_CHECK;

/* The mount @root is moved over "/" and entered: for an initramfs, which cannot be pivoted. */
struct err *root_move(int root) MUST_CHECK;

/* chroot(2) to a directory. */
struct err *root_change(int root) MUST_CHECK;

/* The mount that is open, as /proc/self/mountinfo numbers it. */
struct err *mount_id(int fd, uint64_t *id) MUST_CHECK;

/* The file system's magic number (statfs), or 0. */
unsigned long fd_magic(int fd);

/* ---- processes ---- */

/*
 * clone3(2): returns in both processes, *pid is 0 in the new one. @cgroup: a
 * directory in which it is born, or -1. @pidfd may be NULL.
 */
struct err *process_clone(uint64_t flags, int cgroup, pid_t *pid, int *pidfd) MUST_CHECK;

/*
 * The same for a process whose parent will be ours (CLONE_PARENT): the kernel
 * writes its number to *told before it can do anything. *child: we are it.
 */
struct err *process_clone_beside(uint64_t flags, pid_t *told, bool *child) MUST_CHECK;

/*
 * _exit(2) for a process whose seccomp filter may refuse even that (musl's tries
 * for ever): then it dies of a fault.
 */
_Noreturn void process_end(int status);

struct err *process_pidfd(pid_t pid, int *pidfd) MUST_CHECK;
struct err *pidfd_kill(int pidfd, int signal) MUST_CHECK;

/* Waits until the process has ended; ETIME after @timeout_ms (-1: no limit). */
struct err *pidfd_wait(int pidfd, int timeout_ms) MUST_CHECK;

/* Kills a child of ours and reaps it. ETIME after 10 s: it stands in the kernel. */
struct err *process_kill(pid_t pid, int pidfd) MUST_CHECK;

/* Reaps a child of ours; *status as a shell has it (128 + signal). ECHILD if it is not ours. */
struct err *process_reap(pid_t pid, int *status) MUST_CHECK;

/*
 * How a process of which we hold a pidfd has ended, as a shell has it; it need
 * not be ours. ENODATA: the kernel is older than 6.15, or nobody has reaped it
 * for 2 s.
 */
struct err *pidfd_status(int pidfd, int *status) MUST_CHECK;

/*
 * All that a short-lived child of ours writes to the other end of @from, which
 * nobody else holds any more, allocated, and how it ended. After 10 s it is
 * killed: ETIME; if we are told to end: EINTR.
 */
struct err *child_hear(pid_t pid, int from, char **text, size_t *size, int *status) MUST_CHECK;

/*
 * Runs a program, found in PATH, and returns what it prints. ETIME after 10 s;
 * EINVAL with its own words if it failed and complained.
 */
struct err *program_output(char *const *argv, char **text) MUST_CHECK;

/* Empties the signal mask and sets every disposition to the default. */
void signals_reset(void);

/* chdir(2) to a path of the host. */
struct err *process_chdir(const char *path) MUST_CHECK;

/* ---- cgroups ---- */

typedef LIST(pid_t) pid_list;

/* The one that process @pid is in, of version 2, which is mounted on @root; arena. */
struct err *cgroup_of(struct arena *a, const char *root, pid_t pid, char **cgroup) MUST_CHECK;

/* The processes in the cgroup and below it; one that is gone has none. */
struct err *cgroup_pids(struct arena *a, const char *cgroup, pid_list *list) MUST_CHECK;

/* To every process in it and below it that is there now. */
struct err *cgroup_signal(const char *cgroup, int signal) MUST_CHECK;

/* Kills everything in it and below it, even what forks meanwhile. @stays: it will be used again. */
struct err *cgroup_kill(const char *cgroup, bool stays) MUST_CHECK;

/*
 * Calls @visit for every cgroup below @top, those below it first: @d is the
 * one above, without words of its own. Those that appear meanwhile may be missed.
 */
typedef struct err *cgroup_visitor(const struct dir *d, const char *name, void *data);
struct err *cgroup_visit(const struct dir *top, cgroup_visitor *visit, void *data) MUST_CHECK;

/* Waits until cgroup.events has this line, which the kernel tells; ETIME after @timeout_ms. */
struct err *cgroup_event_await(const struct dir *cgroup, const char *line, int timeout_ms) MUST_CHECK;

/* What the cgroup @above/@name says: somebody is in it or below, all of them are frozen. */
struct cgroup_events {
	bool populated, frozen;
};

bool cgroup_events_read(const struct dir *above, const char *name, struct cgroup_events *events);

/* Whether it is frozen, by us or by one above; or about to be. An fd of -1: by its path. */
bool cgroup_frozen(const struct dir *cgroup);

/* Whether its own switch says so, and the cgroup above (NULL: none that we see) whose does. */
bool cgroup_switched_off(const char *cgroup);
const char *cgroup_frozen_above(struct arena *a, const char *cgroup);

/* In how many pid namespaces, from ours inwards, a process has a number; 0 if it is gone. */
size_t pid_levels(pid_t pid);

/* Its number in the @level-th of them; 0 if it has none. */
pid_t pid_inside(pid_t pid, size_t level);

/* ---- namespaces ---- */

struct err *namespace_join(int fd, int type, const char *words) MUST_CHECK;
struct err *namespace_unshare(int types) MUST_CHECK;

/* Opens the namespace at @path and refuses it if it is not of @type (NS_GET_NSTYPE). */
struct err *namespace_open(const char *path, int type, int *fd) MUST_CHECK;

/* ---- BPF ---- */

/*
 * Loads @n instructions as a device program and attaches it to the cgroup, in
 * the place of the one that hull attached before. Those of others (systemd's)
 * stay: what one of them refuses is refused.
 */
struct err *bpf_attach_devices(int cgroup, const void *insns, size_t n) MUST_CHECK;

/* The one that hull attached, kept alive by the descriptor; -1 if there is none. */
struct err *bpf_hold_devices(int cgroup, int *program) MUST_CHECK;

/* Puts it back in the place of the one that was attached since; -1: there was none. */
struct err *bpf_restore_devices(int cgroup, int program) MUST_CHECK;

/* ---- capabilities of this thread: capabilities(7); bit CAP_* is 1 << CAP_* ---- */

struct caps {
	uint64_t effective, permitted, inheritable;
};

struct err *caps_read(struct caps *c) MUST_CHECK;
struct err *caps_write(const struct caps *c) MUST_CHECK;

/* ---- our own program ---- */

/* Whether /proc/self/exe is a memfd that nobody can change. */
bool self_is_sealed(void);

/*
 * Overwrites the words that this program was called with and its environment:
 * /proc/PID/cmdline and environ show that memory to the container.
 */
void self_forget(void);

/* Executes a sealed copy of our own program, with @argv; returns only if that fails. */
struct err *self_execute_copy(char **argv) MUST_CHECK;

/*
 * Whether this process, or one that fork(2) makes of it, may become such a copy
 * without executing it: see prctl(2), PR_SET_MM_MAP.
 */
bool self_may_become(void);

struct self_copy {
	int fd;				/* a memfd; -1: there is none yet, or it was left to the child */
	struct prctl_mm_map layout;	/* of our memory */
	bool whole;			/* for one that goes on to all that hull does */
};

/* Begins an empty one. */
struct err *self_copy_make(struct self_copy *copy) MUST_CHECK;

/* Fills and seals it: nobody can write to it, and no page of it is one of our program's file. */
struct err *self_copy_fill(const struct self_copy *copy) MUST_CHECK;

/*
 * Makes it what this process executes: all that is mapped from our program's file, and
 * /proc/self/exe. The process that made the copy, or one that it has forked since.
 */
struct err *self_become(const struct self_copy *copy) MUST_CHECK;

/*
 * A hull that is linked statically cannot load libraries (libmount, libsystemd). It becomes
 * hull-dynamic, which begins anew with the same arguments: so this comes before anything
 * that must not be done twice. Returns in one that can.
 */
struct err *self_able_to_load(void) MUST_CHECK;

/* ---- sockets: AF_UNIX, SOCK_SEQPACKET, in a directory of ours ---- */

struct err *socket_pair(int *ours, int *theirs) MUST_CHECK;
struct err *socket_listen(const struct dir *d, const char *name, int *fd) MUST_CHECK;
struct err *socket_accept(int listening, int *fd) MUST_CHECK;
/* ECONNREFUSED: nobody listens any more. */
struct err *socket_connect(const struct dir *d, const char *name, int *fd) MUST_CHECK;

/* Datagrams, for sd_notify(3): a socket @name that everybody may send to; one that sends. */
struct err *datagrams_receive(const struct dir *d, const char *name, int *fd) MUST_CHECK;
/* @path: of a file, or abstract ("@name"). Sending gives up after 2 s. */
struct err *datagrams_send(const char *path, int *fd) MUST_CHECK;

/* ---- network ---- */

struct err *loopback_up(void) MUST_CHECK;

/* ---- waiting ---- */

/* Microseconds of CLOCK_MONOTONIC; and so many milliseconds from now. */
uint64_t now_us(void);
uint64_t after_ms(unsigned ms);
#define NEVER UINT64_MAX

/*
 * Holds back HUP, INT, QUIT and TERM, but for those that the caller has us
 * ignore; or lets them go. Held back they end nothing but poll_or_told().
 */
struct err *interrupts_hold(bool hold) MUST_CHECK;

/* poll(2) until one of @n is ready; ETIME at @end. */
struct err *poll_until(struct pollfd *p, size_t n, uint64_t end) MUST_CHECK;

/*
 * The same, unless one of those signals came, which is taken: EINTR, and
 * ERR_SIGNAL says which.
 */
struct err *poll_or_told(struct pollfd *p, size_t n, uint64_t end) MUST_CHECK;

#endif
