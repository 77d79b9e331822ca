/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of systemd's manager about a unit: org.freedesktop.systemd1(5), hull/dbus.h. */
#include <errno.h>
#include <string.h>

#include "dbus.h"

/* clang-format off */
#define TEXT(t)		{ "s", { .text = (t) } }
#define NUMBER(type, n)	{ type, { .number = (uint64_t)(n) } }
#define LIST_OF(p)	{ "a(sv)", .properties = (p) }
#define NOTHING(type)	{ type, .empty = true }
/* clang-format on */

/* A unit that is not loaded any more needs nothing. */
static struct err *or_gone(struct err *err)
{
	if (err_code(err) != ENOENT)
		return err;
	err_free(err);
	return NULL;
}

struct err *bus_version(struct bus *b, unsigned *version)
{
	auto_arena struct arena a = { 0 };
	char *text;
	struct err *err = unit_get(b, &a, "Manager", "Version", &text);

	/* "257.13-1", "v249" */
	if (!err)
		*version = (unsigned)strtoul(text + strcspn(text, "0123456789"), NULL, 10);
	return err;
}

struct err *unit_start(struct bus *b, const unit_properties *list)
{
	const struct argument args[] = {
		TEXT(bus_unit(b)), TEXT("replace"), LIST_OF(list), NOTHING("a(sa(sv))"), { 0 },
	};
	char *job;
	struct err *err = bus_watch(b);

	if (!err)
		err = bus_ask(b, "StartTransientUnit", args, &job);
	return err ? err : bus_job_await(b, job);
}

struct err *unit_stop(struct bus *b)
{
	const struct argument args[] = {
		TEXT(bus_unit(b)),
		TEXT("replace"),
		{ 0 },
	};
	char *job;
	struct err *err = bus_watch(b);

	if (err)
		return err;
	err = bus_ask(b, "StopUnit", args, &job);
	return err ? or_gone(err) : bus_job_await(b, job);
}

struct err *unit_reset(struct bus *b)
{
	const struct argument args[] = {
		TEXT(bus_unit(b)),
		{ 0 },
	};

	return or_gone(bus_ask(b, "ResetFailedUnit", args, NULL));
}

struct err *unit_kill(struct bus *b, int signal)
{
	const struct argument args[] = {
		TEXT(bus_unit(b)),
		TEXT("all"),
		NUMBER("i", signal),
		{ 0 },
	};

	return or_gone(bus_ask(b, "KillUnit", args, NULL));
}

struct err *unit_set(struct bus *b, const unit_properties *list)
{
	const struct argument args[] = {
		TEXT(bus_unit(b)),
		NUMBER("b", true),
		LIST_OF(list),
		{ 0 },
	};

	return bus_ask(b, "SetUnitProperties", args, NULL);
}

struct err *unit_attach(struct bus *b, const char *below, pid_t pid)
{
	const struct argument args[] = {
		TEXT(bus_unit(b)),
		TEXT(below ? below : ""),
		NUMBER("au", pid),
		{ 0 },
	};

	return bus_ask(b, "AttachProcessesToUnit", args, NULL);
}
