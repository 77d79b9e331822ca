/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container is doing. Its process is known by boot, pid, and start
 * time or pidfd: a pid alone soon belongs to somebody else, who must not be
 * killed.
 */
#include "hull/state.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hull/fd.h"
#include "hull/sys.h"

const char *const status_names[] = {
	[STATUS_CREATING] = "creating",
	[STATUS_CREATED]  = "created",
	[STATUS_RUNNING]  = "running",
	[STATUS_PAUSED]	  = "paused",
	[STATUS_STOPPED]  = "stopped",
};

/* Where the kernel does not say which boot this is, the start time must do. */
static bool other_boot(const struct record *r)
{
	auto_arena struct arena a = { 0 };
	const char *now = r->facts ? r->facts->boot_id : boot_id(&a);

	return *now && strcmp(now, r->boot_id);
}

void facts_close(struct facts *f)
{
	if (f->above.fd >= 0)
		close(take_fd(&f->above.fd));
}

bool record_has_cgroup(const struct record *r)
{
	struct stat st;
	auto_err struct err *err = r->cgroup ? path_stat(r->cgroup, &st) : NULL;

	/* The kernel gives no number twice. */
	return r->cgroup && !err && (!r->cgroup_id || r->cgroup_id == st.st_ino);
}

bool record_owns_cgroup(const struct record *r)
{
	return record_has_cgroup(r) && (!r->cgroup_existed || r->cgroup_idle);
}

/*
 * Field @n of proc_pid_stat(5), from the third on. The name of the program is
 * in parentheses and may contain anything, parentheses too; behind the last
 * one are letters and numbers only.
 */
static const char *stat_field(const char *stat, int n)
{
	const char *field = strrchr(stat, ')');

	for (int i = 3; field && i <= n; i++)
		field = strchr(field + 1, ' ');
	return field ? field + 1 : NULL;
}

static uint64_t stat_start_time(const char *stat)
{
	const char *state = stat_field(stat, 3), *field = stat_field(stat, 22);
	char *end;
	uint64_t time;

	/* Z is a zombie, X and x are dead: the first of its threads, at least. */
	if (!field || (strchr("ZXx", *state) && strtoul(stat_field(stat, 20), NULL, 10) < 2))
		return 0;
	errno = 0;
	time = strtoull(field, &end, 10);
	return errno || end == field || *end != ' ' ? 0 : time;
}

/* The line of a process, allocated; NULL if it is gone. */
static char *stat_read(pid_t pid)
{
	char path[32];
	char *stat = NULL;

	if (pid <= 0)
		return NULL;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	err_free(path_read_at_once(path, &stat, NULL));
	return stat;
}

char *boot_id(struct arena *a)
{
	auto_free char *text = NULL;
	auto_err struct err *err =
		path_read_at_once("/proc/sys/kernel/random/boot_id", &text, NULL);

	return err ? arena_strdup(a, "") : arena_strndup(a, text, strcspn(text, "\n"));
}

/* Still what fork(2) made, as proc_pid_stat(5) says. */
static bool stat_never_executed(const char *stat)
{
	enum { PF_FORKNOEXEC = 0x40 };	/* include/linux/sched.h; execve(2) takes it away */
	const char *flags = stat_field(stat, 9);

	return flags && strtoul(flags, NULL, 10) & PF_FORKNOEXEC;
}

static bool is_alive_by_stat(const struct record *r, bool *executed)
{
	auto_free char *stat = r->start_time ? stat_read(r->pid) : NULL;

	if (!stat || stat_start_time(stat) != r->start_time)
		return false;
	*executed = !stat_never_executed(stat);
	return true;
}

static bool is_alive_by_pidfd(const struct record *r, int pidfd)
{
	auto_fd int own = pidfd < 0 ? pidfd_open(r->pid, 0) : -1;
	struct pollfd ended = { .fd = pidfd < 0 ? own : pidfd, .events = POLLIN };
	struct stat st;

	/* EINTR is no answer: it lives unless the kernel says that it has ended. */
	return ended.fd >= 0 && !fstat(ended.fd, &st) && st.st_ino == r->pidfd_id &&
	       poll(&ended, 1, 0) != 1;
}

/*
 * The pid 1 of this namespace is never a container's. @pidfd: of the pid, or
 * -1. *executed: the container's program, if it was let go.
 */
static bool is_alive(const struct record *r, int pidfd, bool *executed)
{
	if (r->pid <= 1 || other_boot(r))
		return false;
	*executed = r->executed;
	/* Nobody asks before it is let go, and what was seen once remains so. */
	if (r->pidfd_id && (r->executed || !r->started))
		return is_alive_by_pidfd(r, pidfd);
	return is_alive_by_stat(r, executed);
}

/* Who was let go may have something to do before its program, in `run` all that there is. */
static enum status status_of_living(const struct record *r, bool executed)
{
	if (r->started && executed)
		return STATUS_RUNNING;
	return strcmp(r->phase, "creating") ? STATUS_CREATED : STATUS_CREATING;
}

static enum status life_of(const struct record *r, int pidfd)
{
	bool executed;

	if (is_alive(r, pidfd, &executed))
		return status_of_living(r, executed);
	return r->pid == 0 && !strcmp(r->phase, "creating") && !other_boot(r) ? STATUS_CREATING
									      : STATUS_STOPPED;
}

enum status record_life(const struct record *r)
{
	return life_of(r, -1);
}

bool record_paused(const struct record *r)
{
	return r->cgroup && cgroup_frozen(&(struct dir){ -1, r->cgroup });
}

/* Most containers have their cgroups side by side: the directory above is held open. */
static bool events_among_many(struct facts *f, const char *cgroup, struct cgroup_events *events)
{
	const char *name = strrchr(cgroup, '/') + 1;
	size_t len = (size_t)(name - cgroup) - 1;

	if (strncmp(f->above.path, cgroup, len) || f->above.path[len]) {
		facts_close(f);
		f->above.path = arena_strndup(f->arena, cgroup, len);
		err_free(path_open(f->above.path, O_PATH | O_DIRECTORY, &f->above.fd));
	}
	return f->above.fd >= 0 && cgroup_events_read(&f->above, name, events);
}

bool record_lives_in_cgroup(const struct record *r)
{
	return r->cgroup && !r->cgroup_existed && r->private_pidns;
}

bool record_seen(const struct record *r, enum status *status)
{
	struct cgroup_events events;

	if (!record_lives_in_cgroup(r) || r->pid <= 1 || other_boot(r) ||
	    (r->started && !r->executed) || kill(r->pid, 0) < 0)
		return false;
	if (!events_among_many(r->facts, r->cgroup, &events) || !events.populated)
		return false;
	*status = events.frozen ? STATUS_PAUSED : status_of_living(r, r->executed);
	return true;
}

enum status record_status(const struct record *r)
{
	enum status life = record_life(r);
	bool lives = life == STATUS_CREATED || life == STATUS_RUNNING;
	struct cgroup_events events;

	if (!lives || !r->cgroup)
		return life;
	if (r->facts && events_among_many(r->facts, r->cgroup, &events))
		return events.frozen ? STATUS_PAUSED : life;
	return record_paused(r) ? STATUS_PAUSED : life;
}

struct err *record_hold(const struct record *r, enum status *life, int *pidfd)
{
	auto_fd int fd = r->pid > 1 ? pidfd_open(r->pid, 0) : -1;

	/* EINVAL: the id of a thread. */
	if (r->pid > 1 && fd < 0 && errno != ESRCH && errno != EINVAL)
		return err_sys("pidfd_open", NULL);
	/* Only now: if the pid is still our process's, it was so when the descriptor was opened. */
	*life = r->pid > 1 && fd < 0 ? STATUS_STOPPED : life_of(r, fd);
	*pidfd = *life == STATUS_STOPPED ? -1 : take_fd(&fd);
	return NULL;
}

struct err *record_pidfd(const struct record *r, int *pidfd)
{
	auto_fd int fd = -1;
	enum status status;
	struct err *err = record_hold(r, &status, &fd);

	if (err)
		return err;
	if (fd < 0)
		return err_new(ESRCH, "container not running");
	*pidfd = take_fd(&fd);
	return NULL;
}

uint64_t process_start_time(pid_t pid)
{
	auto_free char *stat = stat_read(pid);

	return stat ? stat_start_time(stat) : 0;
}

uint64_t pidfd_id(int pidfd)
{
	enum { PID_FS_MAGIC = 0x50494446 }; /* include/uapi/linux/magic.h */
	struct statfs fs;
	struct stat st;

	/* Before, all pidfds had one inode. */
	if (fstatfs(pidfd, &fs) < 0 || fs.f_type != PID_FS_MAGIC || fstat(pidfd, &st) < 0)
		return 0;
	return st.st_ino;
}

bool process_never_executed(pid_t pid)
{
	auto_free char *stat = stat_read(pid);

	return stat && stat_never_executed(stat);
}

void record_state(struct arena *a, const struct record *r, const char *status, pid_t pid,
		  struct oci_state *state)
{
	*state = (struct oci_state){
		.version = arena_strdup(a, OCI_VERSION),
		.id = r->id,
		.status = arena_strdup(a, status),
		.bundle = r->bundle,
		.rootfs = r->rootfs,
		.created = r->created,
		.owner = arena_strdup(a, ""),
		.ended = r->ended,
		.exit_status = r->exit_status,
		.exit_signal = r->exit_signal,
		.oom_killed = r->oom_killed,
	};
	/* runtime.md asks for a pid unless the container is stopped; engines read one even then. */
	if (pid > 0 || !strcmp(status, status_names[STATUS_STOPPED])) {
		state->pid = arena_new(a, int32_t);
		*state->pid = pid;
	}
	state->annotations.v = r->annotations.v;
	state->annotations.n = r->annotations.n;
}
