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

/* Waits until the other side has closed its end; a failure that it sends becomes ours. */
struct err *sync_wait_end(int fd) MUST_CHECK;

#endif
