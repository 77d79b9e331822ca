/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_DBUS_H
#define HULL_DBUS_H

#include <stdbool.h>
#include <sys/types.h>

#include "hull/unit.h"

/*
 * Conversations with a systemd manager (org.freedesktop.systemd1(5)) by
 * D-Bus. A manager that does not answer within 10 s, or does not finish a job
 * within 30 s, is an error (ETIMEDOUT). What it refuses is told in its words.
 */
struct bus;

/*
 * Connects to the manager of the system, or of the caller (@user). @unit: the
 * one that it is about. ENOENT: libsystemd is missing.
 */
struct err *bus_open(bool user, const char *unit, struct bus **bus) MUST_CHECK;

/* The same in two: the bus lets us in, which takes it a while, as we do something else. */
struct err *bus_begin(bool user, const char *unit, struct bus **bus) MUST_CHECK;
struct err *bus_ready(struct bus *bus) MUST_CHECK;
void bus_close(struct bus **bus);	/* auto_bus; NULL is fine */
#define auto_bus __attribute__((cleanup(bus_close)))

/* The manager's version: 257. */
struct err *bus_version(struct bus *bus, unsigned *version) MUST_CHECK;

/* Makes the unit and waits until it is active. EEXIST: one of its name is loaded. */
struct err *unit_start(struct bus *bus, const unit_properties *list) MUST_CHECK;

/* Stops it and waits until it is gone; one that is gone already is no error. */
struct err *unit_stop(struct bus *bus) MUST_CHECK;

/* Forgets that it has failed; one that is gone is no error. */
struct err *unit_reset(struct bus *bus) MUST_CHECK;

/* Sends the signal to all of its processes; one that is gone is no error. */
struct err *unit_kill(struct bus *bus, int signal) MUST_CHECK;

/* Sets properties until the unit ends. */
struct err *unit_set(struct bus *bus, const unit_properties *list) MUST_CHECK;

/* Moves a process into its cgroup, or into that @below it ("/a/b"; NULL or "" for none). */
struct err *unit_attach(struct bus *bus, const char *below, pid_t pid) MUST_CHECK;

/*
 * A property that is a string, of interface "Unit", "Scope" or "Slice", or of
 * "Manager" itself. Of a unit that is not there it is as if it had just been
 * loaded. Arena.
 */
struct err *unit_get(struct bus *bus, struct arena *a, const char *interface, const char *property,
		     char **value) MUST_CHECK;

#endif
