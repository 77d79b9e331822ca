/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_ERR_H
#define HULL_ERR_H

#include <stddef.h>

/*
 * An error: one sentence that grows outwards ("start c1: mounts: fsopen proc:
 * operation not permitted (EPERM)") and facts about it that programs read.
 * NULL is success.
 *
 * A function that can fail returns `struct err *`. The caller handles it
 * (err_free), or says what it was doing (err_add) and returns it. Nothing
 * below cmd/ prints. An error crosses from the container's process to the
 * parent whole (err_pack, err_unpack).
 */
struct err;

enum err_field {
	ERR_VERB,		/* create, start, delete, … */
	ERR_CONTAINER,		/* its id */
	ERR_STEP,		/* the row of the step list */
	ERR_POINTER,		/* JSON pointer (RFC 6901) of the value that was served */
	ERR_WHERE,		/* its place: config.json:12:5 */
	ERR_PATH,
	ERR_CALL,		/* the system call */
	ERR_SIGNAL,		/* the number of the one that told us to end */
	ERR_HINT,		/* what the user can do about it */
	ERR_FIELDS
};

#define MUST_CHECK	__attribute__((warn_unused_result))
#define PRINTF(f, a)	__attribute__((format(printf, f, a)))

/* A new error; @code is an errno value that callers may test. */
struct err *err_new(int code, const char *fmt, ...) MUST_CHECK PRINTF(2, 3);

/*
 * A new error from errno: "CALL PATH: no such file or directory (ENOENT)".
 * @path may be NULL. Engines look for the lower-case words of the errno.
 */
struct err *err_sys(const char *call, const char *path) MUST_CHECK;

/* Says what was being done. NULL passes through, so it can wrap a call. */
struct err *err_add(struct err *e, const char *fmt, ...) MUST_CHECK PRINTF(2, 3);

/* Adds a fact unless it is already there: the innermost knows best. NULL passes through. */
struct err *err_set(struct err *e, enum err_field field, const char *fmt, ...)
	MUST_CHECK PRINTF(3, 4);

int err_code(const struct err *e);			/* 0 for NULL */
const char *err_text(const struct err *e);		/* the sentence; "" for NULL */
const char *err_get(const struct err *e, enum err_field field);	/* NULL if unknown */

/* "open /x: permission denied (EACCES)", in words that engines know. Static or constant. */
const char *errno_words(int code);			/* "permission denied" */
const char *errno_name(int code);			/* "EACCES" */

/* The error as bytes and back. err_pack allocates; a cut-off message still unpacks. */
char *err_pack(const struct err *e, size_t *size);
struct err *err_unpack(const char *bytes, size_t size) MUST_CHECK;

void err_free(struct err *e);				/* NULL is fine */

#endif
