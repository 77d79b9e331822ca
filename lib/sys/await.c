/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting. Every wait has an end, and most are given up when we are told to
 * end: by the signals that people and service managers send for that. While
 * these are held back they end nothing but a wait, so that what was begun can
 * be taken back. Which they are is not kept anywhere: the kernel knows.
 */
#include "hull/sys.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>

enum { POLLS_MAX = 8, SLICE_MS = 3600 * 1000 };

static const int interrupts[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

/* Who had us ignore a signal does not want us to end by it: nohup(1), "&" in sh(1). */
static bool is_ignored(int signal)
{
	struct sigaction now;

	return sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

struct err *interrupts_hold(bool hold)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < countof(interrupts); i++)
		if (!is_ignored(interrupts[i]))
			sigaddset(&set, interrupts[i]);
	if (sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL) < 0)
		return err_sys("sigprocmask", NULL);
	return NULL;
}

/* Readable when one came that is held back; -1 if none is. */
static int interrupts_open(void)
{
	sigset_t set, blocked;

	sigemptyset(&set);
	for (size_t i = 0; i < countof(interrupts); i++)
		sigaddset(&set, interrupts[i]);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigandset(&set, &set, &blocked);
	return sigisemptyset(&set) ? -1 : signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static struct err *interrupted(int signal)
{
	struct err *err = err_new(EINTR, "told to end by SIG%s", sigabbrev_np(signal));

	return err_set(err, ERR_SIGNAL, "%d", signal);
}

uint64_t after_ms(unsigned ms)
{
	return now_us() + (uint64_t)ms * 1000;
}

struct err *poll_until(struct pollfd *p, size_t n, uint64_t end)
{
	for (;;) {
		uint64_t now = now_us(), left = now < end ? (end - now) / 1000 + 1 : 0;
		int ready = poll(p, n, left < SLICE_MS ? (int)left : SLICE_MS);

		if (ready > 0)
			return NULL;
		if (ready < 0 && errno != EINTR)
			return err_sys("poll", NULL);
		if (ready == 0 && now >= end)
			return err_new(ETIME, "no answer in time");
	}
}

struct err *poll_or_told(struct pollfd *p, size_t n, uint64_t end)
{
	auto_fd int told = interrupts_open();
	struct signalfd_siginfo s;
	struct pollfd all[POLLS_MAX];
	struct err *err;
	bool came;

	if (n >= POLLS_MAX)
		return err_new(EINVAL, "%zu descriptors to wait for", n);
	memcpy(all, p, n * sizeof(*p));
	all[n] = (struct pollfd){ .fd = told, .events = POLLIN };
	do {
		err = poll_until(all, n + 1, end);
		came = !err && all[n].revents && read(told, &s, sizeof(s)) == sizeof(s);
	} while (came && is_ignored((int)s.ssi_signo));		/* who called us holds it back, too */
	memcpy(p, all, n * sizeof(*p));
	return came ? interrupted((int)s.ssi_signo) : err;
}
