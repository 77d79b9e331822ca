/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroups below one, however many and however deep: whoever owns a cgroup
 * may nest thousands. So nothing here recurses, and never more than two
 * descriptors are open. Nobody can rename a cgroup, so ".." leads back.
 */
#include "hull/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* On the way down: what is below a cgroup, and which of these comes next. */
struct floor {
	names below;
	size_t next;
	const char *name;
};
typedef LIST(struct floor) tower;

/* Enters a cgroup; what is gone by now has nothing below it. */
static struct err *floor_enter(struct arena *a, int fd, const char *name, tower *t)
{
	struct dir d = { fd, name };
	names below = { 0 };
	struct err *err = dir_list_dirs(a, &d, &below);

	if (err_code(err) == ENOENT || err_code(err) == ENODEV) {
		err_free(err);
		err = NULL;
	}
	if (!err)
		*list_add(a, t) = (struct floor){ .below = below, .name = name };
	return err;
}

/* One down if there is something left to visit, else one up. */
static struct err *step(struct arena *a, tower *t, int *fd, cgroup_visitor *visit, void *data)
{
	struct floor *f = &t->v[t->n - 1];
	bool down = f->next < f->below.n;
	const char *name = down ? f->below.v[f->next++] : "..";
	int next = openat(*fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (next < 0 && down && errno == ENOENT)
		return NULL;
	if (next < 0)
		return err_sys("open", name);
	close(*fd);
	*fd = next;
	if (down)
		return floor_enter(a, next, name, t);
	name = f->name;
	t->n--;
	return visit(&(struct dir){ next, "" }, name, data);
}

struct err *cgroup_visit(const struct dir *top, cgroup_visitor *visit, void *data)
{
	auto_arena struct arena a = { 0 };
	auto_fd int fd = openat(top->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tower t = { 0 };
	struct err *err;

	if (fd < 0)
		return err_sys("open", top->path);
	err = floor_enter(&a, fd, "", &t);
	while (!err && (t.n > 1 || t.v[0].next < t.v[0].below.n))
		err = step(&a, &t, &fd, visit, data);
	return err ? err_add(err, "below cgroup %s", top->path) : NULL;
}
