/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_FD_H
#define HULL_FD_H

#include <stdbool.h>
#include <sys/types.h>

#include "hull/mem.h"

/*
 * File descriptors. Everything made here is close-on-exec, and never 0, 1 or
 * 2 once fd_stdio_open has filled those.
 */
enum { FD_READ_MAX = 64 << 20 };	/* bytes: nothing that we read whole is longer */

/* Opens /dev/null for each of 0, 1, 2 that is closed. Call it first. */
struct err *fd_stdio_open(void) MUST_CHECK;

/*
 * Refuses 0, 1 and 2 that would open the host to the container: a directory,
 * an O_PATH descriptor, a namespace, a mount.
 */
struct err *fd_stdio_check(void) MUST_CHECK;

/* The same for those of the @n from @first on that are open. */
struct err *fd_kept_check(unsigned first, unsigned n) MUST_CHECK;

/* Marks every descriptor from @first on close-on-exec, or closes it. */
struct err *fd_cloexec_from(unsigned first) MUST_CHECK;
struct err *fd_close_from(unsigned first) MUST_CHECK;

/*
 * Reads to the end; *text is allocated and NUL-terminated, @size may be NULL.
 * @path is for messages. EFBIG: longer than FD_READ_MAX.
 */
struct err *fd_read_all(int fd, const char *path, char **text, size_t *size) MUST_CHECK;

/*
 * The same for what never comes in pieces: a read(2) that leaves room has
 * reached the end. So it is of regular files, and of those of the kernel that
 * are written whole when they are read (proc_pid_stat(5), cgroup.events), but
 * not of its lists (proc_pid_mountinfo(5), cgroup.procs), nor of pipes.
 */
struct err *fd_read_at_once(int fd, const char *path, char **text, size_t *size) MUST_CHECK;

/* Writes all of it in as few calls as the kernel takes. */
struct err *fd_write_all(int fd, const char *path, const void *bytes, size_t size) MUST_CHECK;

/*
 * A connected AF_UNIX stream socket; paths longer than sun_path work. Both
 * connecting (ETIMEDOUT) and sending (EAGAIN) give up after 10 s.
 */
struct err *fd_connect(const char *path, int *fd) MUST_CHECK;

/* A new open file description of the same file, or -1. Not for sockets, nor masters of terminals. */
int fd_reopen(int fd, int flags);

/* What the symbolic link that is open (O_PATH | O_NOFOLLOW) says; false if it is none. */
bool fd_readlink(int fd, char *to, size_t size);

/* Sends @fd with @size > 0 bytes in one message (SCM_RIGHTS). */
struct err *fd_send(int socket, int fd, const void *bytes, size_t size) MUST_CHECK;

/* Waits for one that was sent with one byte. */
struct err *fd_receive(int socket, int *fd) MUST_CHECK;

/*
 * Locks the file or directory exclusively (flock(2)); ETIMEDOUT after
 * @timeout_ms. The lock belongs to the open file description: it ends with
 * fd_unlock, or when the last copy is closed, copies in other processes too.
 */
struct err *fd_lock(int fd, const char *path, unsigned timeout_ms) MUST_CHECK;
void fd_unlock(int fd);

#endif
