/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation with systemd's manager, by sd-bus(3). The library is loaded
 * by those commands that need it.
 */
#include "dbus.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "hull/sys.h"
#include "load.h"

#define SONAME "libsystemd.so.0"
NOTE_DLOPEN("systemd", "puts containers into units of systemd", "recommended", SONAME);

/* Seconds. */
enum { ANSWER_TIME = 10, JOB_TIME = 30 };
#define USEC	     UINT64_C(1000000)

#define SERVICE	     "org.freedesktop.systemd1"
#define MANAGER	     "org.freedesktop.systemd1.Manager"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define UNITS_PATH   "/org/freedesktop/systemd1/unit"

struct libsystemd {
	__typeof__(sd_bus_open_system) *open_system;
	__typeof__(sd_bus_open_user) *open_user;
	__typeof__(sd_bus_flush_close_unref) *close;
	__typeof__(sd_bus_set_method_call_timeout) *set_timeout;
	__typeof__(sd_bus_is_ready) *is_ready;
	__typeof__(sd_bus_process) *process;
	__typeof__(sd_bus_wait) *wait;
	__typeof__(sd_bus_add_match_async) *add_match;
	__typeof__(sd_bus_call) *call;
	__typeof__(sd_bus_call_method) *call_method;
	__typeof__(sd_bus_error_free) *error_free;
	__typeof__(sd_bus_error_get_errno) *error_errno;
	__typeof__(sd_bus_get_property_string) *get_string;
	__typeof__(sd_bus_path_encode) *path_encode;
	__typeof__(sd_bus_message_new_method_call) *message_new;
	__typeof__(sd_bus_message_unref) *message_unref;
	__typeof__(sd_bus_message_append) *append;
	__typeof__(sd_bus_message_open_container) *open;
	__typeof__(sd_bus_message_close_container) *close_container;
	__typeof__(sd_bus_message_read) *read;
};

/* clang-format off */
#define FUNCTION(member, function) SYMBOL(struct libsystemd, member, function)
static const struct symbol symbols[] = {
	FUNCTION(open_system,	  sd_bus_open_system),
	FUNCTION(open_user,	  sd_bus_open_user),
	FUNCTION(close,		  sd_bus_flush_close_unref),
	FUNCTION(set_timeout,	  sd_bus_set_method_call_timeout),
	FUNCTION(is_ready,	  sd_bus_is_ready),
	FUNCTION(process,	  sd_bus_process),
	FUNCTION(wait,		  sd_bus_wait),
	FUNCTION(add_match,	  sd_bus_add_match_async),
	FUNCTION(call,		  sd_bus_call),
	FUNCTION(call_method,	  sd_bus_call_method),
	FUNCTION(error_free,	  sd_bus_error_free),
	FUNCTION(error_errno,	  sd_bus_error_get_errno),
	FUNCTION(get_string,	  sd_bus_get_property_string),
	FUNCTION(path_encode,	  sd_bus_path_encode),
	FUNCTION(message_new,	  sd_bus_message_new_method_call),
	FUNCTION(message_unref,	  sd_bus_message_unref),
	FUNCTION(append,	  sd_bus_message_append),
	FUNCTION(open,		  sd_bus_message_open_container),
	FUNCTION(close_container, sd_bus_message_close_container),
	FUNCTION(read,		  sd_bus_message_read),
	{ 0 }
};
/* clang-format on */

struct bus {
	struct arena arena;
	struct libsystemd lib;
	sd_bus *bus;
	bool user;
	const char *unit;
	bool watching;	    /* asked to be told of its jobs */
	const char *job;    /* the one that we wait for: its path */
	const char *result;		/* what became of it; NULL: not yet */
};

/* ---- talking ---- */

static const char *who(const struct bus *b)
{
	return b->user ? "the user's systemd" : "systemd";
}

/* What came of asking: @r and @e of sd-bus, which are freed. */
static struct err *answer(struct bus *b, int r, sd_bus_error *e, const char *method)
{
	struct err *err = NULL;

	if (r == -ETIMEDOUT)
		err = err_new(ETIMEDOUT, "no answer to %s within %d s", method, ANSWER_TIME);
	else if (r < 0 && e->message)
		err = err_new(b->lib.error_errno(e), "%s: %s", method, e->message);
	else if (r < 0)
		err = err_new(-r, "%s: %s (%s)", method, errno_words(-r), errno_name(-r));
	b->lib.error_free(e);
	return err_add(err, "%s", who(b));
}

/* The conversation goes on until it is @done, for @seconds at most (ETIMEDOUT). */
static struct err *converse(struct bus *b, bool (*done)(struct bus *b), int seconds)
{
	uint64_t end = now_us() + (uint64_t)seconds * USEC;
	sd_bus_error none = SD_BUS_ERROR_NULL;

	while (!done(b)) {
		uint64_t now = now_us();
		int r = b->lib.process(b->bus, NULL);

		if (!r && now >= end)
			return err_new(ETIMEDOUT, "%s: nothing heard within %d s", who(b), seconds);
		if (!r)
			r = b->lib.wait(b->bus, end - now);
		if (r < 0 && r != -EINTR)
			return answer(b, r, &none, "listen");
	}
	return NULL;
}

/* ---- connecting ---- */

static bool is_ready(struct bus *b)
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

struct err *bus_open(bool user, const char *unit, struct bus **bus)
{
	auto_bus struct bus *b = xmalloc(sizeof(*b));
	sd_bus_error none = SD_BUS_ERROR_NULL;
	struct err *err;
	int r;

	*b = (struct bus){ .user = user };
	b->unit = arena_strdup(&b->arena, unit);
	err = library_load(SONAME, symbols, &b->lib);
	if (err)
		return err;
	r = user ? b->lib.open_user(&b->bus) : b->lib.open_system(&b->bus);
	if (r >= 0)
		r = b->lib.set_timeout(b->bus, ANSWER_TIME * USEC);
	err = answer(b, r, &none, "connect");
	if (!err)
		err = converse(b, is_ready, ANSWER_TIME);
	if (err)
		return connect_hint(b, err);
	*bus = take_ptr(&b);
	return NULL;
}

void bus_close(struct bus **bus)
{
	struct bus *b = *bus;

	if (!b)
		return;
	if (b->bus)
		b->lib.close(b->bus);
	arena_free(&b->arena);
	free(b);
}

/* ---- asking ---- */

static int basic_append(struct bus *b, sd_bus_message *m, char type, const struct unit_item *item,
			bool second)
{
	char types[2] = { type, 0 };

	if (type == 's')
		return b->lib.append(m, types, second ? item->word : item->text);
	if (type == 't')
		return b->lib.append(m, types, item->number);
	return b->lib.append(m, types, (unsigned)item->number); /* b, i, u, y */
}

/* Of type "t" or "(ss)". */
static int item_append(struct bus *b, sd_bus_message *m, const char *type,
		       const struct unit_item *item)
{
	char inner[3] = { type[0], 0 };
	int r;

	if (*type != '(')
		return basic_append(b, m, *type, item, false);
	memcpy(inner, type + 1, 2);
	r = b->lib.open(m, 'r', inner);
	for (int i = 0; i < 2 && r >= 0; i++)
		r = basic_append(b, m, inner[i], item, i);
	return r < 0 ? r : b->lib.close_container(m);
}

static int value_append(struct bus *b, sd_bus_message *m, const struct unit_property *p)
{
	bool list = *p->type == 'a';
	int r = b->lib.open(m, 'v', p->type);

	if (list && r >= 0)
		r = b->lib.open(m, 'a', p->type + 1);
	for_each (item, &p->items)
		if (r >= 0)
			r = item_append(b, m, p->type + list, item);
	if (list && r >= 0)
		r = b->lib.close_container(m);
	return r < 0 ? r : b->lib.close_container(m);
}

static int properties_append(struct bus *b, sd_bus_message *m, const unit_properties *list)
{
	int r = b->lib.open(m, 'a', "(sv)");

	for_each (p, list) {
		if (r >= 0)
			r = b->lib.open(m, 'r', "sv");
		if (r >= 0)
			r = b->lib.append(m, "s", p->name);
		if (r >= 0)
			r = value_append(b, m, p);
		if (r >= 0)
			r = b->lib.close_container(m);
	}
	return r < 0 ? r : b->lib.close_container(m);
}

static int argument_append(struct bus *b, sd_bus_message *m, const struct argument *arg)
{
	int r;

	if (arg->properties)
		return properties_append(b, m, arg->properties);
	if (*arg->type != 'a')
		return item_append(b, m, arg->type, &arg->item);
	r = b->lib.open(m, 'a', arg->type + 1);
	if (r >= 0 && !arg->empty)
		r = item_append(b, m, arg->type + 1, &arg->item);
	return r < 0 ? r : b->lib.close_container(m);
}

struct err *bus_ask(struct bus *b, const char *method, const struct argument *args, char **path)
{
	sd_bus_message *m = NULL, *reply = NULL;
	sd_bus_error e = SD_BUS_ERROR_NULL;
	const char *text = "";
	int r = b->lib.message_new(b->bus, &m, SERVICE, MANAGER_PATH, MANAGER, method);

	for (; args->type && r >= 0; args++)
		r = argument_append(b, m, args);
	if (r >= 0)
		r = b->lib.call(b->bus, m, 0, &e, &reply);
	if (r >= 0 && path)
		r = b->lib.read(reply, "o", &text);
	if (r >= 0 && path)
		*path = arena_strdup(&b->arena, text);
	b->lib.message_unref(m);
	b->lib.message_unref(reply);
	return answer(b, r, &e, method);
}

struct err *unit_get(struct bus *b, struct arena *a, const char *interface, const char *property,
		     char **value)
{
	auto_free char *path = NULL;
	auto_free char *text = NULL;
	const char *full = arena_printf(&b->arena, "%s.%s", SERVICE, interface);
	sd_bus_error e = SD_BUS_ERROR_NULL;
	bool of_unit = strcmp(interface, "Manager");
	int r = of_unit ? b->lib.path_encode(UNITS_PATH, b->unit, &path) : 0;

	if (r >= 0)
		r = b->lib.get_string(b->bus, SERVICE, of_unit ? path : MANAGER_PATH, full,
				      property, &e, &text);
	if (r >= 0)
		*value = arena_strdup(a, text);
	return answer(b, r, &e, property);
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
	sd_bus_error none = SD_BUS_ERROR_NULL;
	int r = b->watching ? 0 : b->lib.add_match(b->bus, NULL, rule, job_removed, NULL, b);

	b->watching = true;
	return answer(b, r, &none, "add a match");
}

static bool is_done(struct bus *b)
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
