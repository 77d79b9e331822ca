/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spy: a hostile process 1. It looks at every process that appears in its pid
 * namespace as fast as it can, and prints what it could take from one that
 * has not become the container's program yet:
 *
 *	exe PATH	a program that is not of the container
 *	fd N LINK	a descriptor other than the three standard ones
 *	mem		its memory could be opened for writing, although its
 *			capabilities are not ours
 *	environ TEXT	the host's environment
 *
 * Ends by SIGTERM, with a line "seen N" that says how many processes it saw.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

/* A program of the container can be found under its own name, as the same file. */
static int is_inside(int pid, const char *link)
{
	char path[64];
	struct stat a, b;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (stat(path, &a))
		return 1;	/* it is gone */
	return stat(link, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int link_of(char *to, size_t size, int pid, const char *name)
{
	char path[320];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	n = readlink(path, to, size - 1);
	if (n < 0)
		return -1;
	to[n] = 0;
	return 0;
}

static void look_at_fds(int pid)
{
	char path[64], link[4096], name[300];
	struct dirent *entry;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && (entry = readdir(d))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		snprintf(name, sizeof(name), "fd/%s", entry->d_name);
		if (*entry->d_name != '.' && fd > 2 && !link_of(link, sizeof(link), pid, name))
			printf("fd %d %s\n", fd, link);
	}
	if (d)
		closedir(d);
}

/* "CapPrm" of a process; none if it is gone. */
static unsigned long long caps_of(int pid)
{
	unsigned long long caps = 0;
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		(void)sscanf(line, "CapPrm: %llx", &caps);
	if (f)
		fclose(f);
	return caps;
}

static void look_at_memory(int pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (caps_of(pid) & ~caps_of(1))
		puts("mem");
	close(fd);
}

static void look_at_environ(int pid)
{
	char path[64], text[65536];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (n > 0 && memmem(text, (size_t)n, "SECRET_OF_THE_HOST", 18))
		puts("environ SECRET_OF_THE_HOST");
	if (fd >= 0)
		close(fd);
}

/* Only while it is not the program yet: afterwards it is an ordinary process of ours. */
static void look_at(int pid)
{
	char exe[4096];

	if (link_of(exe, sizeof(exe), pid, "exe") || is_inside(pid, exe))
		return;
	if (!strstr(exe, "memfd:"))	/* a sealed copy is no way to the host's file */
		printf("exe %s\n", exe);
	look_at_fds(pid);
	look_at_memory(pid);
	look_at_environ(pid);
	fflush(stdout);
}

int main(void)
{
	int seen = 0, last = 1;

	signal(SIGTERM, end);
	puts("ready");
	fflush(stdout);
	while (!ended) {
		struct dirent *entry;
		DIR *d = opendir("/proc");

		while (d && (entry = readdir(d))) {
			int pid = (int)strtol(entry->d_name, NULL, 10);

			if (pid <= 1)
				continue;
			look_at(pid);
			if (pid > last) {
				last = pid;
				seen++;
			}
		}
		if (d)
			closedir(d);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	printf("seen %d\n", seen);
	return 0;
}
