/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_LOG_H
#define CMD_LOG_H

#include "hull/err.h"

/*
 * The only place that writes about what went wrong.
 *
 * An error goes to standard error as one line, and with --log as one record
 * to the log too: engines read the one or the other (conmon passes on the
 * line, containerd the record). Warnings and debug records go to the log if
 * there is one, else to standard error.
 */
enum log_format { LOG_TEXT, LOG_JSON };
/*
 * Unset: warnings, too, but errors alone with --log, because podman reads the
 * whole file as one JSON object, and after log_quiet.
 */
enum log_level { LEVEL_UNSET, LEVEL_ERROR, LEVEL_WARNING, LEVEL_DEBUG };

/* @dest: PATH, file:PATH, journald:ID, syslog:ID or NULL. Must live as long as the process. */
struct err *log_open(const char *dest, enum log_format format, enum log_level level) MUST_CHECK;

/*
 * Of create: engines call it with the user's own standard error (Buildah),
 * where nothing is expected of a runtime that succeeds.
 */
void log_quiet(void);

void log_error(const struct err *e);
void log_warn(const char *text);

/* The command line as it came, for --debug. */
void log_argv(char **argv);

#endif
