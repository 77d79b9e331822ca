/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_PARENT_H
#define PARENT_PARENT_H

#include "hull/step.h"
#include "hull/sys.h"

/* The steps of the parent: it runs in the hull process, in the caller's namespaces. */

/* state.c */
struct err *state_reserve(const struct plan *plan, struct live *live);
struct err *config_keep(const struct plan *plan, struct live *live);
struct err *state_save(const struct plan *plan, struct live *live);
struct err *state_remove(const struct undo *undo);

/* console.c, agent.c */
struct err *console_connect(const struct plan *plan, struct live *live);
struct err *agent_connect(const struct plan *plan, struct live *live);

/* console.c: --pidfd-socket */
struct err *pidfd_send(const struct plan *plan, struct live *live);

/* notify.c */
struct err *notify_make(const struct plan *plan, struct live *live);
struct err *notify_listen(const struct plan *plan, struct live *live);
struct err *notify_await(const struct plan *plan, struct live *live);

/* copy.c: our own program, as the child is to become it */
struct err *copy_make(const struct plan *plan, struct live *live);
struct err *copy_seal(const struct plan *plan, struct live *live);

/* network.c */
struct err *network_make(const struct plan *plan, struct live *live);

/* cgroup.c */
struct err *cgroup_make(const struct plan *plan, struct live *live);
struct err *cgroup_limit(const struct plan *plan, struct live *live);	/* cgroup_limit.c */
struct err *cgroup_filter_devices(const struct plan *plan, struct live *live);
struct err *cgroup_give(const struct plan *plan, struct live *live);	/* cgroup_owner.c */
struct err *cgroup_descend(const struct plan *plan, struct live *live);	/* cgroup_sub.c */
struct err *cgroup_delegate(const struct plan *plan, struct live *live);
/* Where the container's process was put: its cgroup, or one below that; arena. */
const char *cgroup_path(struct arena *a, const struct record *r);
/* Notes which one it is, now that it is open. */
struct err *cgroup_know(struct live *live) MUST_CHECK;
/* Hands every controller of a cgroup on to those below it, as far as that is possible. */
struct err *controllers_enable(struct arena *a, const struct dir *d) MUST_CHECK;
/* From the root to the parent of @path. */
struct err *ancestors_enable(struct arena *a, const struct dir *root, const char *path) MUST_CHECK;
/* exec: the one that the container is in */
struct err *cgroup_find(const struct plan *plan, struct live *live);
struct err *cgroup_of_init(struct live *live) MUST_CHECK;
struct err *cgroup_remove(const struct undo *undo);
/* cgroup_parents.c: those above it that were made for it; they go with the last one below them. */
void cgroup_parents_mark(const struct record *r);
void cgroup_parents_remove(const struct record *r);
/* Takes away its cpu.max: who hardly gets a processor could not even die in time. */
void cgroup_unthrottle(const char *path);
/* Why cgroup @path below the root does not have controller @name; NULL if it does have it. */
struct err *controller_missing(const struct live *live, const char *path,
			       const char *name) MUST_CHECK;
/* Adds how an ordinary user gets cgroups of their own. */
struct err *delegation_hint(struct err *err) MUST_CHECK;

/* scope.c */
struct err *scope_begin(const struct plan *plan, struct live *live);
struct err *scope_make(const struct plan *plan, struct live *live);
struct err *scope_remove(const struct undo *undo);
struct err *scope_attach(const struct plan *plan, struct live *live);	/* exec */

/* pids.c: the processes of a container. Without a cgroup of its own, those of its pid namespace. */
struct err *container_pids(struct arena *a, const struct record *r, pid_list *list) MUST_CHECK;

/* cgroup_limit.c: one limit; EBUSY if more is in use already and that was to be checked. */
struct err *limit_write(const struct live *live, const struct dir *d,
			const struct cgroup_write *w) MUST_CHECK;
struct err *limit_use_check(const struct dir *d, const struct cgroup_write *w) MUST_CHECK;

/* update.c: all of it or, if something fails, nothing */
struct err *update_perform(const struct update_plan *plan, struct live *live) MUST_CHECK;

/* rdt.c */
struct err *rdt_make(const struct plan *plan, struct live *live);
struct err *rdt_join(const struct plan *plan, struct live *live);
struct err *rdt_keep(const struct plan *plan, struct live *live);
struct err *rdt_remove(const struct undo *undo);

/*
 * schemata.c: EEXIST if @have, what the file of a group says, gives a domain
 * another value than the lines of @want. @step: see bandwidth_gran of resctrl.
 */
struct err *schemata_compare(const char *have, const char *want, unsigned long step) MUST_CHECK;

/* The line in @schemata for the resource of @line; NULL if there is none. */
const char *schemata_line(const char *schemata, const char *line);

/* rdt.c: gives a group this line; resctrl is mounted at @root. */
struct err *schemata_write(const struct dir *group, const char *line, const char *root) MUST_CHECK;

/* netdev.c */
struct err *netdevs_move(const struct plan *plan, struct live *live);

/* sources.c, nodes.c */
struct err *sources_open(const struct plan *plan, struct live *live);
struct err *nodes_make(const struct plan *plan, struct live *live);
/* The child has its own copies by now; ours would keep the host's file systems busy. */
struct err *sources_close(const struct plan *plan, struct live *live);

/* spawn.c */
struct err *spawn(const struct plan *plan, struct live *live);
struct err *spawn_exec(const struct plan *plan, struct live *live);
struct err *child_appeared(const struct plan *plan, struct live *live);
/* What was begun in vain, also in a paused container; what does not end is warned of. */
void remains_kill(struct live *live);
struct err *child_kill(const struct undo *undo);

/* idmap.c */
struct err *idmaps_write(const struct plan *plan, struct live *live);
/* A user namespace with these maps, held by nobody but the descriptor. */
struct err *userns_make(const char *uid_map, const char *gid_map, int *fd) MUST_CHECK;
/* The maps of a user namespace, as this one sees them. */
struct err *userns_maps(struct arena *a, int userns, char **uid_map, char **gid_map) MUST_CHECK;

/* proc.c: what is written for the child through the host's /proc */
struct err *oom_score_set(const struct plan *plan, struct live *live);
struct err *time_offsets_write(const struct plan *plan, struct live *live);
struct err *limits_set(const struct plan *plan, struct live *live);

/* start.c */
struct err *start_listen(const struct plan *plan, struct live *live);
struct err *oom_begin(const struct plan *plan, struct live *live);
struct err *start_release(const struct plan *plan, struct live *live);
struct err *start_confirm(const struct plan *plan, struct live *live);
/* exec: once it has happened */
struct err *pid_file_save(const struct plan *plan, struct live *live);

#endif
