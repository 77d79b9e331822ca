/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update: what can be set on processes and threads from outside. None of these
 * calls takes a pidfd; that a number is still that of the process which had it
 * is looked at right before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "update.h"

enum { MASK_SIZE = 1024 };		/* bytes: 8192 processors, as many as any kernel has */

/* ---- limits ---- */

static struct err *rlimit_get(const struct knob *k, pid_t id, void *value)
{
	if (prlimit64(id, k->resource, NULL, value) < 0)
		return err_sys("prlimit", NULL);
	return NULL;
}

static struct err *rlimit_set(const struct knob *k, pid_t id, const void *value)
{
	struct err *err;

	if (prlimit64(id, k->resource, value, NULL) == 0)
		return NULL;
	err = err_sys("prlimit", NULL);
	if (err_code(err) == EPERM)
		err = err_set(err, ERR_HINT,
			      "raising a hard limit needs CAP_SYS_RESOURCE on the host");
	return err;
}

/* ---- out of memory ---- */

static struct err *proc_open(pid_t id, char *path, size_t size, struct dir *d)
{
	snprintf(path, size, "/proc/%d", id);
	d->path = path;
	return path_open(path, O_PATH | O_DIRECTORY, &d->fd);
}

static struct err *score_get(const struct knob *k, pid_t id, void *value)
{
	char path[32];
	auto_free char *text = NULL;
	auto_fd int fd = -1;
	struct dir d;
	struct err *err = proc_open(id, path, sizeof(path), &d);

	(void)k;
	if (err)
		return err;
	fd = d.fd;
	err = dir_read_at_once(&d, "oom_score_adj", &text, NULL);
	if (!err)
		*(int *)value = (int)strtol(text, NULL, 10);
	return err;
}

static struct err *score_set(const struct knob *k, pid_t id, const void *value)
{
	char path[32], text[16];
	auto_fd int fd = -1;
	struct dir d;
	struct err *err = proc_open(id, path, sizeof(path), &d);

	(void)k;
	if (err)
		return err;
	fd = d.fd;
	snprintf(text, sizeof(text), "%d", *(const int *)value);
	err = dir_write(&d, "oom_score_adj", text);
	if (err_code(err) == EACCES)
		err = err_set(err, ERR_HINT, "lowering it needs CAP_SYS_RESOURCE on the host");
	return err;
}

/* ---- affinity ---- */

static struct err *cpus_get(const struct knob *k, pid_t id, void *value)
{
	(void)k;
	memset(value, 0, MASK_SIZE);	/* the kernel writes as much as it has */
	if (syscall(SYS_sched_getaffinity, id, MASK_SIZE, value) < 0)
		return err_sys("sched_getaffinity", NULL);
	return NULL;
}

static struct err *cpus_set(const struct knob *k, pid_t id, const void *value)
{
	struct err *err;

	(void)k;
	if (syscall(SYS_sched_setaffinity, id, MASK_SIZE, value) == 0)
		return NULL;
	err = err_sys("sched_setaffinity", NULL);
	if (err_code(err) == EINVAL)
		err = err_set(err, ERR_HINT, "none of these processors is in its cpuset");
	return err;
}

/*
 * The kernel remembers what was asked for, for the day when the cpuset gets
 * wider, but tells only what came of it. Who had all that there is had
 * not asked for less.
 */
static struct err *cpus_put_back(const struct knob *k, pid_t id, const void *value)
{
	unsigned char all[MASK_SIZE], now[MASK_SIZE];
	struct err *err;

	memset(all, 0xff, sizeof(all));
	err = cpus_set(k, id, all);
	if (!err)
		err = cpus_get(k, id, now);
	if (err || !memcmp(now, value, sizeof(now)))
		return err;
	return cpus_set(k, id, value);
}

/* ---- what is to be turned ---- */

static void turn_add(struct update *u, const struct knob *knob, const void *value, const void *from,
		     const char *member)
{
	*list_add(u->live->arena, &u->turns) =
		(struct turn){ .knob = *knob, .value = value, .from = from, .member = member };
}

/* Limits last: who may lower a hard one need not be allowed to raise it again. */
struct err *turns_save(struct update *u)
{
	const struct plan *plan = &u->plan->process;

	if (plan->sched.affinity.final) {
		struct knob knob = { .name = "CPU affinity",
				     .size = MASK_SIZE,
				     .of_threads = true,
				     .get = cpus_get,
				     .set = cpus_set,
				     .put_back = cpus_put_back };

		turn_add(u, &knob, plan->sched.affinity.final,
			 plan->spec->process->exec_cpu_affinity, "final");
	}
	if (plan->oom_score_adj) {
		struct knob knob = { .name = "oom_score_adj",
				     .size = sizeof(int),
				     .get = score_get,
				     .set = score_set };

		turn_add(u, &knob, plan->oom_score_adj, plan->spec->process, "oomScoreAdj");
	}
	for_each (r, &plan->rlimits) {
		struct knob knob = { .name = r->from->type,
				     .size = sizeof(r->limit),
				     .get = rlimit_get,
				     .set = rlimit_set,
				     .resource = r->resource };

		turn_add(u, &knob, &r->limit, r->from, NULL);
	}
	return NULL;
}
