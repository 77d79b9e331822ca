/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts what a command costs that no noise of the machine changes.
 *
 *	tally FILE COMMAND...
 *
 * Writes to FILE lines "NAME COUNT": `calls` (system calls of the command and
 * of all processes that it makes), `forks`, `execs` (without the one that began
 * it), `faults` of pages, then a line for each system call that was made. What
 * a process does after it has executed another program is not counted: that is
 * the container's; but a copy of the command's own is (recognised by its size).
 * Its status is the command's.
 *
 * A process that outlives the command is counted until it sleeps, then let go:
 * the container waits to be started, and the last calls before that would else
 * be counted or not, as it happens.
 */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 1024, TASKS = 64 };
enum { OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC };

struct tally {
	pid_t first;			/* the command itself */
	bool begun;			/* it has been executed */
	off_t size;			/* of its program */
	bool over;
	int status;
	unsigned long calls[CALLS], forks, execs, faults;
	pid_t tasks[TASKS];		/* that we trace; 0: free */
};

static void die(const char *what)
{
	fprintf(stderr, "tally: %s: %s\n", what, strerror(errno));
	exit(125);
}

static pid_t *task_find(struct tally *t, pid_t pid)
{
	for (size_t i = 0; i < TASKS; i++)
		if (t->tasks[i] == pid)
			return &t->tasks[i];
	return NULL;
}

/* A new one may be seen before its parent's fork is. */
static void task_add(struct tally *t, pid_t pid)
{
	pid_t *slot = task_find(t, pid);

	if (slot)
		return;
	slot = task_find(t, 0);
	if (!slot)
		die("too many processes");
	*slot = pid;
}

static void task_remove(struct tally *t, pid_t pid)
{
	pid_t *slot = task_find(t, pid);

	if (slot)
		*slot = 0;
}

/* It may have been killed in the meantime, which the next wait tells. */
static void task_continue(pid_t pid, int signal)
{
	if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal) < 0 && errno != ESRCH)
		die("PTRACE_SYSCALL");
}

static void call_count(struct tally *t, pid_t pid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 && t->begun &&
	    info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr < CALLS)
		t->calls[info.entry.nr]++;
	task_continue(pid, 0);
}

static off_t program_size(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return stat(path, &st) ? -1 : st.st_size;
}

static void exec_count(struct tally *t, pid_t pid)
{
	off_t size = program_size(pid);

	if (t->begun)
		t->execs++;
	else
		t->size = size;
	t->begun = true;
	if (pid == t->first || size == t->size) {
		task_continue(pid, 0);
		return;
	}
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	task_remove(t, pid);
}

static bool stops_group(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void stop_handle(struct tally *t, pid_t pid, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;

	task_add(t, pid);
	switch (event) {
	case 0:
		if (signal == (SIGTRAP | 0x80))
			call_count(t, pid);
		else
			task_continue(pid, signal);
		return;
	case PTRACE_EVENT_EXEC:
		exec_count(t, pid);
		return;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		t->forks++;
		break;
	case PTRACE_EVENT_STOP:
		if (stops_group(signal)) {
			ptrace(PTRACE_LISTEN, pid, NULL, NULL);
			return;
		}
		break;
	}
	task_continue(pid, 0);
}

static bool task_sleeps(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return true;
	/* A name of ours has neither blanks nor parentheses. */
	if (fscanf(f, "%*d %*s %c", &state) != 1)
		state = 0;
	fclose(f);
	return state == 'S';
}

static bool all_sleep(const struct tally *t)
{
	for (size_t i = 0; i < TASKS; i++)
		if (t->tasks[i] && !task_sleeps(t->tasks[i]))
			return false;
	return true;
}

/* One thing that happened to one of them; false: there is nothing more to come. */
static bool event_handle(struct tally *t)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct rusage use;
	int status;
	pid_t pid = wait4(-1, &status, __WALL | (t->over ? WNOHANG : 0), &use);

	if (pid < 0)
		return errno == EINTR;
	if (!pid) {
		if (all_sleep(t))
			return false;
		nanosleep(&pause, NULL);
		return true;
	}
	if (WIFSTOPPED(status)) {
		stop_handle(t, pid, status);
		return true;
	}
	task_remove(t, pid);
	if (pid == t->first) {
		t->over = true;
		t->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		t->faults = (unsigned long)(use.ru_minflt + use.ru_majflt);
	}
	return true;
}

static void command_start(struct tally *t, char **argv)
{
	int status;

	t->first = fork();
	if (t->first < 0)
		die("fork");
	if (!t->first) {
		raise(SIGSTOP);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	if (waitpid(t->first, &status, WUNTRACED) < 0 || !WIFSTOPPED(status))
		die("waitpid");
	if (ptrace(PTRACE_SEIZE, t->first, NULL, (void *)(long)OPTIONS) < 0)
		die("PTRACE_SEIZE");
	kill(t->first, SIGCONT);
}

static void tally_write(const struct tally *t, const char *path)
{
	FILE *f = fopen(path, "we");
	unsigned long calls = 0;

	if (!f)
		die(path);
	for (int i = 0; i < CALLS; i++)
		calls += t->calls[i];
	fprintf(f, "calls %lu\nforks %lu\nexecs %lu\nfaults %lu\n", calls, t->forks, t->execs, t->faults);
	for (int i = 0; i < CALLS; i++) {
		char *name = t->calls[i] ? seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i) : NULL;

		if (t->calls[i])
			fprintf(f, "%s %lu\n", name ? name : "unknown", t->calls[i]);
		free(name);
	}
	if (fclose(f))
		die(path);
}

int main(int argc, char **argv)
{
	struct tally t = { 0 };

	if (argc < 3) {
		fprintf(stderr, "usage: tally FILE COMMAND...\n");
		return 2;
	}
	command_start(&t, argv + 2);
	while (event_handle(&t))
		;
	tally_write(&t, argv[1]);
	return t.status;
}
