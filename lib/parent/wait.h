/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_WAIT_H
#define PARENT_WAIT_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "hull/mem.h"

/* Attached `run`: we stand between the caller and the container's process. */

/* From here on signals to us are held back for process_attend(). */
struct err *signals_hold(void) MUST_CHECK;

/*
 * Waits for the container's process to end and reaps it; signals to us go to
 * it, except those that are about us (CHLD, URG, WINCH). @master: the other
 * end of its terminal, which is connected to ours meanwhile; or -1.
 */
struct err *process_attend(pid_t pid, int pidfd, int master, int *status) MUST_CHECK;

/* relay.c: the terminal of the caller, and bytes between it and the container's. */
struct relay {
	int master;		/* -1: there is none */
	bool raw;		/* ours is in raw mode; saved holds how it was */
	struct termios *saved;
	bool in_open;		/* our standard input has more to say */
};

struct err *relay_begin(struct relay *r, int master) MUST_CHECK;
void relay_resize(const struct relay *r);	/* the window's size to the container's terminal */
bool relay_input(struct relay *r);		/* false: nothing more will come */
bool relay_output(struct relay *r);
void relay_end(struct relay *r);		/* restores ours */

/* Receives the terminal that the child sent over a socket. */
struct err *relay_receive(int socket, int *master) MUST_CHECK;

#endif
