/* SPDX-License-Identifier: Apache-2.0 */
/* Work that processors share: all of it is done, whatever becomes of those who help. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../lib/verbs/parts.h"
#include "hull/hull.h"
#include "hull/sys.h"

#include "check.h"

enum { LONG = 16 * 1024 };

/* What a look does where it is not ours but a helper's. */
struct help {
	pid_t we;
	void (*otherwise)(size_t i);
	size_t text;	/* bytes that are found about each */
	size_t *helped; /* things that helpers have looked at; shared */
};

static struct arena arena; /* where looks put what they find */

static void look(void *data, size_t i, struct part *part)
{
	const struct help *h = data;
	char *text = arena_array(&arena, char, h->text + 1);

	if (getpid() != h->we) {
		__atomic_add_fetch(h->helped, 1, __ATOMIC_SEQ_CST);
		if (h->otherwise)
			h->otherwise(i);
	} else {
		usleep(500); /* so that nobody who helps comes too late */
	}
	memset(text, 'x', h->text);
	snprintf(text, h->text + 1, "%zu", i);
	*list_add(&arena, &part->found) = text;
	*list_add(&arena, &part->found) = arena_printf(&arena, "%zu once more", i);
	if (i % 3 == 0)
		*list_add(&arena, &part->bad) = arena_printf(&arena, "bad %zu", i);
}

static size_t *shared_number(void)
{
	void *p = mmap(NULL, sizeof(size_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);

	assert_true(p != MAP_FAILED);
	return p;
}

static void assert_found(const struct parts *p)
{
	size_t i = 0, bad = 0;
	char text[64];

	for (size_t k = 0; k < p->n; k++) {
		const struct part *part = &p->part[k];

		assert_true(part->done);
		for (size_t f = 0; f < part->found.n; f += 2, i++) {
			snprintf(text, sizeof(text), "%zu", i);
			assert_string_equal(part->found.v[f], text);
			snprintf(text, sizeof(text), "%zu once more", i);
			assert_string_equal(part->found.v[f + 1], text);
		}
		for (size_t b = 0; b < part->bad.n; b++, bad += 3) {
			snprintf(text, sizeof(text), "bad %zu", bad);
			assert_string_equal(part->bad.v[b], text);
		}
	}
	assert_int_equal(i, p->things);
	assert_int_equal(bad, (p->things + 2) / 3 * 3);
}

/* So many things, and how many of them helpers have looked at. */
static size_t all_looked_at(size_t things, void (*otherwise)(size_t i), size_t text)
{
	struct help h = { getpid(), otherwise, text, shared_number() };
	struct parts p = { &arena, things, look, &h };
	size_t helped;

	parts_do(&p);
	assert_found(&p);
	parts_end(&p);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
	assert_int_equal(errno, ECHILD);
	helped = *h.helped;
	munmap(h.helped, sizeof(*h.helped));
	arena_free(&arena);
	return helped;
}

static bool one_processor(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof(cpus), &cpus) < 0 || CPU_COUNT(&cpus) < 2;
}

static void test_few(void **state)
{
	static const size_t numbers[] = { 0, 1, PART - 1, PART, PART + 1, 63 };

	(void)state;
	for (size_t i = 0; i < countof(numbers); i++)
		assert_int_equal(all_looked_at(numbers[i], NULL, 20), 0);
}

static void test_many(void **state)
{
	(void)state;
	if (one_processor())
		skip_because("there is one processor");
	assert_true(all_looked_at(64, NULL, 20) > 0);
	assert_true(all_looked_at(1003, NULL, 20) > 0);
}

static void killed(size_t i)
{
	if (i % 5 == 4)
		kill(getpid(), SIGKILL);
}

static void stopped(size_t i)
{
	if (i % 5 == 4)
		kill(getpid(), SIGSTOP);
}

static void for_ever(size_t i)
{
	for (volatile bool more = i % 5 == 4; more;)
		;
}

/* Who helps, and has gone, or stands still, or is busy with something, holds nobody up. */
static void test_helpers_that_fail(void **state)
{
	void (*const ways[])(size_t i) = { killed, stopped, for_ever };

	(void)state;
	if (one_processor())
		skip_because("there is one processor");
	for (size_t i = 0; i < countof(ways); i++) {
		uint64_t begin = now_us();

		assert_true(all_looked_at(200, ways[i], 20) > 0);
		assert_true(now_us() - begin <
			    5 * 1000 * 1000); /* process_kill() waits twice as long */
	}
}

/* What there is no room for is looked at once more. */
static void test_long_text(void **state)
{
	(void)state;
	if (one_processor())
		skip_because("there is one processor");
	assert_true(all_looked_at(300, NULL, LONG) > 0);
}

/* ---- what list shares out ---- */

/* A caller's descriptors are its own, the first of all, too. */
static void test_list_of_no_directory(void **state)
{
	const struct hull h = { .root = "/nonexistent" };
	struct stat before, after;
	char *text = NULL;

	(void)state;
	assert_int_equal(fstat(0, &before), 0);
	fails_with(ENOENT, "no such directory", hull_list(&h, HULL_LIST_TABLE, &text));
	fails_with(ENOENT, "no such directory", hull_list(&h, HULL_LIST_IDS, &text));
	assert_int_equal(fstat(0, &after), 0);
	assert_true(before.st_ino == after.st_ino && before.st_dev == after.st_dev);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_helpers_that_fail),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_list_of_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
