/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts that the child could not open or make itself: from places that root
 * of a user namespace has no access to, ID-mapped, or shared with the host.
 * They exist, attached nowhere, before `spawn`, so that the child inherits them.
 */
#include "parent.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "hull/sys.h"

enum { FEW = 32, FIRST = 256 };		/* descriptors: so many need no care */

/* User namespaces that ID-map: one for each map, however many mounts have it. */
struct mapping {
	const char *uid_map, *gid_map;	/* NULL: the namespace that the container joins */
	int userns;
};

typedef LIST(struct mapping) mappings;

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static struct err *joined_open(const struct plan *plan, int *userns)
{
	for_each (j, &plan->ns.join)
		if (j->kind->flag == CLONE_NEWUSER)
			return namespace_open(j->path, CLONE_NEWUSER, userns);
	return err_new(ENOENT, "there is no user namespace");
}

static struct err *mapping_find(const struct plan *plan, struct arena *a, mappings *known,
				const struct mount_action *m, int *userns)
{
	const char *uid_map = m->map_of_container ? plan->ns.uid_map : m->uid_map;
	const char *gid_map = m->map_of_container ? plan->ns.gid_map : m->gid_map;
	struct err *err;

	for_each (k, known)
		if (same(k->uid_map, uid_map) && same(k->gid_map, gid_map)) {
			*userns = k->userns;
			return NULL;
		}
	err = uid_map ? userns_make(uid_map, gid_map, userns) : joined_open(plan, userns);
	if (!err)
		*list_add(a, known) = (struct mapping){ uid_map, gid_map, *userns };
	return err;
}

static struct err *source_idmap(const struct plan *plan, struct arena *a, mappings *known,
				const struct mount_action *m, int mount)
{
	int userns;
	struct err *err;

	if (!m->uid_map && !m->map_of_container)
		return NULL;
	err = mapping_find(plan, a, known, m, &userns);
	if (!err)
		err = mount_idmap(mount, m->source ? m->source : m->fstype, m->map_tree, userns);
	if (err_code(err) == EINVAL)
		err = err_set(err, ERR_HINT, "this file system, or one below it, cannot be ID-mapped");
	return err;
}

/* A detached copy; but for shared ones it hears of the host's mounts and tells nothing. */
static struct err *source_clone(const struct mount_action *m, int *mount)
{
	bool follow = !m->source_nofollow && !m->copy_symlink;
	auto_fd int fd = -1;
	struct err *err = path_open(m->source, O_PATH | (follow ? 0 : O_NOFOLLOW), &fd);

	if (!err)
		err = mount_clone(fd, m->source, m->recursive, mount);
	if (!err && !m->shared)
		err = mount_set(*mount, m->source, m->recursive, 0, 0, MS_SLAVE);
	return err;
}

/* A tmpfs is filled before it becomes read-only: see child/mounts.c. */
static struct err *filesystem_make(const struct mount_action *m, int *mount)
{
	uint64_t set = m->set;

	if (!strcmp(m->fstype, "tmpfs"))
		set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	return mount_new(m->fstype, m->source, m->data.v, m->data.n, set, mount);
}

static struct err *source_open(const struct plan *plan, struct arena *a, mappings *known,
			       const struct mount_action *m, int *mount)
{
	bool bind = m->kind == MOUNT_BIND;
	struct err *err = bind ? source_clone(m, mount) : filesystem_make(m, mount);

	return err ? err : source_idmap(plan, a, known, m, *mount);
}

/*
 * Thousands of mounts are thousands of descriptors. Our soft limit rises while
 * they are opened and falls again behind them: what is open stays open. They
 * are numbered from FIRST on, which leaves the child enough of the numbers
 * that its own limit, whatever it is, lets it have.
 */
struct room {
	struct rlimit before;
	bool wanted, raised;
};

static void room_make(struct room *room, size_t n)
{
	struct rlimit more;

	*room = (struct room){ .wanted = n > FEW };
	if (!room->wanted || getrlimit(RLIMIT_NOFILE, &room->before) < 0)
		return;
	more = room->before;
	more.rlim_cur = more.rlim_max;
	room->raised = room->before.rlim_cur < FIRST + 2 * n && setrlimit(RLIMIT_NOFILE, &more) == 0;
}

static struct err *room_take(const struct room *room, int *fd)
{
	int moved;

	if (!room->wanted)
		return NULL;
	moved = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST);
	/* EINVAL: the limit is below FIRST. */
	if (moved < 0 && errno == EINVAL)
		errno = EMFILE;
	if (moved < 0)
		return err_sys("fcntl F_DUPFD_CLOEXEC", NULL);
	close(*fd);
	*fd = moved;
	return NULL;
}

static struct err *room_done(const struct room *room, struct err *err)
{
	if (room->raised && setrlimit(RLIMIT_NOFILE, &room->before) < 0 && !err)
		return err_sys("setrlimit", "RLIMIT_NOFILE");
	return err;
}

static struct err *all_open(const struct plan *plan, struct live *live, mappings *known)
{
	const struct rootfs_plan *r = &plan->rootfs;
	struct room room;
	size_t n = 0;
	struct err *err = NULL;

	for_each (m, &r->mounts)
		n += m->by_parent;
	room_make(&room, n);
	for (size_t i = 0; i < r->mounts.n && !err; i++) {
		const struct mount_action *m = &r->mounts.v[i];

		if (!m->by_parent)
			continue;
		err = source_open(plan, live->arena, known, m, &live->sources[i]);
		if (!err)
			err = room_take(&room, &live->sources[i]);
		if (err_code(err) == EMFILE)
			err = err_set(err, ERR_HINT, "each of these mounts needs a descriptor: "
				      "raise the hard limit on them");
		err = err_add(err, "mount %s on %s", m->source ? m->source : m->fstype, m->target);
		err = err_at(err, plan->doc, m->from, NULL);
	}
	return room_done(&room, err);
}

struct err *sources_open(const struct plan *plan, struct live *live)
{
	size_t n = plan->rootfs.mounts.n;
	mappings known = { 0 };
	struct err *err;

	live->sources = arena_array(live->arena, int, n);
	memset(live->sources, -1, n * sizeof(int));
	/* A file system that does not answer holds open(2) until we die: so a signal may end us. */
	err = interrupts_hold(false);
	if (!err)
		err = all_open(plan, live, &known);
	for_each (k, &known)
		close(k->userns);
	return err ? err : interrupts_hold(true);
}

struct err *sources_close(const struct plan *plan, struct live *live)
{
	for (size_t i = 0; i < plan->rootfs.mounts.n; i++)
		close_p(&(int){ take_fd(&live->sources[i]) });
	close_p(&(int){ take_fd(&live->nodes) });
	return NULL;
}
