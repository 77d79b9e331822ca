/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for an attached process: one poll over it, signals, its streams and what it tells. */
#include "wait.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "hull/sys.h"
#include "notify.h"
#include "oom.h"

enum { PROCESS, SIGNALS, NOTIFY, MEMORY, MEMORY_ABOVE, RELAY, POLLS = RELAY + RELAY_POLLS };

struct err *signals_hold(void)
{
	sigset_t all;

	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
		return err_sys("sigprocmask", NULL);
	return NULL;
}

static struct err *signals_open(int *fd)
{
	sigset_t all;

	sigfillset(&all);
	*fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd < 0 ? err_sys("signalfd", NULL) : NULL;
}

/* We may be the subreaper of the container's orphans. */
static void orphans_reap(pid_t pid)
{
	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid &&
	       info.si_pid != pid) {
		(void)waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
		info.si_pid = 0;
	}
}

/* What the kernel tells us about our own doings is not for the container. */
static bool is_ours(const struct signalfd_siginfo *s)
{
	return s->ssi_signo == SIGURG || s->ssi_signo == SIGCHLD || s->ssi_signo == SIGWINCH ||
	       (s->ssi_signo == SIGPIPE && s->ssi_pid == (uint32_t)getpid());
}

static void signals_forward(int fd, pid_t pid, int pidfd, struct relay *relay)
{
	struct signalfd_siginfo s;

	while (read(fd, &s, sizeof(s)) == sizeof(s)) {
		if (s.ssi_signo == SIGCHLD)
			orphans_reap(pid);
		if (s.ssi_signo == SIGWINCH)
			relay_resize(relay);
		if (s.ssi_signo == SIGCONT)
			relay_continue(relay);
		if (!is_ours(&s))
			err_free(pidfd_kill(pidfd, (int)s.ssi_signo));	/* it may be ending */
	}
}

static void attend(pid_t pid, int pidfd, int signals, struct relay *relay, struct notify *notify,
		   struct oom_watch *oom)
{
	struct pollfd p[POLLS] = {
		[PROCESS] = { .fd = pidfd, .events = POLLIN },
		[SIGNALS] = { .fd = signals, .events = POLLIN },
		[NOTIFY] = { .fd = notify ? notify->container : -1, .events = POLLIN },
		[MEMORY] = { .events = POLLPRI },
		[MEMORY_ABOVE] = { .events = POLLPRI },
	};

	while (!(p[PROCESS].revents & POLLIN)) {
		relay_poll(relay, p + RELAY);
		p[MEMORY].fd = oom ? oom->fd : -1;
		p[MEMORY_ABOVE].fd = oom ? oom->above : -1;
		if (poll(p, POLLS, -1) < 0)
			continue;
		if (oom && (p[MEMORY].revents || p[MEMORY_ABOVE].revents || p[PROCESS].revents))
			oom_read(oom);	/* first of all: the cgroup may go at once */
		if (p[SIGNALS].revents)
			signals_forward(signals, pid, pidfd, relay);
		if (p[NOTIFY].revents)
			notify_pass(notify);
		relay_move(relay, p + RELAY);
	}
}

/* A signal that would have ended the process. */
static bool is_told_to_end(int fd)
{
	struct signalfd_siginfo s;

	while (read(fd, &s, sizeof(s)) == sizeof(s))
		if (s.ssi_signo == SIGTERM || s.ssi_signo == SIGINT || s.ssi_signo == SIGHUP ||
		    s.ssi_signo == SIGQUIT)
			return true;
	return false;
}

/* What the process wrote last is on its way still; the reader may take all the time he wants. */
static void deliver(int signals, struct relay *relay)
{
	struct pollfd p[POLLS];

	for (size_t i = 0; i < RELAY; i++)
		p[i] = (struct pollfd){ .fd = -1 };
	p[SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	while (relay_pending(relay)) {
		relay_poll(relay, p + RELAY);
		if (poll(p, POLLS, -1) < 0)
			continue;
		if (p[SIGNALS].revents && is_told_to_end(signals))
			return;
		relay_move(relay, p + RELAY);
	}
}

struct err *process_attend(pid_t pid, int pidfd, struct relay *relay, struct notify *notify,
			   struct oom_watch *oom, struct ending *ending)
{
	siginfo_t info = { 0 };
	auto_fd int signals = -1;
	struct err *err = signals_open(&signals);

	if (!err)
		err = relay_begin(relay);
	if (err)
		return err;
	attend(pid, pidfd, signals, relay, notify, oom);
	if (notify)
		notify_pass(notify);
	deliver(signals, relay);
	ending->lost = relay->out.failed ? relay->out.failed : relay->err.failed;
	relay_end(relay);
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
		return err_sys("waitid", NULL);
	ending->signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
	return process_reap(pid, &ending->status);
}
