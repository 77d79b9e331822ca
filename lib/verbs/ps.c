/* SPDX-License-Identifier: Apache-2.0 */
/* ps: the processes of a container. */
#include "verbs.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../parent/parent.h"
#include "hull/str.h"
#include "hull/sys.h"

static bool has_pid(const pid_list *list, pid_t pid)
{
	for_each (p, list)
		if (*p == pid)
			return true;
	return false;
}

/* ---- ps(1) ---- */

/* Where the column PID is in a table. */
struct column {
	int number;			/* from 0; counted in words */
	size_t end;			/* in its head; ps(1) aligns numbers to the right */
};

static bool column_find(const char *head, struct column *column)
{
	const char *at = head + strspn(head, " ");

	for (column->number = 0; *at && *at != '\n'; column->number++) {
		size_t len = strcspn(at, " \n");

		column->end = (size_t)(at - head) + len;
		if (len == 3 && !strncmp(at, "PID", 3))
			return true;
		at += len;
		at += strspn(at, " ");
	}
	return false;
}

/*
 * The number that ends where the head does: cells before it may be of several
 * words ("-o lstart,pid"). Else a cell before it was too wide and has moved
 * it: then words count.
 */
static pid_t cell_pid(const char *line, const struct column *column)
{
	size_t at = column->end;

	if (strlen(line) >= at && (line[at] == ' ' || !line[at])) {
		while (at && isdigit((unsigned char)line[at - 1]))
			at--;
		if (at < column->end && (!at || line[at - 1] == ' '))
			return (pid_t)strtol(line + at, NULL, 10);
	}
	line += strspn(line, " ");
	for (int n = column->number; n > 0; n--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return (pid_t)strtol(line, NULL, 10);
}

/* The head and the lines of those processes. */
static struct err *table_filter(FILE *f, char *table, const pid_list *list)
{
	struct column column;
	bool head = true;

	if (!column_find(table, &column))
		return err_new(EINVAL, "ps printed no column PID");
	for (char *line; (line = strsep(&table, "\n")); head = false)
		if (*line && (head || has_pid(list, cell_pid(line, &column))))
			fprintf(f, "%s\n", line);
	return NULL;
}

static struct err *table_of_ps(FILE *f, struct arena *a, char *const *options, const pid_list *list)
{
	auto_free char *table = NULL;
	LIST(char *) argv = { 0 };
	struct err *err;

	*list_add(a, &argv) = arena_strdup(a, "ps");
	for (; options && *options; options++)
		*list_add(a, &argv) = *options;
	if (argv.n == 1)
		*list_add(a, &argv) = arena_strdup(a, "-ef");
	err = program_output(argv.v, &table);
	return err ? err : table_filter(f, table, list);
}

/* ---- without ps(1), and with the container's numbers ---- */

/* The words of a process, or its name; whatever it contains, it is one line. */
static char *command_of(struct arena *a, pid_t pid, const char *status)
{
	auto_free char *text = NULL;
	size_t size = 0;
	auto_err struct err *err =
		path_read(arena_printf(a, "/proc/%d/cmdline", pid), &text, &size);
	const char *name = str_after(status, "Name:\t");
	char *command;

	if (err || !size)
		return arena_printf(a, "[%.*s]", (int)strcspn(name, "\n"), name);
	command = arena_strndup(a, text, size);
	for (size_t i = 0; i < size; i++)
		command[i] = iscntrl((unsigned char)text[i]) ? ' ' : text[i];
	command[size - 1] = 0;
	return command;
}

/* @level: which of its numbers; 0: ours. */
static void row_print(FILE *f, struct arena *a, pid_t pid, size_t level)
{
	auto_free char *status = NULL;
	auto_err struct err *err =
		path_read(arena_printf(a, "/proc/%d/status", pid), &status, NULL);
	long uid, parent;

	if (err)
		return; /* it has ended meanwhile */
	uid = strtol(str_after(status, "\nUid:"), NULL, 10);
	parent = strtol(str_after(status, "\nPPid:"), NULL, 10);
	if (level)
		parent = pid_inside((pid_t)parent, level);
	fprintf(f, "%-10ld %7d %7ld %s\n", uid, level ? pid_inside(pid, level) : pid, parent,
		command_of(a, pid, status));
}

static void table_print(FILE *f, struct arena *a, const pid_list *list, size_t level)
{
	fprintf(f, "%-10s %7s %7s %s\n", "UID", "PID", "PPID", "CMD");
	for_each (pid, list)
		row_print(f, a, *pid, level);
}

static void json_print(FILE *f, const pid_list *list, size_t level)
{
	const char *comma = "";

	fputc('[', f);
	for_each (pid, list) {
		pid_t number = level ? pid_inside(*pid, level) : *pid;

		if (number > 0)
			fprintf(f, "%s%d", comma, number);
		if (number > 0)
			comma = ",";
	}
	fputs("]\n", f);
}

static struct err *print(FILE *f, struct arena *a, const struct hull_ps *ps, const pid_list *list,
			 size_t level)
{
	struct err *err = NULL;

	if (ps->json)
		json_print(f, list, level);
	else if (level)
		table_print(f, a, list, level);
	else
		err = table_of_ps(f, a, ps->options, list);
	if (err_code(err) != ENOENT || (ps->options && *ps->options))
		return err;
	err_free(err);
	table_print(f, a, list, 0); /* no ps(1) here */
	return NULL;
}

static struct err *ps_one(const struct hull *h, const struct hull_ps *ps, char **text)
{
	auto_arena struct arena a = { 0 };
	auto_store struct store store = { .lock = -1, .dir = { .fd = -1 } };
	struct record record = { 0 };
	pid_list list = { 0 };
	struct err *err = container_open(&a, h, ps->id, false, &store, &record);
	size_t size;
	FILE *f;

	if (!err)
		err = container_pids(&a, &record, &list);
	if (err)
		return err;
	f = open_memstream(text, &size);
	if (!f)
		abort();
	err = print(f, &a, ps, &list, ps->container_pids ? pid_levels(record.pid) : 0);
	if (fclose(f))
		abort();
	return err;
}

struct err *hull_ps(const struct hull *h, const struct hull_ps *ps, char **text)
{
	return verb_failed(ps_one(h, ps, text), "ps", ps->id);
}
