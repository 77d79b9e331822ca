/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_STREAM_H
#define PARENT_STREAM_H

#include <poll.h>
#include <stdbool.h>

#include "hull/mem.h"

/* Bytes on their way, at most a buffer of them: who is slow slows the other side down. */
struct stream {
	int from, to;			/* -1: there is none (any more) */
	char *buffer;
	size_t at, end;			/* what is in it: buffer[at] to buffer[end] */
	size_t piece;			/* so much can be written at once without waiting */
	int failed;			/* the errno with which writing ended; 0: it did not */
	bool terminal;			/* @to is one: it stays open, and its end of file is a letter */
	char last;			/* the last byte that was passed on */
};

/* clang-format off */
#define STREAM_NONE { .from = -1, .to = -1 }
/* clang-format on */

/* Takes both descriptors, which should not block. */
void stream_make(struct stream *s, int *from, int *to);

/* Closes both: nothing more is passed. */
void stream_stop(struct stream *s);

/* Fills two places with what to wait for; then moves what can be moved without waiting. */
void stream_poll(const struct stream *s, struct pollfd *p);
void stream_move(struct stream *s, const struct pollfd *p);

/* Whether there is something to pass on now. */
bool stream_pending(const struct stream *s);

#endif
