/* SPDX-License-Identifier: Apache-2.0 */
/* What only the host's privileges may set on the child: by pid, through the host's /proc. */
#include "parent.h"

#include <errno.h>
#include <stdio.h>
#include <fcntl.h>
#include <sys/resource.h>

static struct err *proc_write(const struct live *live, const char *file, const char *text)
{
	char path[32];
	auto_fd int fd = -1;
	struct dir d = { .path = path };
	struct err *err;

	snprintf(path, sizeof(path), "/proc/%d", live->pid);
	err = path_open(path, O_PATH | O_DIRECTORY, &fd);
	d.fd = fd;
	return err ? err : dir_write(&d, file, text);
}

struct err *oom_score_set(const struct plan *plan, struct live *live)
{
	char text[16];
	struct err *err;

	if (!plan->oom_score_adj)
		return NULL;
	snprintf(text, sizeof(text), "%d", *plan->oom_score_adj);
	err = proc_write(live, "oom_score_adj", text);
	if (err_code(err) == EACCES)
		err = err_set(err, ERR_HINT, "lowering it needs CAP_SYS_RESOURCE on the host");
	return err_at(err, plan->doc, plan->spec->process, "oomScoreAdj");
}

struct err *time_offsets_write(const struct plan *plan, struct live *live)
{
	if (!plan->ns.time_offsets)
		return NULL;
	return err_at(proc_write(live, "timens_offsets", plan->ns.time_offsets), plan->doc,
		      &plan->spec->linux->time_offsets, NULL);
}

struct err *limits_set(const struct plan *plan, struct live *live)
{
	for_each (r, &plan->rlimits) {
		struct err *err;

		if (prlimit64(live->pid, r->resource, &r->limit, NULL) == 0)
			continue;
		err = err_sys("prlimit", r->from->type);
		if (err_code(err) == EPERM)
			err = err_set(err, ERR_HINT, "raising a hard limit needs CAP_SYS_RESOURCE on the host");
		return err_at(err, plan->doc, r->from, NULL);
	}
	return NULL;
}
