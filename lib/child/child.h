/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHILD_CHILD_H
#define CHILD_CHILD_H

#include "hull/step.h"

/*
 * The steps of the child: the new process, until it becomes the user's
 * program. It is single-threaded and disposable; nothing that it does can be
 * seen outside the container's namespaces.
 */

/* join.c: exec enters what is there */
struct err *container_join(const struct plan *plan, struct live *live);
struct err *child_appear(const struct plan *plan, struct live *live);

/* enter.c */
struct err *child_begin(const struct plan *plan, struct live *live);
struct err *copy_become(const struct plan *plan, struct live *live);
struct err *child_survive(const struct plan *plan, struct live *live);
struct err *root_become(const struct plan *plan, struct live *live);
struct err *time_enter(const struct plan *plan, struct live *live);
struct err *cgroup_enter(const struct plan *plan, struct live *live);
struct err *keyring_make(const struct plan *plan, struct live *live);
struct err *session_make(const struct plan *plan, struct live *live);

/* names.c, sysctl.c */
struct err *names_set(const struct plan *plan, struct live *live);
struct err *network_enter(const struct plan *plan, struct live *live);	/* once */
struct err *loopback_set(const struct plan *plan, struct live *live);
struct err *sysctls_write(const struct plan *plan, struct live *live);

/* rootfs.c, mounts.c, devices.c, paths.c */
struct err *rootfs_prepare(const struct plan *plan, struct live *live);
struct err *rootfs_enter(const struct plan *plan, struct live *live);
struct err *rootfs_finish(const struct plan *plan, struct live *live);
struct err *mounts_make(const struct plan *plan, struct live *live);
struct err *devices_make(const struct plan *plan, struct live *live);
struct err *paths_cover(const struct plan *plan, struct live *live);

/* console.c */
struct err *console_open(const struct plan *plan, struct live *live);

/* sched.c, labels.c */
struct err *sched_set(const struct plan *plan, struct live *live);
struct err *labels_set(const struct plan *plan, struct live *live);

/* creds.c: ids and what bounds them; then, as the last privileged act, the capabilities */
struct err *ids_set(const struct plan *plan, struct live *live);
struct err *caps_set(const struct plan *plan, struct live *live);

/* assemble.c, seccomp.c */
struct err *filter_assemble(const struct plan *plan, struct live *live);
struct err *seccomp_early(const struct plan *plan, struct live *live);
struct err *seccomp_late(const struct plan *plan, struct live *live);

/* program.c: the working directory, the program to execute, HOME */
struct err *cwd_enter(const struct plan *plan, struct live *live);
struct err *program_find(const struct plan *plan, struct live *live);

/* exec.c */
struct err *descriptors_close(const struct plan *plan, struct live *live);
struct err *start_await(const struct plan *plan, struct live *live);
struct err *program_announce(const struct plan *plan, struct live *live);
struct err *program_exec(const struct plan *plan, struct live *live);

/*
 * sysctl.c: a procfs of our own, attached nowhere, so that nobody can have put
 * anything over its files (CVE-2025-52881). Only processes, unless @whole.
 */
struct err *proc_open(bool whole, struct dir *proc) MUST_CHECK;

#endif
