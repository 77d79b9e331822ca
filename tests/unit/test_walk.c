/* SPDX-License-Identifier: Apache-2.0 */
/* One list, two processes: order, meeting, failure, undoing. With invented steps. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "hull/step.h"
#include "hull/sys.h"

enum { C = VERB_CREATE, E = VERB_EXEC };

/* Both sides write to one shared page, in the order in which things really happened. */
static char *history;

static void note(const char *s)
{
	size_t len = strlen(history);

	snprintf(history + len, 4096 - len, "%s ", s);
}

#define STEP(n) \
	static struct err *n(const struct plan *p, struct live *l) \
		{ (void)p; (void)l; note(#n); return NULL; }
#define UNDO(n) \
	static struct err *undo_##n(const struct undo *u) { (void)u; note("-" #n); return NULL; }
STEP(state) STEP(cgroup) STEP(maps) STEP(mounts) STEP(join) STEP(save)
UNDO(state) UNDO(cgroup)

static struct err *make_child(const struct plan *p, struct live *l)
{
	int theirs;
	struct err *err = socket_pair(&l->sync, &theirs);

	(void)p;
	if (!err)
		err = process_clone(0, -1, &l->pid, &l->pidfd);
	if (!err && !l->pid) {
		close(l->sync);
		l->sync = theirs;
		l->side = CHILD;
	} else {
		close(theirs);
	}
	return err;
}

static struct err *broken(const struct plan *p, struct live *l)
{
	(void)p;
	(void)l;
	errno = EPERM;
	return err_set(err_sys("fsopen", "proc"), ERR_POINTER, "/mounts/3");
}

static struct err *vanish(const struct plan *p, struct live *l)
{
	(void)p;
	(void)l;
	_exit(7);
}

static struct err *die(const struct plan *p, struct live *l)
{
	(void)p;
	(void)l;
	raise(SIGKILL);
	return NULL;
}

static const struct step good[] = {
	{ "state",   PARENT, C,     state,      undo_state },
	{ "cgroup",  PARENT, C,     cgroup,     undo_cgroup },
	{ "spawn",   PARENT, C | E, make_child },
	{ "join",    CHILD,  C | E, join },
	{ "joined",  CHILD_FIRST,  C | E },
	{ "maps",    PARENT, C,     maps },
	{ "mapped",  PARENT_FIRST, C },
	{ "mounts",  CHILD,  C,     mounts },
	{ "ready",   CHILD_FIRST,  C | E },
	{ "save",    PARENT, C,     save },
	{ 0 }
};

static struct err *go(unsigned verbs, const struct step *list)
{
	struct live live = { .side = PARENT, .verbs = verbs, .trace = -1, .pid = -1, .pidfd = -1 };
	struct err *err;

	*history = 0;
	err = walk(list, NULL, &live);
	close(live.sync);
	close_p(&live.pidfd);
	if (live.pid > 0)
		waitpid(live.pid, NULL, 0);
	return err;
}

static void test_order(void **unused)
{
	(void)unused;
	assert_null(go(C, good));
	assert_string_equal(history, "state cgroup join maps mounts save ");
}

static void test_verbs_choose_rows(void **unused)
{
	(void)unused;
	assert_null(go(E, good));
	assert_string_equal(history, "join ");
}

static void test_many_times(void **unused)
{
	(void)unused;
	for (int i = 0; i < 300; i++) {
		assert_null(go(C, good));
		assert_string_equal(history, "state cgroup join maps mounts save ");
	}
}

/* Row @i replaced by one that fails: the error as the parent has it. */
static struct err *with(size_t i, enum side side, struct err *(*apply)(const struct plan *, struct live *))
{
	struct step list[countof(good)];

	memcpy(list, good, sizeof(good));
	list[i] = (struct step){ "mounts", side, C, apply, NULL };
	return go(C, list);
}

static void test_child_error_arrives_whole(void **unused)
{
	auto_err struct err *err = with(7, CHILD, broken);

	(void)unused;
	assert_string_equal(err_text(err), "mounts: fsopen proc: operation not permitted (EPERM)");
	assert_int_equal(err_code(err), EPERM);
	assert_string_equal(err_get(err, ERR_STEP), "mounts");
	assert_string_equal(err_get(err, ERR_POINTER), "/mounts/3");
	assert_string_equal(err_get(err, ERR_CALL), "fsopen");
	assert_string_equal(err_get(err, ERR_PATH), "proc");
	assert_string_equal(history, "state cgroup join maps ");
}

/* What a parent does to a child that has ended fails: but that is not the news. */
static struct err *too_late(const struct plan *p, struct live *l)
{
	siginfo_t info;

	(void)p;
	assert_int_equal(waitid(P_PID, (id_t)l->pid, &info, WEXITED | WNOWAIT), 0);
	return err_new(ESRCH, "no such process");
}

static void test_child_error_is_the_cause(void **unused)
{
	static const struct step list[] = {
		{ "spawn",   PARENT,	   C, make_child },
		{ "arrived", CHILD_FIRST,  C },
		{ "mounts",  CHILD,	   C, broken },
		{ "limits",  PARENT,	   C, too_late },
		{ "placed",  PARENT_FIRST, C },
		{ 0 }
	};
	auto_err struct err *err = go(C, list);

	(void)unused;
	assert_string_equal(err_text(err), "mounts: fsopen proc: operation not permitted (EPERM)");
}

static void test_child_killed_is_the_cause(void **unused)
{
	static const struct step list[] = {
		{ "spawn",  PARENT, C, make_child },
		{ "mounts", CHILD,  C, die },
		{ "limits", PARENT, C, too_late },
		{ 0 }
	};
	auto_err struct err *err = go(C, list);

	(void)unused;
	assert_string_equal(err_text(err), "the container's process was killed by signal 9 "
			    "(SIGKILL): limits: no such process");
}

static bool never(const struct plan *p, const struct live *l)
{
	(void)p;
	(void)l;
	return false;
}

/* Nobody would end such a wait, and such steps would be seen. */
static void test_rows_that_do_not_matter(void **unused)
{
	static const struct step list[] = {
		{ "spawn",  PARENT,	  C, make_child },
		{ "placed", PARENT_FIRST, C, .matters = never },
		{ "hang",   CHILD_FIRST,  C, .matters = never },
		{ "mounts", CHILD,	  C, mounts },
		{ "mounts", CHILD,	  C, mounts, .matters = never },
		{ "ready",  CHILD_FIRST,  C },
		{ "save",   PARENT,	  C, save },
		{ "save",   PARENT,	  C, save, .matters = never },
		{ 0 }
	};

	(void)unused;
	assert_null(go(C, list));
	assert_string_equal(history, "mounts save ");
}

static void test_parent_error(void **unused)
{
	auto_err struct err *err = with(5, PARENT, broken);

	(void)unused;
	assert_string_equal(err_text(err), "mounts: fsopen proc: operation not permitted (EPERM)");
	assert_string_equal(history, "state cgroup join ");
}

static void test_child_vanishes(void **unused)
{
	auto_err struct err *err = with(7, CHILD, vanish);

	(void)unused;
	assert_string_equal(err_text(err), "the container's process ended with status 7: "
			    "ready: the other side is gone");
}

static void test_child_is_killed(void **unused)
{
	auto_err struct err *err = with(3, CHILD, die);

	(void)unused;
	assert_string_equal(err_text(err), "the container's process was killed by signal 9 "
			    "(SIGKILL): joined: the other side is gone");
	assert_non_null(err_get(err, ERR_HINT));
}

static struct err *undo_fails(const struct undo *u)
{
	(void)u;
	note("-fails");
	return err_new(EBUSY, "still busy");
}

static void warned(const char *text)
{
	note(text);
}

static void test_unwind_tries_all_rows(void **unused)
{
	static const struct step list[] = {
		{ "state",  PARENT, C, state,  undo_state },
		{ "first",  PARENT, C, state,  undo_fails },
		{ "cgroup", PARENT, C, cgroup, undo_cgroup },
		{ "last",   PARENT, C, state,  undo_fails },
		{ 0 }
	};
	struct undo undo = { .warn = warned };
	auto_err struct err *err = NULL;

	(void)unused;
	*history = 0;
	err = unwind(list, &undo);
	assert_string_equal(err_text(err), "last: still busy");
	assert_string_equal(history, "-fails -cgroup -fails first: still busy -state ");
}

static struct err *unless_incomplete(const struct undo *u)
{
	note(u->incomplete ? "stays" : "goes");
	return NULL;
}

static void test_unwind_tells_the_last(void **unused)
{
	static const struct step list[] = {
		{ "record", PARENT, C, state,  unless_incomplete },
		{ "first",  PARENT, C, state,  undo_fails },
		{ "last",   PARENT, C, state,  unless_incomplete },
		{ 0 }
	};
	struct undo undo = { .warn = warned };

	(void)unused;
	*history = 0;
	err_free(unwind(list, &undo));
	assert_string_equal(history, "goes -fails stays ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_verbs_choose_rows),
		cmocka_unit_test(test_many_times),
		cmocka_unit_test(test_child_error_arrives_whole),
		cmocka_unit_test(test_child_error_is_the_cause),
		cmocka_unit_test(test_child_killed_is_the_cause),
		cmocka_unit_test(test_rows_that_do_not_matter),
		cmocka_unit_test(test_parent_error),
		cmocka_unit_test(test_child_vanishes),
		cmocka_unit_test(test_child_is_killed),
		cmocka_unit_test(test_unwind_tries_all_rows),
		cmocka_unit_test(test_unwind_tells_the_last),
	};

	history = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
