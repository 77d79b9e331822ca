/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_DBUS_H
#define SYS_DBUS_H

#include "hull/dbus.h"

/* What unit.c has of the bus: any method of the manager, one job at a time. */

/* Ends with a NULL type. */
struct argument {
	const char *type;
	struct unit_item item;		/* of a list: the only one */
	bool empty;			/* a list without any */
	const unit_properties *properties;	/* "a(sv)" */
};

/* Calls a method; *path: the object that it returns, valid until bus_close(); or NULL. */
struct err *bus_ask(struct bus *b, const char *method, const struct argument *args,
		    char **path) MUST_CHECK;

/* From here on the manager tells of the jobs of the unit. */
struct err *bus_watch(struct bus *b) MUST_CHECK;

/* Waits for the end of a job by its path; another result than "done" is an error. */
struct err *bus_job_await(struct bus *b, const char *job) MUST_CHECK;

const char *bus_unit(const struct bus *b);

#endif
