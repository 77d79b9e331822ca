/* SPDX-License-Identifier: Apache-2.0 */
/* Processes, by pidfd wherever the kernel lets us. */
#include "hull/sys.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { KILL_MS = 10 * 1000 };

struct err *process_clone(uint64_t flags, int cgroup, pid_t *pid, int *pidfd)
{
	int fd = -1;
	struct clone_args args = {
		.flags = flags | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0) | (pidfd ? CLONE_PIDFD : 0),
		.pidfd = (uint64_t)(uintptr_t)&fd,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
	};
	long rc = syscall(SYS_clone3, &args, sizeof(args));

	if (rc < 0)
		return err_sys("clone3", NULL);
	*pid = (pid_t)rc;
	if (pidfd)
		*pidfd = rc ? fd : -1;
	return NULL;
}

struct err *process_clone_beside(uint64_t flags, pid_t *told, bool *child)
{
	struct clone_args args = {
		.flags = flags | CLONE_PARENT | CLONE_PARENT_SETTID,
		.parent_tid = (uint64_t)(uintptr_t)told,
	};
	long rc = syscall(SYS_clone3, &args, sizeof(args));

	if (rc < 0)
		return err_sys("clone3", NULL);
	*child = !rc;
	return NULL;
}

struct err *process_pidfd(pid_t pid, int *pidfd)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return err_sys("pidfd_open", NULL);
	*pidfd = fd;
	return NULL;
}

struct err *pidfd_kill(int pidfd, int signal)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0)
		return err_sys("pidfd_send_signal", NULL);
	return NULL;
}

struct err *pidfd_wait(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	uint64_t end = timeout_ms < 0 ? NEVER : after_ms((unsigned)timeout_ms);
	struct err *err = poll_until(&p, 1, end);

	if (err_code(err) != ETIME)
		return err;
	err_free(err);
	return err_new(ETIME, "the process has not ended after %d ms", timeout_ms);
}

struct err *process_reap(pid_t pid, int *status)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0)
		if (errno != EINTR)
			return err_sys("waitid", NULL);
	*status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return NULL;
}

struct err *process_kill(pid_t pid, int pidfd)
{
	struct err *err = pidfd_kill(pidfd, SIGKILL);
	int status;

	if (!err)
		err = pidfd_wait(pidfd, KILL_MS);
	return err ? err : process_reap(pid, &status);
}

void signals_reset(void)
{
	/* The kernel's struct sigaction, whatever it is here: SIG_DFL, no flags, no mask. */
	static const unsigned long dfl[8];
	sigset_t none;

	/* Not sigaction(3), which hides 32 and 33; posix_spawn(3) leaves them ignored. */
	for (int i = 1; i < NSIG; i++)	/* KILL and STOP refuse */
		(void)syscall(SYS_rt_sigaction, i, dfl, NULL, (size_t)NSIG / 8);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

struct err *process_chdir(const char *path)
{
	return chdir(path) < 0 ? err_sys("chdir", path) : NULL;
}

void process_end(int status)
{
	(void)syscall(SYS_exit_group, status);
	__builtin_trap();
}

uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}
