/* SPDX-License-Identifier: Apache-2.0 */
/* How the parent waits for the container's process, with little patience. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../../lib/run/hooks.h"
#include "../../lib/run/patience.h"
#include "../../lib/run/sync.h"
#include "hull/sys.h"

enum { LITTLE_MS = 200 };

/* A child that says @n times that it lives, and then @word on its socket, if that is not 0. */
struct talk {
	struct live live;
	pid_t child;
};

static void talk_begin(struct talk *t, unsigned n, char word)
{
	int theirs;

	*t = (struct talk){ .live = { .side = PARENT, .verbs = VERB_EXEC, .cgroup = -1, .pidfd = -1,
				      .patience_ms = LITTLE_MS } };
	assert_null(socket_pair(&t->live.sync, &theirs));
	assert_null(words_make(&t->live.words));
	t->child = fork();
	assert_true(t->child >= 0);
	if (t->child) {
		close(theirs);
		return;
	}
	for (; n; n--) {
		words_say(t->live.words, "word %u", n);
		usleep(LITTLE_MS / 2 * 1000);
	}
	if (word && write(theirs, &word, 1) == 1)
		_exit(0);
	pause();
}

static void talk_end(struct talk *t)
{
	kill(t->child, SIGKILL);
	waitpid(t->child, NULL, 0);
	words_free(t->live.words);
	close(t->live.sync);
}

static void test_answer(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t, 0, 'a');
	assert_null(child_await(&t.live, t.live.sync));
	talk_end(&t);
}

static void test_silence(void **unused)
{
	struct talk t;
	uint64_t begin = now_us();
	auto_err struct err *err = NULL;

	(void)unused;
	talk_begin(&t, 0, 0);
	err = child_await(&t.live, t.live.sync);
	assert_int_equal(err_code(err), ETIMEDOUT);
	assert_string_equal(err_text(err), "the container's process has not begun: no sign of life for 0 s");
	assert_true(now_us() - begin >= LITTLE_MS * 1000);
	talk_end(&t);
}

/* Six times half of the patience: it lives, so it is waited for. */
static void test_signs_of_life(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t, 6, 'a');
	assert_null(child_await(&t.live, t.live.sync));
	talk_end(&t);
}

static void test_says_what_it_was_at(void **unused)
{
	struct talk t;
	auto_err struct err *err = NULL;

	(void)unused;
	talk_begin(&t, 2, 0);
	err = child_await(&t.live, t.live.sync);
	assert_string_equal(err_text(err),
			    "the container's process is at \"word 1\": no sign of life for 0 s");
	talk_end(&t);
}

static void test_end_of_file(void **unused)
{
	struct talk t;

	(void)unused;
	talk_begin(&t, 0, 0);
	kill(t.child, SIGKILL);
	assert_null(child_await(&t.live, t.live.sync));
	talk_end(&t);
}

static void test_told_to_end(void **unused)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	struct talk t;

	(void)unused;
	talk_begin(&t, 0, 0);
	t.live.patience_ms = 0;
	assert_null(interrupts_hold(true));
	for (size_t i = 0; i < countof(signals); i++) {
		auto_err struct err *err = NULL;

		raise(signals[i]);
		err = child_await(&t.live, t.live.sync);
		assert_int_equal(err_code(err), EINTR);
		assert_int_equal(strtol(err_get(err, ERR_SIGNAL), NULL, 10), signals[i]);
	}
	/* They were taken: none comes when they are let go. */
	assert_null(interrupts_hold(false));
	talk_end(&t);
}

/* What the caller had us ignore stays ignored, also where it is held back as well. */
static void test_ignored(void **unused)
{
	sigset_t set;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	for (int held = 0; held < 2; held++) {
		auto_err struct err *err = NULL;
		struct talk t;

		signal(SIGINT, SIG_IGN);
		sigprocmask(held ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
		talk_begin(&t, 0, 0);
		assert_null(interrupts_hold(true));
		raise(SIGINT);
		err = child_await(&t.live, t.live.sync);
		assert_int_equal(err_code(err), ETIMEDOUT);
		assert_null(interrupts_hold(false));
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		signal(SIGINT, SIG_DFL);
		talk_end(&t);
	}
}

static void test_hooks(void **unused)
{
	int32_t two = 2, most = INT32_MAX;
	struct oci_hook hooks[] = { { .timeout = &two }, { .timeout = &two }, { 0 } };
	struct oci_hook longest = { .timeout = &most };

	(void)unused;
	assert_int_equal(hooks_patience(&(oci_hook_list){ hooks, 0 }, 10), 10);
	assert_int_equal(hooks_patience(&(oci_hook_list){ hooks, 2 }, 10), 4010);
	assert_int_equal(hooks_patience(&(oci_hook_list){ hooks, 3 }, 10), 0);
	assert_int_equal(hooks_patience(&(oci_hook_list){ hooks, 2 }, 0), 0);
	assert_int_equal(hooks_patience(&(oci_hook_list){ &longest, 1 }, 10), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_signs_of_life),
		cmocka_unit_test(test_says_what_it_was_at),
		cmocka_unit_test(test_end_of_file),
		cmocka_unit_test(test_told_to_end),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_hooks),
	};

	return cmocka_run_group_tests_name("patience", tests, NULL, NULL);
}
