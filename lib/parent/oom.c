/* SPDX-License-Identifier: Apache-2.0 */
/* The OOM killer's visits to a cgroup. */
#include "oom.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "hull/dir.h"
#include "hull/fd.h"
#include "hull/stats.h"


void oom_close(struct oom_watch *w)
{
	close_p(&w->fd);
}

void oom_read(struct oom_watch *w)
{
	char text[512];
	ssize_t n = w->fd < 0 ? -1 : pread(w->fd, text, sizeof(text) - 1, 0);

	if (n < 0) {
		oom_close(w);		/* the cgroup is gone: poll(2) would never rest */
		return;
	}
	text[n] = 0;
	w->kills = stats_value(text, "oom_kill");
}

struct err *oom_open(const char *cgroup, struct oom_watch *w)
{
	auto_arena struct arena a = { 0 };
	struct err *err = NULL;

	if (cgroup)
		err = path_open(arena_printf(&a, "%s/memory.events", cgroup), O_RDONLY, &w->fd);
	if (err_code(err) == ENOENT || err_code(err) == ENODEV) {
		err_free(err);
		return NULL;
	}
	if (!err)
		oom_read(w);
	return err;
}
