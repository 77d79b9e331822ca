/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_PATIENCE_H
#define RUN_PATIENCE_H

#include "hull/step.h"

/*
 * How long the container's process may be without a sign of life: it may be
 * frozen, or stand in a file system that does not answer. Somebody who waits
 * for `exec` can do it again, health checks do. What `create` does may be as
 * slow as a mount over the network: the kernel, too, calls a task hung after
 * two minutes.
 */
enum { PATIENCE_EXEC_MS = 30 * 1000, PATIENCE_CREATE_MS = 120 * 1000 };

/*
 * Parent: waits until @fd, through which the container's process is heard of,
 * can be read. Says what that process was doing if
 *	ETIMEDOUT	live->patience_ms have passed without a sign of life
 *	EBUSY		so, and the container is paused
 *	EINTR		we are told to end
 * With live->ignore_paused a paused container has all the time it wants.
 */
struct err *child_await(const struct live *live, int fd) MUST_CHECK;

#endif
