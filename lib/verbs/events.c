/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events: what a container uses, now and then, and when the kernel kills in
 * it for want of memory. Takes no lock: it may last as long as the container.
 */
#include "verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>

#include "../parent/oom.h"
#include "hull/fd.h"
#include "hull/stats.h"
#include "hull/str.h"

/* What wakes us. */
enum { PROCESS, MEMORY, MEMORY_ABOVE, TIMER, READER, POLLS };

struct watch {
	const struct hull_events *request;
	const struct store *store;
	const struct record *record;
	struct dir cgroup;
	int process;			/* a pidfd */
	struct oom_watch oom;
};

/* One write(2), so that no reader sees half a line. */
static struct err *line_write(struct arena *a, const struct watch *w, const char *type,
			      struct stats *data)
{
	const struct stats_event event = { arena_strdup(a, type), w->record->id, data };
	auto_free char *text = json_encode(&type_stats_event, &event, JSON_COMPACT);
	size_t size = strlen(text);

	text[size] = '\n';
	return fd_write_all(w->request->to, "standard output", text, size + 1);
}

/* Opens what may have gone with resctrl itself; -1 then. */
static struct err *group_open(const char *path, struct dir *d)
{
	struct err *err;

	*d = (struct dir){ -1, path };
	err = path_open(path, O_RDONLY | O_DIRECTORY, &d->fd);
	if (err_code(err) != ENOENT)
		return err;
	err_free(err);
	return NULL;
}

static struct err *rdt_read(struct arena *a, const struct record *r, struct stats_rdt *rdt)
{
	auto_free char *parent = NULL;
	auto_fd int root_fd = -1;
	auto_fd int group_fd = -1;
	auto_fd int monitor_fd = -1;
	struct dir root, group, monitor;
	const char *name;
	struct err *err;

	if (!r->rdt_group)
		return NULL;
	path_split(r->rdt_group, &parent, &name);
	err = group_open(parent, &root);
	root_fd = root.fd;
	if (!err)
		err = group_open(r->rdt_group, &group);
	group_fd = err ? -1 : group.fd;
	if (!err)
		err = group_open(r->rdt_monitor ? r->rdt_monitor : r->rdt_group, &monitor);
	monitor_fd = err ? -1 : monitor.fd;
	if (err || root_fd < 0 || group_fd < 0 || monitor_fd < 0)
		return err;
	return stats_rdt(a, &root, &group, &monitor, rdt);
}

/* ESRCH: the container has ended, and its cgroup is gone. */
static struct err *stats_write(const struct watch *w)
{
	auto_arena struct arena a = { 0 };
	struct stats stats = { 0 };
	struct err *err = stats_cgroup(&a, &w->cgroup, &stats);

	if (!err)
		err = rdt_read(&a, w->record, &stats.rdt);
	return err ? err : line_write(&a, w, "stats", &stats);
}

/* One line, however many were killed since the last. */
static struct err *kills_check(struct watch *w)
{
	auto_arena struct arena a = { 0 };
	uint64_t seen = w->oom.kills;

	oom_read(&w->oom);
	if (w->oom.kills <= seen)
		return NULL;
	return line_write(&a, w, "oom", NULL);
}

/* Whoever stood by may have seen a last kill and have removed the cgroup before we could look. */
static struct err *end(struct watch *w)
{
	auto_arena struct arena a = { 0 };
	struct record now = { 0 };
	uint64_t seen = w->oom.kills;
	struct err *err = kills_check(w);

	if (err || w->oom.kills > seen)
		return err;
	err_free(record_load(&a, w->store, &now));	/* it may be deleted already */
	return now.oom_killed && !seen ? line_write(&a, w, "oom", NULL) : NULL;
}

static struct err *timer_start(uint64_t ns, int *timer)
{
	const struct timespec every = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
	const struct itimerspec spec = { every, every };
	auto_fd int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &spec, NULL) < 0)
		return err_sys("timerfd", NULL);
	*timer = take_fd(&fd);
	return NULL;
}

static struct err *attend(struct watch *w, int timer)
{
	struct pollfd p[POLLS] = {
		[PROCESS] = { .fd = w->process, .events = POLLIN },
		[MEMORY] = { .events = POLLPRI },
		[MEMORY_ABOVE] = { .events = POLLPRI },
		[TIMER] = { .fd = timer, .events = POLLIN },
		[READER] = { .fd = w->request->to },
	};
	struct err *err = stats_write(w);

	while (!err && !p[READER].revents) {
		uint64_t missed;

		p[MEMORY].fd = w->oom.fd;
		p[MEMORY_ABOVE].fd = w->oom.above;
		if (poll(p, POLLS, -1) < 0)
			continue;
		if (p[PROCESS].revents)
			return end(w);
		if (p[MEMORY].revents || p[MEMORY_ABOVE].revents)
			err = kills_check(w);
		/* A slow reader gets one object for all times that have gone by. */
		if (!err && p[TIMER].revents && read(timer, &missed, sizeof(missed)) > 0)
			err = stats_write(w);
	}
	return err;
}

static struct err *watch(struct watch *w, uint64_t interval)
{
	auto_fd int timer = -1;
	struct err *err = timer_start(interval, &timer);

	if (!err)
		err = oom_open(w->cgroup.path, &w->oom);
	if (!err)
		err = attend(w, timer);
	oom_close(&w->oom);
	if (err_code(err) != ESRCH)
		return err;
	err_free(err);			/* the container has ended meanwhile */
	return NULL;
}

static struct err *interval_parse(const struct hull_events *e, uint64_t *ns)
{
	*ns = UINT64_C(5) * 1000000000;
	if (!e->interval || str_duration(e->interval, ns))
		return NULL;
	return err_set(err_new(EINVAL, "--interval: \"%s\" is no length of time", e->interval),
		       ERR_HINT, "write it as 500ms, 5s or 1m30s; it must be greater than 0");
}

/* `delete` was faster than we are. */
static struct err *gone(struct err *err)
{
	if (err_code(err) != ENOENT && err_code(err) != ESRCH)
		return err;
	err_free(err);
	return err_new(ESRCH, "container not running: its cgroup is gone");
}

static struct err *events(const struct hull *h, const struct hull_events *e)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store store = { .lock = -1, .dir = { .fd = -1 } };
	auto_fd int process = -1;
	auto_fd int cgroup = -1;
	struct record record = { 0 };
	struct watch w = { e, &store, &record, .oom = OOM_WATCH_NONE };
	uint64_t interval;
	struct err *err = interval_parse(e, &interval);

	if (!err)
		err = container_open(&a, h, e->id, false, &store, &record);
	if (!err)
		err = record_pidfd(&record, &process);
	if (!err && !record.cgroup)
		err = err_new(ENOENT, "the container has no cgroup of its own, so nobody counts "
			      "what it uses");
	if (!err)
		err = gone(path_open(record.cgroup, O_RDONLY | O_DIRECTORY, &cgroup));
	if (err)
		return err;
	w.cgroup = (struct dir){ cgroup, record.cgroup };
	w.process = process;
	err = e->stats ? gone(stats_write(&w)) : watch(&w, interval);
	if (err_code(err) != EPIPE)
		return err;
	err_free(err);			/* nobody wants to know any more */
	return NULL;
}

struct err *hull_events(const struct hull *h, const struct hull_events *e)
{
	return verb_failed(events(h, e), "events", e->id);
}
