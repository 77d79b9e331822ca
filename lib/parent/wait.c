/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for an attached container: one poll over signals, its process and its terminal. */
#include "wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "hull/sys.h"

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

static void signals_forward(int fd, pid_t pid, int pidfd, const struct relay *relay)
{
	struct signalfd_siginfo s;

	while (read(fd, &s, sizeof(s)) == sizeof(s)) {
		if (s.ssi_signo == SIGCHLD)
			orphans_reap(pid);
		else if (s.ssi_signo == SIGWINCH)
			relay_resize(relay);
		else if (s.ssi_signo != SIGURG)
			err_free(pidfd_kill(pidfd, (int)s.ssi_signo));	/* it may be ending */
	}
}

static void attend(pid_t pid, int pidfd, int signals, struct relay *relay)
{
	struct pollfd p[] = {
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = relay->master, .events = POLLIN },
		{ .fd = relay->in_open ? STDIN_FILENO : -1, .events = POLLIN },
	};

	while (!(p[0].revents & POLLIN)) {
		if (poll(p, countof(p), -1) < 0)
			continue;
		if (p[1].revents)
			signals_forward(signals, pid, pidfd, relay);
		if (p[2].revents && !relay_output(relay))
			p[2].fd = -1;
		if (p[3].revents && !relay_input(relay))
			p[3].fd = -1;
	}
	while (p[2].fd >= 0 && poll(&p[2], 1, 0) > 0 && relay_output(relay))
		;
}

struct err *process_attend(pid_t pid, int pidfd, int master, int *status)
{
	struct termios saved;
	struct relay relay = { .master = -1, .saved = &saved };
	auto_fd int signals = -1;
	struct err *err = signals_open(&signals);

	if (!err && master >= 0)
		err = relay_begin(&relay, master);
	if (!err)
		attend(pid, pidfd, signals, &relay);
	relay_end(&relay);
	return err ? err : process_reap(pid, status);
}
