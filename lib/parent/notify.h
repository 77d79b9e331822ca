/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_NOTIFY_H
#define PARENT_NOTIFY_H

#include "hull/step.h"

/*
 * sd_notify(3) from inside: the container has a socket of its own, whose
 * messages go on to the caller's NOTIFY_SOCKET as far as they are harmless.
 */
struct notify {
	const char *host_path;		/* NOTIFY_SOCKET of the caller */
	bool wait;			/* nobody will attend: the command itself waits for READY=1 */
	bool ready;			/* it came */
	int container, host;		/* sockets; -1: not yet */
	const struct record *record;
};

/* clang-format off */
#define NOTIFY_NONE { .container = -1, .host = -1 }
/* clang-format on */

/* What the caller's environment says. Returns @n, or NULL if nobody wants to be told. */
struct notify *notify_init(struct notify *n, const struct record *record, bool wait);

/* Passes all on that came from the container by now. */
void notify_pass(struct notify *n);
void notify_end(struct notify *n);
#define auto_notify __attribute__((cleanup(notify_end)))

#endif
