/* SPDX-License-Identifier: Apache-2.0 */
/* Who was killed for want of memory: of a cgroup that may go before it is asked. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../lib/parent/oom.h"

#include "check.h"

struct place {
	char top[TOP], own[TOP + 8];
	struct oom_watch w;
};

static void count(const char *dir, unsigned kills)
{
	char path[TOP + 32];
	FILE *f;

	snprintf(path, sizeof(path), "%s/memory.events", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	fprintf(f, "low 0\nhigh 0\nmax 77\noom 5\noom_kill %u\noom_group_kill 9\n", kills);
	fclose(f);
}

static void place_make(struct place *p)
{
	*p = (struct place){ .w = OOM_WATCH_NONE };
	assert_true(top_make(p->top, "oom"));
	snprintf(p->own, sizeof(p->own), "%s/own", p->top);
	assert_int_equal(mkdir(p->own, 0755), 0);
}

static void place_remove(struct place *p)
{
	oom_close(&p->w);
	assert_int_equal(p->w.fd, -1);
	assert_int_equal(p->w.above, -1);
	top_remove(p->top);
}

/* Reading fails from here on, as of a removed cgroup. */
static void cgroup_goes(struct place *p)
{
	int dir = open(p->own, O_RDONLY | O_CLOEXEC);

	assert_return_code(dup2(dir, p->w.fd), 0);
	close(dir);
}

static void read_is(struct place *p, uint64_t kills)
{
	oom_read(&p->w);
	assert_int_equal(p->w.kills, kills);
}

/* With these counts when it begins. */
static void watch(struct place *p, unsigned above, unsigned own)
{
	place_make(p);
	count(p->top, above);
	count(p->own, own);
	ok(oom_open(p->own, &p->w));
}

static void test_own_count(void **state)
{
	struct place p;

	(void)state;
	watch(&p, 10, 2);
	assert_int_equal(p.w.first, 2);
	assert_int_equal(p.w.kills, 2);
	count(p.top, 11);			/* somebody else's */
	read_is(&p, 2);
	count(p.top, 12);
	count(p.own, 3);
	read_is(&p, 3);
	assert_int_equal(p.w.first, 2);
	place_remove(&p);
}

static void test_gone(void **state)
{
	struct place p;

	(void)state;
	watch(&p, 10, 0);
	count(p.top, 13);			/* others', as we can still see */
	read_is(&p, 0);
	count(p.top, 14);
	cgroup_goes(&p);
	read_is(&p, 1);
	assert_int_equal(p.w.fd, -1);
	count(p.top, 15);			/* no longer ours */
	read_is(&p, 1);
	place_remove(&p);
}

/* The kill came between the two readings: it is not counted again when the cgroup goes. */
static void test_once(void **state)
{
	struct place p;

	(void)state;
	watch(&p, 10, 0);
	count(p.own, 1);
	read_is(&p, 1);
	count(p.top, 11);
	cgroup_goes(&p);
	read_is(&p, 1);
	place_remove(&p);
}

static void test_nothing_to_read(void **state)
{
	struct place p;

	(void)state;
	place_make(&p);
	ok(oom_open(p.own, &p.w));		/* no memory controller */
	assert_int_equal(p.w.fd, -1);
	read_is(&p, 0);
	ok(oom_open("/nowhere/at/all", &p.w));
	ok(oom_open(NULL, &p.w));
	read_is(&p, 0);
	count(p.own, 4);			/* the root of all is above */
	ok(oom_open(p.own, &p.w));
	count(p.own, 5);
	read_is(&p, 5);
	cgroup_goes(&p);
	read_is(&p, 5);
	place_remove(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_count),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_nothing_to_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
