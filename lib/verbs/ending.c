/* SPDX-License-Identifier: Apache-2.0 */
/* How an attached container has ended: only those who were there know. */
#include "verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "../parent/wait.h"

char *time_now(struct arena *a)
{
	struct timespec now;
	char text[40];
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &tm));
	snprintf(text + n, sizeof(text) - n, ".%09ldZ", now.tv_nsec);
	return arena_strdup(a, text);
}

struct err *ending_keep(struct arena *a, struct store *store, struct record *r,
			const struct ending *ending, uint64_t oom_kills)
{
	struct err *err = store_lock(store);

	if (err_code(err) == ENOENT) {	/* somebody deleted it meanwhile */
		err_free(err);
		return NULL;
	}
	if (err)
		return err;
	r->ended = time_now(a);
	r->exit_status = arena_new(a, int32_t);
	*r->exit_status = ending->status;
	r->oom_killed = oom_kills > 0;
	if (ending->signal) {
		r->exit_signal = arena_new(a, int32_t);
		*r->exit_signal = ending->signal;
	}
	return record_save(store, r);
}

void warn_oom(const struct hull *h, uint64_t kills)
{
	auto_free char *text = NULL;

	if (!kills)
		return;
	if (asprintf(&text,
		     "out of memory: the kernel killed %" PRIu64 " of the container's processes",
		     kills) < 0)
		abort();
	h->warn(text);
}

void warn_lost(const struct hull *h, const struct ending *ending)
{
	auto_free char *text = NULL;

	if (!ending->lost)
		return;
	if (asprintf(&text, "not all output of the container could be written: %s",
		     errno_words(ending->lost)) < 0)
		abort();
	h->warn(text);
}
