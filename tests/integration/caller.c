/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caller: a program as containerd's shim or conmon.
 *
 *	caller PIDFILE COMMAND... [-- COMMAND...]...
 *
 * It adopts orphans, holds a listening socket as descriptor 3 and both ends of
 * pipes as 8 to 11, which it leaks as those programs do, and runs the commands
 * one after the other; each dies with it (PR_SET_PDEATHSIG). A command "hold"
 * waits for its standard input to end, and reaps nobody meanwhile. Then it takes
 * PIDFILE at its word, as Go's strconv.Atoi does, and waits for that process.
 * Prints
 *
 *	command STATUS		of each; the first that fails is the last
 *	pipe closed|held	after the first: whether its processes let go of 9
 *	pid N|bad
 *	ended STATUS		of that process, which must be our child by then
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKET = 3, FIRST = 8, LAST = 11, PATIENCE = 5000 };

static int shell_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int leak(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	int ends[2];

	/* An address of the kernel's choice. */
	if (s < 0 || bind(s, (struct sockaddr *)&any, sizeof(sa_family_t)) || listen(s, 1))
		return -1;
	if (s != SOCKET && (dup2(s, SOCKET) < 0 || close(s)))
		return -1;
	for (int fd = FIRST; fd < LAST; fd += 2)
		if (pipe(ends) || dup2(ends[0], fd) < 0 || dup2(ends[1], fd + 1) < 0 ||
		    close(ends[0]) || close(ends[1]))
			return -1;
	return 0;
}

/* Is nobody left who could write to the pipe that begins at FIRST? */
static const char *pipe_state(void)
{
	struct pollfd end = { .fd = FIRST, .events = POLLIN };

	close(FIRST + 1);
	return poll(&end, 1, PATIENCE) == 1 && end.revents & POLLHUP ? "closed" : "held";
}

static int command_run(char **argv)
{
	int status;
	char byte;
	pid_t pid;

	if (!strcmp(argv[0], "hold")) {
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
		return 0;
	}
	pid = fork();
	if (pid < 0)
		return 255;
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, STDIN_FILENO);
		close(null);
		execvp(argv[0], argv);
		_exit(255);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 255;
	return shell_status(status);
}

static pid_t pid_read(const char *path)
{
	char text[32] = "", *end;
	FILE *f = fopen(path, "r");
	long pid;

	if (!f || !fread(text, 1, sizeof(text) - 1, f))
		return -1;
	fclose(f);
	pid = strtol(text, &end, 10);
	return *end || *text < '1' || *text > '9' ? -1 : (pid_t)pid;
}

int main(int argc, char **argv)
{
	const char *pid_file = argv[1];
	bool first = true;
	int status = 0;
	pid_t pid;

	if (argc < 3 || leak() || prctl(PR_SET_CHILD_SUBREAPER, 1))
		return 2;
	setvbuf(stdout, NULL, _IONBF, 0);
	for (char **command = argv + 2; *command && !status;) {
		char **end = command;

		while (*end && strcmp(*end, "--"))
			end++;
		argv = *end ? end + 1 : end;
		*end = NULL;
		status = command_run(command);
		printf("command %d\n", status);
		if (first)
			printf("pipe %s\n", pipe_state());
		first = false;
		command = argv;
	}
	if (status)
		return status;
	pid = pid_read(pid_file);
	printf(pid < 0 ? "pid bad\n" : "pid %d\n", pid);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 1;
	printf("ended %d\n", shell_status(status));
	return 0;
}
