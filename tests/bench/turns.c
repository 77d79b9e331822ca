/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs commands in turn and measures each by itself, because a machine is
 * noisy: what disturbs one round disturbs all of them alike.
 *
 *	turns ROUNDS warm|cold CASES [TALLY]
 *
 * CASES has a line a command, of fields between tabs:
 *
 *	CASE	PROGRAM	BEFORE	COMMAND	AFTER
 *
 * BEFORE and AFTER are for sh and are not measured; "-" is nothing. COMMAND is
 * split at blanks and executed; it may be several, with && in between, which are
 * measured together, without a shell. In all three @ stands for a name that is used
 * nowhere else. It reads and writes /dev/null; its errors are ours. cold: the
 * kernel's caches are dropped before each COMMAND. A round before the others is
 * not measured; with TALLY (tests/integration/tally.c) its system calls are counted.
 *
 * Prints a line a command: case, program, milliseconds (least, median, 99 of
 * 100), milliseconds of processor, KiB at its peak, page faults (medians), and
 * system calls. A command that fails is measured no more, and has "failed" there.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIELDS = 5, WORDS = 64, LINE = 4096 };
enum { NAME, PROGRAM, BEFORE, COMMAND, AFTER };
enum { WALL, CPU, PEAK, FAULTS, FIGURES };

struct entry {
	char *fields[FIELDS];
	double *figures[FIGURES];	/* of each round */
	unsigned long calls;
	bool failed;
};

static void die(const char *what, const char *on)
{
	fprintf(stderr, "turns: %s: %s\n", what, on);
	exit(1);
}

static void *allocate(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		die("out of memory", "calloc");
	return p;
}

static void entry_read(char *line, size_t rounds, struct entry *e)
{
	line[strcspn(line, "\n")] = 0;
	for (size_t i = 0; i < FIELDS; i++) {
		char *field = strsep(&line, "\t");

		if (!field)
			die("a line has not five fields", e->fields[NAME] ? e->fields[NAME] : "");
		e->fields[i] = strdup(field);
	}
	for (size_t i = 0; i < FIGURES; i++)
		e->figures[i] = allocate(rounds, sizeof(double));
}

static struct entry *entries_read(const char *path, size_t rounds, size_t *n)
{
	FILE *f = fopen(path, "re");
	struct entry *list = NULL;
	char line[LINE];

	if (!f)
		die(strerror(errno), path);
	for (*n = 0; fgets(line, sizeof(line), f);) {
		if (*line == '#' || *line == '\n')
			continue;
		list = realloc(list, (*n + 1) * sizeof(*list));
		if (!list)
			die("out of memory", path);
		memset(&list[*n], 0, sizeof(*list));
		entry_read(line, rounds, &list[(*n)++]);
	}
	fclose(f);
	return list;
}

/* @text with @ replaced. */
static void fill(const char *text, const char *name, char *out, size_t size)
{
	FILE *f = fmemopen(out, size, "w");

	for (; f && *text; text++)
		if (*text == '@')
			fputs(name, f);
		else
			fputc(*text, f);
	if (!f || fclose(f))
		die("too long", text);
}

static void failed(struct entry *e, const char *line)
{
	fprintf(stderr, "turns: %s: failed: %s\n", e->fields[NAME], line);
	e->failed = true;
}

static void shell_run(struct entry *e, const char *text, const char *name)
{
	char line[LINE];

	if (!strcmp(text, "-"))
		return;
	fill(text, name, line, sizeof(line));
	if (system(line))
		failed(e, line);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double timeval_ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static pid_t command_start(char *line)
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	char *argv[WORDS] = { NULL };
	pid_t pid;

	for (size_t i = 0; line && i < WORDS - 1; i++)
		argv[i] = strsep(&line, " ");
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &files, NULL, argv, environ))
		die("cannot be executed", argv[0]);
	posix_spawn_file_actions_destroy(&files);
	return pid;
}

/* Takes the next of several commands out of @rest; NULL: there is no other. */
static char *command_next(char **rest)
{
	static const char and[] = " && ";
	char *command = *rest, *joint = command ? strstr(command, and) : NULL;

	*rest = joint ? joint + strlen(and) : NULL;
	if (joint)
		*joint = 0;
	return command;
}

static int command_wait(pid_t pid, struct rusage *use)
{
	int status;

	while (wait4(pid, &status, 0, use) < 0)
		if (errno != EINTR)
			die("wait4", strerror(errno));
	return status;
}

static void figures_add(struct entry *e, size_t round, const struct rusage *use)
{
	double peak = (double)use->ru_maxrss;

	e->figures[CPU][round] += timeval_ms(use->ru_utime) + timeval_ms(use->ru_stime);
	e->figures[FAULTS][round] += (double)(use->ru_minflt + use->ru_majflt);
	if (peak > e->figures[PEAK][round])
		e->figures[PEAK][round] = peak;
}

static void command_measure(struct entry *e, size_t round, const char *name)
{
	char line[LINE], *rest = line;
	double begin;

	fill(e->fields[COMMAND], name, line, sizeof(line));
	begin = now_ms();
	for (char *command; !e->failed && (command = command_next(&rest));) {
		struct rusage use;

		if (command_wait(command_start(command), &use))
			failed(e, e->fields[COMMAND]);
		figures_add(e, round, &use);
	}
	e->figures[WALL][round] = now_ms() - begin;
}

/* What TALLY wrote about one command. */
static unsigned long calls_read(const char *counts)
{
	FILE *f = fopen(counts, "re");
	unsigned long calls = 0;

	if (!f || fscanf(f, "calls %lu", &calls) != 1)
		die("no system calls were counted", counts);
	fclose(f);
	return calls;
}

/* The round that is not measured. */
static void command_count(struct entry *e, const char *tally, const char *name)
{
	char line[LINE], counted[LINE + 128], counts[] = "/tmp/turns.XXXXXX", *rest = line;
	int fd = mkstemp(counts);
	struct rusage use;

	if (fd < 0)
		die("mkstemp", strerror(errno));
	close(fd);
	fill(e->fields[COMMAND], name, line, sizeof(line));
	for (char *command; !e->failed && (command = command_next(&rest));) {
		snprintf(counted, sizeof(counted), "%s %s %s", tally ? tally : "", counts, command);
		if (command_wait(command_start(tally ? counted : command), &use))
			failed(e, e->fields[COMMAND]);
		else if (tally)
			e->calls += calls_read(counts);
	}
	unlink(counts);
}

static void caches_drop(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	sync();
	if (fd < 0 || write(fd, "3", 1) != 1)
		die("drop_caches", strerror(errno));
	close(fd);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(double *list, size_t n, double q)
{
	qsort(list, n, sizeof(*list), by_value);
	return list[(size_t)(q * (double)(n - 1) + 0.5)];
}

static void entry_print(struct entry *e, size_t n)
{
	printf("%s\t%s\t", e->fields[NAME], e->fields[PROGRAM]);
	if (e->failed)
		printf("failed\n");
	else
		printf("%.3f\t%.3f\t%.3f\t%.3f\t%.0f\t%.0f\t%lu\n",
		       quantile(e->figures[WALL], n, 0), quantile(e->figures[WALL], n, 0.5),
		       quantile(e->figures[WALL], n, 0.99), quantile(e->figures[CPU], n, 0.5),
		       quantile(e->figures[PEAK], n, 0.5), quantile(e->figures[FAULTS], n, 0.5), e->calls);
}

int main(int argc, char **argv)
{
	size_t rounds = argc >= 4 ? strtoul(argv[1], NULL, 10) : 0, n;
	bool cold = argc >= 4 && !strcmp(argv[2], "cold");
	const char *tally = argc == 5 ? argv[4] : NULL;
	struct entry *list;

	if (!rounds)
		die("usage", "turns ROUNDS warm|cold CASES [TALLY]");
	list = entries_read(argv[3], rounds, &n);
	for (size_t r = 0; r <= rounds; r++)
		for (size_t i = 0; i < n; i++) {
			struct entry *e = &list[i];
			char name[64];

			if (e->failed)
				continue;
			snprintf(name, sizeof(name), "b%d-%zu-%zu", getpid(), r, i);
			shell_run(e, e->fields[BEFORE], name);
			if (cold && r)
				caches_drop();
			if (r)
				command_measure(e, r - 1, name);
			else
				command_count(e, tally, name);
			shell_run(e, e->fields[AFTER], name);
		}
	for (size_t i = 0; i < n; i++)
		entry_print(&list[i], rounds);
	return 0;
}
