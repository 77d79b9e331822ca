/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

/* What several unit tests need. To be included behind cmocka.h. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "hull/dir.h"

static inline void ok(struct err *err)
{
	if (err)
		fail_msg("%s", err_text(err));
}

/* It fails with this code (0: any) and these words, and is freed. */
static inline void fails_with(int code, const char *words, struct err *err)
{
	if (!err || (code && err_code(err) != code))
		fail_msg("expected %s, got: %s", errno_name(code), err ? err_text(err) : "success");
	if (!strstr(err_text(err), words))
		fail_msg("expected \"%s\", got: %s", words, err_text(err));
	err_free(err);
}

static inline void fails(int code, struct err *err)
{
	fails_with(code, "", err);
}

/* ---- a directory of its own ---- */

enum { TOP = 48 };

/* /tmp/hull-NAME-…; false: it could not be made. */
static inline bool top_make(char top[TOP], const char *name)
{
	snprintf(top, TOP, "/tmp/hull-%s-XXXXXX", name);
	return mkdtemp(top);
}

static inline void top_remove(const char *top)
{
	const struct dir tmp = { open("/tmp", O_PATH | O_CLOEXEC), "/tmp" };

	ok(dir_remove_tree(&tmp, top + strlen("/tmp/")));
	close(tmp.fd);
	assert_false(path_exists(top));
}

/* ---- another process ---- */

/* One that has done @first, if that succeeds, and waits to be killed. */
static inline pid_t process_after(struct err *(*first)(const void *data), const void *data)
{
	int pair[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(pair), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (first(data))
			_exit(1);
		(void)!write(pair[1], "x", 1);
		for (;;)
			pause();
	}
	close(pair[1]);
	assert_int_equal(read(pair[0], &c, 1), 1);
	close(pair[0]);
	return pid;
}

/* ---- chance that repeats itself ---- */

static inline uint32_t random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* A test that cannot run here says why. */
static inline void skip_because(const char *why)
{
	print_message("skipped: %s\n", why);
	skip();
}

#endif
