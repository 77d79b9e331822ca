/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_WAIT_H
#define PARENT_WAIT_H

#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <termios.h>

#include "stream.h"

/* Attached `run` and `exec`: we stand between the caller and the container's process. */

/*
 * relay.c: our standard descriptors and what the container has in their
 * place: pipes, or one terminal for all three.
 */
struct relay {
	struct stream in, out, err;
	int stdio[3];			/* the container's ends until it is spawned; -1: it gets ours */
	int socket;			/* the terminal comes from here; -1: there is none */
	int theirs;			/* and this is the child's end of that */
	int master, slave;		/* the container's terminal */
	bool tty, raw;			/* ours is one; it is in raw mode, saved holds how it was */
	struct termios saved;
	struct winsize window;		/* of ours; 0: unknown */
};

enum { RELAY_POLLS = 6 };		/* descriptors to poll */

/* clang-format off */
#define RELAY_NONE { .in = STREAM_NONE, .out = STREAM_NONE, .err = STREAM_NONE, \
		     .stdio = { -1, -1, -1 }, .socket = -1, .theirs = -1, .master = -1, .slave = -1 }
/* clang-format on */

/*
 * Makes the pipes or, with @terminal, the socket. What is a pipe or /dev/null
 * already needs no pipe: the container gets it itself. But a file, a socket or
 * a terminal of the host could be opened anew by the container, for more than
 * we were given (/proc/self/fd/1), so they stay outside.
 */
struct err *relay_make(struct relay *r, bool terminal) MUST_CHECK;

/* The child is there: what is its alone is closed; its terminal comes; ours becomes raw. */
struct err *relay_begin(struct relay *r) MUST_CHECK;

/* What to wait for; and after that, moves what can be moved without waiting. */
void relay_poll(const struct relay *r, struct pollfd *p);
void relay_move(struct relay *r, const struct pollfd *p);

/* The program has ended: whether something that it wrote is still on its way to us or from us. */
bool relay_pending(struct relay *r);

void relay_resize(struct relay *r);	/* the window's size to the container's terminal */
void relay_continue(struct relay *r);		/* we were stopped: somebody may have used our terminal */
void relay_end(struct relay *r);		/* restores ours, closes the rest */

/* From here on signals to us are held back for process_attend(). */
struct err *signals_hold(void) MUST_CHECK;

/*
 * Waits for the container's process to end and reaps it; signals to us go to
 * it, except those that are about us (CHLD, URG, WINCH). @notify: where the
 * container tells how it is, or NULL (notify.c). @oom: open, or NULL; says at
 * the end how many the kernel has killed for want of memory. Returns when all that the
 * process has written is delivered, or a signal says not to wait for that.
 */
struct notify;
struct oom_watch;
struct ending {
	int status;			/* as a shell has it */
	int signal;			/* that killed it; 0: none */
	int lost;			/* errno: not all that it wrote could be delivered; 0: it was */
};
struct err *process_attend(pid_t pid, int pidfd, struct relay *relay, struct notify *notify,
			   struct oom_watch *oom, struct ending *ending) MUST_CHECK;

#endif
