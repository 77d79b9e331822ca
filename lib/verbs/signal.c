/* SPDX-License-Identifier: Apache-2.0 */
/* The names of signals, as people and engines write them. */
#include "verbs.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>

#include "hull/str.h"

/* "3" or "+3": at most @max; -1 if it is no such number. */
static long number(const char *text, long max)
{
	uint64_t n;

	return str_number(text, (uint64_t)max, &n) ? (long)n : -1;
}

/* RTMIN, RTMIN+n, RTMAX, RTMAX-n. */
static int realtime(const char *name)
{
	int range = SIGRTMAX - SIGRTMIN;
	long n;

	if (!strcasecmp(name, "RTMIN"))
		return SIGRTMIN;
	if (!strcasecmp(name, "RTMAX"))
		return SIGRTMAX;
	if (!strncasecmp(name, "RTMIN+", 6) && (n = number(name + 6, range)) >= 0)
		return SIGRTMIN + (int)n;
	if (!strncasecmp(name, "RTMAX-", 6) && (n = number(name + 6, range)) >= 0)
		return SIGRTMAX - (int)n;
	return 0;
}

struct err *signal_parse(const char *name, int *signal)
{
	const char *bare = strncasecmp(name, "SIG", 3) ? name : name + 3;
	long n = number(name, SIGRTMAX);

	if (n > 0) {
		*signal = (int)n;
		return NULL;
	}
	*signal = realtime(bare);
	for (int i = 1; i < SIGRTMIN && !*signal; i++)
		if (sigabbrev_np(i) && !strcasecmp(bare, sigabbrev_np(i)))
			*signal = i;
	if (*signal)
		return NULL;
	return err_set(err_new(EINVAL, "\"%s\" is not a signal", name), ERR_HINT,
		       "TERM, SIGTERM, 15 and RTMIN+1 are forms that are known");
}
