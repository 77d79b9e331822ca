/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: see log.h. What a container or an image may have a say in (names,
 * paths, text from inside) can end on somebody's terminal, so everything is
 * made harmless before it is written, in records as well: engines print them.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#include "hull/mem.h"

struct fact {
	const char *key, *value;	/* value NULL: not known, not written */
};

enum sink { SINK_NONE, SINK_FILE, SINK_JOURNAL, SINK_SYSLOG };

/* The one variable of the program: hull->warn has no argument to carry it. */
static struct {
	enum sink sink;
	int fd;
	const char *id;			/* journald, syslog */
	enum log_format format;
	enum log_level level;
	bool asked;			/* the level is the caller's */
} out = { .fd = -1, .level = LEVEL_WARNING };

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LEVEL_ERROR] = { "error", LOG_ERR },
	[LEVEL_WARNING] = { "warning", LOG_WARNING },
	[LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

/* The length of the character at @s if it is valid UTF-8 (RFC 3629) and can be shown, else 0. */
static size_t char_len(const unsigned char *s)
{
	static const unsigned long least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *s < 0x80 ? 1 : *s >> 5 == 6 ? 2 : *s >> 4 == 14 ? 3 : *s >> 3 == 30 ? 4 : 0;
	unsigned long c = len > 1 ? *s & (0x7f >> len) : *s;

	for (size_t i = 1; i < len; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	/* C1 controls, too: to a terminal U+009B is ESC [. */
	if (!len || c < least[len] || c < 0x20 || (c >= 0x7f && c < 0xa0))
		return 0;
	return (c >= 0xd800 && c < 0xe000) || c > 0x10ffff ? 0 : len;
}

/* Writes @s on one line: what cannot be shown as \xNN; with @quoted also \" and \\. */
static void put_clean(FILE *f, const char *s, bool quoted)
{
	while (*s) {
		size_t len = char_len((const unsigned char *)s);

		if (!len) {
			fprintf(f, quoted ? "\\\\x%02x" : "\\x%02x", (unsigned char)*s++);
			continue;
		}
		if (quoted && (*s == '"' || *s == '\\'))
			fputc('\\', f);
		fwrite(s, 1, len, f);
		s += len;
	}
}

static FILE *stream_new(char **text, size_t *size)
{
	FILE *f = open_memstream(text, size);

	if (!f)
		abort();
	return f;
}

/* "SENTENCE [config.json:12:5 /mounts/3]; HINT". Mistakes in a document say themselves where. */
static char *sentence(const struct err *e)
{
	const char *where = err_get(e, ERR_WHERE);
	const char *pointer = err_get(e, ERR_POINTER);
	const char *hint = err_get(e, ERR_HINT);
	char *text;
	size_t size;
	FILE *f = stream_new(&text, &size);

	fputs(err_text(e), f);
	if (where && !strstr(err_text(e), where))
		fprintf(f, " [%s%s%s]", where, pointer && *pointer ? " " : "",
			pointer ? pointer : "");
	if (hint)
		fprintf(f, "; %s", hint);
	fclose(f);
	return text;
}

/* One record with its newline. Both forms quote values alike. */
static char *record(const struct fact *facts, enum log_format format)
{
	const char *sep = format == LOG_JSON ? "{" : "";
	const char *quote = format == LOG_JSON ? "\"" : "";
	char *text;
	size_t size;
	FILE *f = stream_new(&text, &size);

	for (; facts->key; facts++) {
		if (!facts->value)
			continue;
		fprintf(f, "%s%s%s%s%c\"", sep, quote, facts->key, quote,
			format == LOG_JSON ? ':' : '=');
		put_clean(f, facts->value, true);
		fputc('"', f);
		sep = format == LOG_JSON ? "," : " ";
	}
	fputs(format == LOG_JSON ? "}\n" : "\n", f);
	fclose(f);
	return text;
}

/* "hull: SENTENCE" */
static char *line(const char *msg, enum log_level level)
{
	char *text;
	size_t size;
	FILE *f = stream_new(&text, &size);

	fprintf(f, "hull: %s%s", level == LEVEL_ERROR ? "" : levels[level].name,
		level == LEVEL_ERROR ? "" : ": ");
	put_clean(f, msg, false);
	fputc('\n', f);
	fclose(f);
	return text;
}

/* https://systemd.io/JOURNAL_NATIVE_PROTOCOL: one datagram of NAME=VALUE lines. */
static void journal_send(const struct fact *facts, const char *msg, enum log_level level)
{
	auto_free char *text = NULL;
	size_t size;
	FILE *f = stream_new(&text, &size);

	fprintf(f, "PRIORITY=%d\nSYSLOG_IDENTIFIER=", levels[level].priority);
	put_clean(f, out.id, false);
	fputs("\nMESSAGE=", f);
	put_clean(f, msg, false);
	fputc('\n', f);
	for (; facts->key; facts++) {
		/* MESSAGE has it; the journal has its own time and priority. */
		if (!facts->value || !strcmp(facts->key, "msg") || !strcmp(facts->key, "time") ||
		    !strcmp(facts->key, "level"))
			continue;
		fputs("HULL_", f);
		for (const char *k = facts->key; *k; k++)
			fputc(*k - 'a' + 'A', f);
		fputc('=', f);
		put_clean(f, facts->value, false);
		fputc('\n', f);
	}
	fclose(f);
	/* A journal that is gone is no reason to fail. */
	(void)!send(out.fd, text, size, MSG_NOSIGNAL);
}

/* One write, so that records of several processes do not mix. There is nobody to tell of failure. */
static void text_write(int fd, const char *text)
{
	(void)!write(fd, text, strlen(text));
}

static void stderr_write(const struct fact *facts, const char *msg, enum log_level level)
{
	/* Without a log the records go where the errors go, as crun's. */
	bool records = out.sink == SINK_NONE && out.format == LOG_JSON;
	auto_free char *text = records ? record(facts, LOG_JSON) : line(msg, level);

	text_write(STDERR_FILENO, text);
}

static void sink_write(const struct fact *facts, const char *msg, enum log_level level)
{
	auto_free char *text = NULL;

	switch (out.sink) {
	case SINK_NONE:
		break;
	case SINK_FILE:
		text = record(facts, out.format);
		text_write(out.fd, text);
		break;
	case SINK_JOURNAL:
		journal_send(facts, msg, level);
		break;
	case SINK_SYSLOG:
		text = line(msg, level);
		syslog(levels[level].priority, "%.*s", (int)strlen(text) - 1, text);
		break;
	}
}

/* RFC 3339, in UTC; containerd accepts nothing else. */
static void time_now(char *text, size_t size)
{
	struct timespec now;
	struct tm tm;
	char day[32];

	clock_gettime(CLOCK_REALTIME, &now);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &tm));
	snprintf(text, size, "%s.%06ldZ", day, now.tv_nsec / 1000);
}

/* @msg is what people read; the other facts are of @e, NULL for none. */
static void log_write(enum log_level level, const char *msg, const struct err *e)
{
	char now[64];
	/* clang-format off */
	const struct fact facts[] = {
		{ "level",	levels[level].name },
		{ "msg",	msg },
		{ "time",	now },
		{ "container",	err_get(e, ERR_CONTAINER) },
		{ "verb",	err_get(e, ERR_VERB) },
		{ "step",	err_get(e, ERR_STEP) },
		{ "pointer",	err_get(e, ERR_POINTER) },
		{ "where",	err_get(e, ERR_WHERE) },
		{ "path",	err_get(e, ERR_PATH) },
		{ "syscall",	err_get(e, ERR_CALL) },
		{ "signal",	err_get(e, ERR_SIGNAL) },
		{ "errno",	err_code(e) ? errno_name(err_code(e)) : NULL },
		{ "hint",	err_get(e, ERR_HINT) },
		{ NULL,		NULL },
	};
	/* clang-format on */

	if (level > out.level)
		return;
	time_now(now, sizeof(now));
	sink_write(facts, msg, level);
	if (level == LEVEL_ERROR || out.sink == SINK_NONE)
		stderr_write(facts, msg, level);
}

static struct err *journal_open(const char *id)
{
	static const struct sockaddr_un journal = { AF_UNIX, "/run/systemd/journal/socket" };
	const struct timeval limit = { 2, 0 }; /* a journal that reads nothing holds nobody */
	auto_fd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_sys("socket", NULL);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)&journal, sizeof(journal)) < 0)
		return err_sys("connect", journal.sun_path);
	out.fd = take_fd(&fd);
	out.id = *id ? id : "hull";
	out.sink = SINK_JOURNAL;
	return NULL;
}

static struct err *syslog_open(const char *id)
{
	openlog(*id ? id : "hull", LOG_PID, LOG_USER);
	out.sink = SINK_SYSLOG;
	return NULL;
}

/* Also made when nothing is written to it: containerd opens it in any case. */
static struct err *file_open(const char *path)
{
	out.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	if (out.fd < 0)
		return err_sys("open", path);
	out.sink = SINK_FILE;
	return NULL;
}

struct err *log_open(const char *dest, enum log_format format, enum log_level level)
{
	static const struct {
		const char *prefix;
		struct err *(*open)(const char *rest);
	} kinds[] = {
		{ "file:", file_open },
		{ "journald:", journal_open },
		{ "syslog:", syslog_open },
		{ "", file_open },
	};

	out.format = format;
	out.asked = level != LEVEL_UNSET;
	out.level = level ? level : dest ? LEVEL_ERROR : LEVEL_WARNING;
	for (size_t i = 0; dest && i < countof(kinds); i++) {
		size_t len = strlen(kinds[i].prefix);

		if (!strncmp(dest, kinds[i].prefix, len))
			return err_add(kinds[i].open(dest + len), "--log");
	}
	return NULL;
}

void log_quiet(void)
{
	if (!out.asked)
		out.level = LEVEL_ERROR;
}

void log_error(const struct err *e)
{
	auto_free char *msg = sentence(e);

	log_write(LEVEL_ERROR, msg, e);
}

void log_warn(const char *text)
{
	log_write(LEVEL_WARNING, text, NULL);
}

void log_argv(char **argv)
{
	auto_free char *text = NULL;
	size_t size;
	FILE *f = stream_new(&text, &size);

	fputs("called as", f);
	for (; *argv; argv++)
		fprintf(f, " %s", *argv);
	fclose(f);
	log_write(LEVEL_DEBUG, text, NULL);
}
