/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pty: a person at a terminal.
 *
 *	pty STEP... -- COMMAND [ARG...]
 *
 *	size=ROWSxCOLUMNS	of the terminal; the foreground gets SIGWINCH
 *	send=TEXT		types; ^C is the control character
 *	expect=TEXT		waits until that is shown, behind what was expected before
 *	raw, cooked		waits until the terminal is in that mode
 *	reset			sets the modes as they were, as a shell does for its own
 *	kill=NUMBER		sends a signal to the command
 *	host=COMMAND		runs a command elsewhere
 *	wait=MILLISECONDS	reads nothing meanwhile
 *	close			hangs up
 *
 * Then it waits for the end of the command, and prints what was shown without
 * carriage returns, how it ended, and whether the terminal's modes are as
 * before. A step that takes longer than ten seconds, or $SLOW times that, fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int master, slave;
static pid_t child;
static struct termios before;
static char shown[4 << 20];
static size_t used, seen;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* When a step has taken too long: SLOW multiplies it, as all limits of the tests. */
static long deadline_ms(void)
{
	const char *slow = getenv("SLOW");

	return now_ms() + 10000 * (slow ? strtol(slow, NULL, 10) : 1);
}

static void fail(const char *step)
{
	printf("%.*s\npty: %s: not in time\n", (int)used, shown, step);
	kill(child, SIGKILL);
	exit(99);
}

/* Takes what comes within @ms; 0 if nothing came. */
static int take(int ms)
{
	struct pollfd p = { .fd = master, .events = POLLIN };
	ssize_t n;

	if (master < 0 || poll(&p, 1, ms) <= 0 || used == sizeof(shown))
		return 0;
	n = read(master, shown + used, sizeof(shown) - used);
	if (n > 0)
		used += (size_t)n;
	return n > 0;
}

static int is_raw(void)
{
	struct termios t;

	return tcgetattr(slave, &t) == 0 && !(t.c_lflag & ICANON);
}

static void resize(const char *text)
{
	struct winsize size = { 0 };

	(void)sscanf(text, "%hux%hu", &size.ws_row, &size.ws_col);
	ioctl(master, TIOCSWINSZ, &size);
}

static void type(const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (c == '^' && text[1])
			c = *++text & 0x1f;
		if (write(master, &c, 1) != 1)
			fail("send");
	}
}

static void expect(const char *text)
{
	long end = deadline_ms();
	char *at;

	while (!(at = memmem(shown + seen, used - seen, text, strlen(text)))) {
		if (now_ms() > end)
			fail(text);
		take(100);
	}
	seen = (size_t)(at - shown) + strlen(text);
}

static void mode(const char *step, int raw)
{
	long end = deadline_ms();

	while (is_raw() != raw) {
		if (now_ms() > end)
			fail(step);
		take(20);
	}
}

static void host(const char *command)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		fail(command);
}

static void perform(const char *step)
{
	if (!strncmp(step, "size=", 5))
		resize(step + 5);
	else if (!strncmp(step, "send=", 5))
		type(step + 5);
	else if (!strncmp(step, "expect=", 7))
		expect(step + 7);
	else if (!strcmp(step, "raw") || !strcmp(step, "cooked"))
		mode(step, *step == 'r');
	else if (!strcmp(step, "reset"))
		tcsetattr(slave, TCSANOW, &before);
	else if (!strncmp(step, "kill=", 5))
		kill(child, (int)strtol(step + 5, NULL, 10));
	else if (!strncmp(step, "host=", 5))
		host(step + 5);
	else if (!strncmp(step, "wait=", 5))
		usleep((useconds_t)strtol(step + 5, NULL, 10) * 1000);
	else if (!strcmp(step, "close"))
		close(master), master = -1;
	else
		fail(step);
}

static void start(char **command, const char *size)
{
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	grantpt(master);
	unlockpt(master);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	resize(size ? size : "24x80");
	tcgetattr(slave, &before);
	child = fork();
	if (child)
		return;
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(slave, fd);
	execvp(*command, command);
	_exit(127);
}

static int finish(void)
{
	long end = deadline_ms();
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (now_ms() > end)
			fail("the end of the command");
		take(20);
	}
	while (take(50))
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct termios after = { 0 };	/* tcgetattr leaves out what the kernel has no word for */
	int command = 1, status;

	signal(SIGHUP, SIG_IGN);
	while (command < argc && strcmp(argv[command], "--"))
		command++;
	if (command + 1 >= argc)
		return 2;
	start(argv + command + 1, !strncmp(argv[1], "size=", 5) ? argv[1] + 5 : NULL);
	for (int i = 1; i < command; i++)
		perform(argv[i]);
	status = finish();
	for (size_t i = 0; i < used; i++)
		if (shown[i] != '\r')
			putchar(shown[i]);
	printf("\nexit %d\n", status);
	puts(master < 0 || (tcgetattr(slave, &after) == 0 && !memcmp(&before, &after, sizeof(before))) ?
	     "modes restored" : "modes changed");
	return 0;
}
