/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_SDBUS_H
#define SYS_SDBUS_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "hull/unit.h"

/* sd-bus(3), loaded when it is needed: the only file that includes its header. */
struct libsystemd {
	__typeof__(sd_bus_open_system) *open_system;
	__typeof__(sd_bus_open_user) *open_user;
	__typeof__(sd_bus_close_unref) *close;
	__typeof__(sd_bus_is_ready) *is_ready;
	__typeof__(sd_bus_process) *process;
	__typeof__(sd_bus_get_fd) *fd;
	__typeof__(sd_bus_get_events) *events;
	__typeof__(sd_bus_add_match_async) *add_match;
	__typeof__(sd_bus_call_async) *call;
	__typeof__(sd_bus_path_encode) *path_encode;
	__typeof__(sd_bus_message_new_method_call) *message_new;
	__typeof__(sd_bus_message_ref) *message_ref;
	__typeof__(sd_bus_message_unref) *message_unref;
	__typeof__(sd_bus_message_get_error) *message_error;
	__typeof__(sd_bus_message_get_errno) *message_errno;
	__typeof__(sd_bus_message_append) *append;
	__typeof__(sd_bus_message_open_container) *open;
	__typeof__(sd_bus_message_close_container) *close_container;
	__typeof__(sd_bus_message_read) *read;
};

/* ENOENT: it is not installed. */
struct err *sdbus_load(struct libsystemd *lib) MUST_CHECK;

/* These return as functions of the library do. @n: of a type that is no list, 1. */
int value_append(const struct libsystemd *lib, sd_bus_message *m, const char *type,
		 const struct unit_item *items, size_t n);
int properties_append(const struct libsystemd *lib, sd_bus_message *m, const unit_properties *list);

#endif
