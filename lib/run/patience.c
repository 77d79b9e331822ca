/* SPDX-License-Identifier: Apache-2.0 */
/* How the parent waits for the container's process: see patience.h. */
#include "patience.h"

#include <errno.h>
#include <fcntl.h>

#include "hull/sys.h"
#include "sync.h"

enum { SLICES = 10 };			/* how often somebody who waits looks up */

/* The cgroup of that process, which need not be the container's own (`exec --cgroup`). */
static bool is_paused(const struct live *live)
{
	struct dir cgroup = { live->cgroup, "cgroup" };

	if (live->cgroup >= 0)
		return cgroup_frozen(&cgroup);
	return live->record && record_paused(live->record);
}

/* What it was doing when it was last heard of. */
static struct err *explain(const struct live *live, struct err *err)
{
	char doing[WORDS_DOING];

	if (!live->words)
		return err_add(err, "the container's process");
	if (!words_doing(live->words, doing))
		return err_add(err, "the container's process has not begun");
	return err_add(err, "the container's process is at \"%s\"", doing);
}

static struct err *out_of_patience(const struct live *live, bool paused)
{
	struct err *err;

	if (paused) {
		err = err_new(EBUSY, "the container was paused meanwhile");
		if (live->verbs & VERB_EXEC)
			return err_set(err, ERR_HINT,
				       "resume it, or wait for that with --ignore-paused");
		return err_set(err, ERR_HINT, "its cgroup, or one above it, is frozen");
	}
	err = err_new(ETIMEDOUT, "no sign of life for %u s", live->patience_ms / 1000);
	return err_set(err, ERR_HINT, "is there a file system that does not answer?");
}

/* The end of one slice of our patience: whether there was no sign of life in it. */
static bool is_idle(const struct live *live, unsigned *seen, bool *warned)
{
	bool excused = live->ignore_paused && is_paused(live);
	unsigned before = *seen;

	if (excused && !*warned)
		live->warn("the container is paused: waiting until it is resumed");
	*warned |= excused;
	*seen = words_beats(live->words);
	return !excused && *seen == before;
}

struct err *child_await(const struct live *live, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned seen = words_beats(live->words), idle = 0;
	bool warned = false;

	while (idle < SLICES) {
		uint64_t end = live->patience_ms ? after_ms(live->patience_ms / SLICES) : NEVER;
		struct err *err = poll_or_told(&p, 1, end);

		if (err_code(err) != ETIME)
			return err ? explain(live, err) : NULL;
		err_free(err);
		idle = is_idle(live, &seen, &warned) ? idle + 1 : 0;
	}
	return explain(live, out_of_patience(live, is_paused(live)));
}
