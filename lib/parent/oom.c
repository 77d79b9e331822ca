/* SPDX-License-Identifier: Apache-2.0 */
/* The OOM killer's visits to a cgroup: see oom.h. */
#include "oom.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hull/dir.h"
#include "hull/fd.h"
#include "hull/stats.h"
#include "parent.h"

static void drop(int *fd)
{
	close_p(fd);
	*fd = -1;
}

void oom_close(struct oom_watch *w)
{
	drop(&w->fd);
	drop(&w->above);
}

/* False: it cannot be read any more, and must not be polled, since poll(2) would never rest. */
static bool kills_read(int *fd, uint64_t *kills)
{
	char text[512];
	ssize_t n = *fd < 0 ? -1 : pread(*fd, text, sizeof(text) - 1, 0);

	if (n < 0) {
		drop(fd);
		return false;
	}
	text[n] = 0;
	*kills = stats_value(text, "oom_kill");
	return true;
}

void oom_read(struct oom_watch *w)
{
	uint64_t own = w->kills, above = w->kills_above, counted = w->kills_above;

	if (w->fd < 0)
		return;
	(void)kills_read(&w->above, &above);
	if (kills_read(&w->fd, &own))
		counted += own - w->kills;	/* perhaps since we have read above */
	else
		own += above - counted;
	w->kills = own;
	w->kills_above = above > counted ? above : counted;
}

/* -1: there is no such file. */
static struct err *events_open(const char *cgroup, size_t len, int *fd)
{
	auto_arena struct arena a = { 0 };
	char *path = arena_printf(&a, "%.*s/memory.events", (int)len, cgroup);
	struct err *err = path_open(path, O_RDONLY, fd);

	if (err_code(err) != ENOENT && err_code(err) != ENODEV)
		return err;
	err_free(err);
	return NULL;
}

struct err *oom_open(const char *cgroup, struct oom_watch *w)
{
	struct err *err;

	if (!cgroup)
		return NULL;
	err = events_open(cgroup, strlen(cgroup), &w->fd);
	if (!err)
		err = events_open(cgroup, (size_t)(strrchr(cgroup, '/') - cgroup), &w->above);
	if (err)
		return err;
	(void)kills_read(&w->above, &w->kills_above);
	(void)kills_read(&w->fd, &w->kills);
	w->first = w->kills;
	return NULL;
}

/* run: before the program starts, whose end may come as soon. */
struct err *oom_begin(const struct plan *plan, struct live *live)
{
	(void)plan;
	return live->oom ? oom_open(live->record->cgroup, live->oom) : NULL;
}
