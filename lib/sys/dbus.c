/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation with systemd's manager, by sd-bus(3): see hull/dbus.h. */
#include "dbus.h"

#include <errno.h>
#include <string.h>

#include "hull/sys.h"
#include "sdbus.h"

/* Seconds. */
enum { ANSWER_TIME = 10, JOB_TIME = 30 };
#define USEC	     UINT64_C(1000000)

#define SERVICE	     "org.freedesktop.systemd1"
#define MANAGER	     "org.freedesktop.systemd1.Manager"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define PROPERTIES	"org.freedesktop.DBus.Properties"
#define UNITS_PATH   "/org/freedesktop/systemd1/unit"

struct bus {
	struct arena arena;
	struct libsystemd lib;
	sd_bus *bus;
	bool user;
	const char *unit;
	sd_bus_message *reply;		/* of the last that was asked; NULL: not yet */
	bool watching;			/* asked to be told of its jobs */
	const char *job;		/* the one that we wait for: its path */
	const char *result;		/* what became of it; NULL: not yet */
};

/* ---- talking ---- */

static const char *who(const struct bus *b)
{
	return b->user ? "the user's systemd" : "systemd";
}

/* @r of a function of the library. */
static struct err *failed(const struct bus *b, int r, const char *what)
{
	if (r >= 0)
		return NULL;
	return err_new(-r, "%s: %s: %s (%s)", who(b), what, errno_words(-r), errno_name(-r));
}

/* The conversation goes on until it is @done, for @seconds at most (ETIMEDOUT). */
static struct err *converse(struct bus *b, bool (*done)(const struct bus *b), int seconds)
{
	uint64_t end = after_ms((unsigned)seconds * 1000);
	struct err *err = NULL;

	while (!err && !done(b)) {
		struct pollfd p = { .fd = b->lib.fd(b->bus) };
		int r = b->lib.process(b->bus, NULL), events = r ? r : b->lib.events(b->bus);

		p.events = (short)events;
		if (r < 0 || events < 0)
			return failed(b, events, "listen");
		if (!r)
			err = poll_or_told(&p, 1, end);
	}
	if (err_code(err) != ETIME)
		return err_add(err, "%s", who(b));
	err_free(err);
	return err_new(ETIMEDOUT, "%s: nothing heard within %d s", who(b), seconds);
}

/* ---- connecting ---- */

static bool is_ready(const struct bus *b)
{
	return b->lib.is_ready(b->bus) > 0;
}

static struct err *connect_hint(struct bus *b, struct err *err)
{
	if (b->user)
		return err_set(err, ERR_HINT,
			       "XDG_RUNTIME_DIR must be that of a login (/run/user/UID), "
			       "or DBUS_SESSION_BUS_ADDRESS be set, and the user's systemd run: "
			       "see loginctl enable-linger");
	if (!path_exists("/run/systemd/system"))
		return err_set(err, ERR_HINT,
			       "this host does not run systemd: "
			       "use --cgroup-manager=cgroupfs");
	return err_set(err, ERR_HINT, "is the D-Bus of the system running? systemctl status dbus");
}

struct err *bus_begin(bool user, const char *unit, struct bus **bus)
{
	auto_bus struct bus *b = xmalloc(sizeof(*b));
	struct err *err;

	*b = (struct bus){ .user = user };
	b->unit = arena_strdup(&b->arena, unit);
	err = sdbus_load(&b->lib);
	if (err)
		return err;
	err = failed(b, user ? b->lib.open_user(&b->bus) : b->lib.open_system(&b->bus), "connect");
	if (err)
		return connect_hint(b, err);
	*bus = take_ptr(&b);
	return NULL;
}

struct err *bus_ready(struct bus *b)
{
	struct err *err = converse(b, is_ready, ANSWER_TIME);

	return err ? connect_hint(b, err) : NULL;
}

struct err *bus_open(bool user, const char *unit, struct bus **bus)
{
	struct err *err = bus_begin(user, unit, bus);

	return err ? err : bus_ready(*bus);
}

void bus_close(struct bus **bus)
{
	struct bus *b = *bus;

	if (!b)
		return;
	if (b->reply)
		b->lib.message_unref(b->reply);
	if (b->bus)
		b->lib.close(b->bus);
	arena_free(&b->arena);
	free(b);
}

/* ---- asking ---- */

static int argument_append(struct bus *b, sd_bus_message *m, const struct argument *arg)
{
	if (arg->properties)
		return properties_append(&b->lib, m, arg->properties);
	return value_append(&b->lib, m, arg->type, &arg->item, !arg->empty);
}

static int answer_take(sd_bus_message *m, void *data, sd_bus_error *unused)
{
	struct bus *b = data;

	(void)unused;
	b->reply = b->lib.message_ref(m);
	return 0;
}

static bool is_answered(const struct bus *b)
{
	return b->reply;
}

/* Sends @m, which is consumed, and waits for the answer: b->reply. @r: of making it. */
static struct err *request(struct bus *b, sd_bus_message *m, int r, const char *method)
{
	const sd_bus_error *e;
	struct err *err;

	if (b->reply)
		b->lib.message_unref(b->reply);
	b->reply = NULL;
	if (r >= 0)
		r = b->lib.call(b->bus, NULL, m, answer_take, b, UINT64_MAX);
	if (m)
		b->lib.message_unref(m);
	err = failed(b, r, method);
	if (!err)
		err = err_add(converse(b, is_answered, ANSWER_TIME), "%s", method);
	if (err)
		return err;
	e = b->lib.message_error(b->reply);
	if (!e)
		return NULL;
	return err_new(b->lib.message_errno(b->reply), "%s: %s: %s", who(b), method,
		       e->message ? e->message : e->name);
}

struct err *bus_ask(struct bus *b, const char *method, const struct argument *args, char **path)
{
	sd_bus_message *m = NULL;
	const char *text = "";
	int r = b->lib.message_new(b->bus, &m, SERVICE, MANAGER_PATH, MANAGER, method);
	struct err *err;

	for (; args->type && r >= 0; args++)
		r = argument_append(b, m, args);
	err = request(b, m, r, method);
	if (err || !path)
		return err;
	err = failed(b, b->lib.read(b->reply, "o", &text), method);
	*path = arena_strdup(&b->arena, text);
	return err;
}

struct err *unit_get(struct bus *b, struct arena *a, const char *interface, const char *property,
		     char **value)
{
	bool of_unit = strcmp(interface, "Manager");
	const char *text = "", *full = arena_printf(&b->arena, "%s.%s", SERVICE, interface);
	auto_free char *path = NULL;
	sd_bus_message *m = NULL;
	int r = of_unit ? b->lib.path_encode(UNITS_PATH, b->unit, &path) : 0;
	struct err *err;

	if (r >= 0)
		r = b->lib.message_new(b->bus, &m, SERVICE, of_unit ? path : MANAGER_PATH,
				       PROPERTIES, "Get");
	if (r >= 0)
		r = b->lib.append(m, "ss", full, property);
	err = request(b, m, r, property);
	if (!err)
		err = failed(b, b->lib.read(b->reply, "v", "s", &text), property);
	if (!err)
		*value = arena_strdup(a, text);
	return err;
}

const char *bus_unit(const struct bus *b)
{
	return b->unit;
}

/* ---- jobs ---- */

/* "JobRemoved", (u: id, o: job, s: unit, s: result). */
static int job_removed(sd_bus_message *m, void *data, sd_bus_error *unused)
{
	struct bus *b = data;
	const char *job, *result;
	uint32_t id;

	(void)unused;
	if (b->lib.read(m, "uoss", &id, &job, NULL, &result) > 0 && b->job && !strcmp(job, b->job))
		b->result = arena_strdup(&b->arena, result);
	return 0;
}

/*
 * Not waited for: the bus does things in order, so it is done before what is
 * asked next. Of all units' jobs, because sd-bus compares no argument that
 * stands behind a number.
 */
struct err *bus_watch(struct bus *b)
{
	static const char rule[] = "type='signal',sender='" SERVICE "',path='" MANAGER_PATH "',"
				   "interface='" MANAGER "',member='JobRemoved'";
	int r = b->watching ? 0 : b->lib.add_match(b->bus, NULL, rule, job_removed, NULL, b);

	b->watching = true;
	return failed(b, r, "add a match");
}

static bool is_done(const struct bus *b)
{
	return b->result;
}

struct err *bus_job_await(struct bus *b, const char *job)
{
	struct err *err;

	b->job = job;
	b->result = NULL;
	err = converse(b, is_done, JOB_TIME);
	if (!err && strcmp(b->result, "done"))
		err = err_new(EIO, "%s: the result is \"%s\"", who(b), b->result);
	err = err_add(err, "job %s", strrchr(job, '/') + 1);
	return err_set(err, ERR_HINT, "see systemctl%s status %s", b->user ? " --user" : "",
		       b->unit);
}
