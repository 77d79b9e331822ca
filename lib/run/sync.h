/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_SYNC_H
#define RUN_SYNC_H

#include <stdbool.h>
#include <sys/types.h>

#include "hull/mem.h"

/*
 * What the two sides say to each other: messages on an AF_UNIX SOCK_SEQPACKET
 * pair. ARRIVED names the place; FAILED carries an error whole.
 */
enum message { ARRIVED = 'a', FAILED = 'f' };

/* @pid: a pid that the other side cannot know: the child's as the parent sees it; else 0. */
struct err *sync_arrive(int fd, const char *where, pid_t pid) MUST_CHECK;

/* Tells the other side why we end. Best effort: it may be gone. */
void sync_fail(int fd, const struct err *err);

/* Waits for the other side to arrive at @where; its failure becomes ours. ECHILD: it is gone. */
struct err *sync_wait(int fd, const char *where, pid_t *pid) MUST_CHECK;

/* The same two, of a file descriptor that goes with it. */
struct err *sync_give(int fd, const char *where, int what) MUST_CHECK;
struct err *sync_take(int fd, const char *where, int *what) MUST_CHECK;

/* Waits until the other side has closed its end; a failure that it sends becomes ours. */
struct err *sync_wait_end(int fd) MUST_CHECK;

/* What the other side has sent by now as the reason why it ends; NULL: it has not. */
struct err *sync_failure(int fd) MUST_CHECK;

enum { WORDS_DOING = 256, WORDS_TEXT = 3072 };

/*
 * Memory that both sides have, for a child that may hold no descriptor any
 * more, and for what takes its time. In `exec` the container may be able to
 * write there, too: nothing is believed.
 */
struct words {
	pid_t pid;			/* of a process that another one made for us */
	unsigned beats;			/* signs of life */
	unsigned size;			/* of the error in text; 0: there is none */
	char doing[WORDS_DOING];	/* what the child is at */
	char text[WORDS_TEXT];
};

struct err *words_make(struct words **words) MUST_CHECK;
void words_free(struct words *words);

/* The child says what it is about to do: a sign of life. NULL: nobody listens. */
void words_say(struct words *words, const char *fmt, ...) PRINTF(2, 3);
void words_name(struct words *words, const char *doing);

/* How many there were; and what was said last: false if nothing was. */
unsigned words_beats(const struct words *words);
bool words_doing(const struct words *words, char to[WORDS_DOING]);

/* The child leaves an error; the parent takes it. */
void words_leave(struct words *words, const struct err *err);
struct err *words_take(const struct words *words) MUST_CHECK;

#endif
