/* SPDX-License-Identifier: Apache-2.0 */
/* Containers' directories: who may have one, and what happens when several want the same. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "hull/state.h"
#include "hull/sys.h"

#include "check.h"

static char top[TOP], root[64];

static int setup(void **state)
{
	(void)state;
	umask(022);
	if (!top_make(top, "store") || chdir(top) < 0)
		return -1;
	snprintf(root, sizeof(root), "%s/run/hull", top);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	top_remove(top);
	return 0;
}

/*
 * Our process's clock: a signal can put it forward, so that the limit of 30 s
 * can be seen without waiting for it. The C library calls it, too.
 */
static volatile sig_atomic_t clock_ahead_s;

int clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, id, t);

	t->tv_sec += clock_ahead_s;
	return rc;
}

static void clock_advance(int signal)
{
	(void)signal;
	clock_ahead_s = 31;
}

/* ---- ids ---- */

static void test_id(void **state)
{
	static const char *const good[] = { "a", "c1", "_", "+", "0", "A.b-C_d+e", "a..", "x-",
					    "cgroup.procs" };
	static const char *const bad[] = { "", ".", "..", "-", "-a", ".a", "a/b", "/", "a b", "a\n",
					   "\x1b[2J", "\xc3\xa4", "\xff", "a:b", "a@b", "a*",
					   "a\\" };
	char longest[257];

	(void)state;
	for (size_t i = 0; i < countof(good); i++)
		ok(id_check(good[i]));
	for (size_t i = 0; i < countof(bad); i++) {
		struct err *err = id_check(bad[i]);

		/* Nothing of it may reach a terminal as it is. */
		for (const char *c = err_text(err); *c; c++)
			assert_true((unsigned char)*c >= ' ');
		fails_with(EINVAL, "must be letters, digits and _+.- only", err);
	}
	memset(longest, 'x', sizeof(longest));
	longest[256] = 0;
	fails_with(EINVAL, "longer than 255 bytes", id_check(longest));
	longest[255] = 0;
	ok(id_check(longest));
}

/* ---- making, opening, removing ---- */

static void test_life(void **state)
{
	auto_arena struct arena a = { 0 };
	struct store s = { 0 }, again = { 0 };
	struct stat st;
	names ids;

	(void)state;
	fails_with(ENOENT, "container does not exist", store_open(&a, root, "c1", true, &s));
	ok(store_list(&a, root, &ids));
	assert_int_equal(ids.n, 0);
	assert_false(path_exists(root));

	ok(store_create(&a, root, "c1", &s));
	assert_true(s.lock > 2 && s.dir.fd > 2);
	assert_string_equal(s.id, "c1");
	ok(path_stat(root, &st));
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	ok(path_stat(s.dir.path, &st));
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	fails_with(EEXIST, "container with given ID already exists",
	      store_create(&a, root, "c1", &again));
	fails_with(ENOENT, "container does not exist", store_open(&a, root, "c2", true, &again));

	/* Reading needs no lock. */
	ok(store_open(&a, root, "c1", false, &again));
	assert_int_equal(again.lock, -1);
	store_close(&again);
	store_close(&again);
	store_unlock(&s);
	ok(store_open(&a, root, "c1", true, &again));
	ok(dir_replace(&again.dir, "state.json", "{}", 2));
	ok(store_remove(&again));
	ok(store_remove(&again));
	store_close(&again);
	fails_with(ENOENT, "container does not exist", store_lock(&s));
	store_close(&s);
	assert_false(path_exists(again.dir.path));
	ok(store_create(&a, root, "c1", &s));
	store_close(&s);
}

static void test_bad_ids_touch_nothing(void **state)
{
	auto_arena struct arena a = { 0 };
	struct store s = { 0 };

	(void)state;
	fails_with(EINVAL, "container id", store_create(&a, root, "../x", &s));
	fails_with(EINVAL, "container id", store_open(&a, root, "..", false, &s));
	assert_false(path_exists("run"));
	store_close(&s);
}

static void test_list(void **state)
{
	static const char *const ids[] = { "zeta", "a", "B", "10", "9" };
	static const char *const sorted[] = { "10", "9", "B", "a", "zeta" };
	auto_arena struct arena a = { 0 };
	char path[128];
	names list;

	(void)state;
	for (size_t i = 0; i < countof(ids); i++) {
		struct store s = { 0 };

		ok(store_create(&a, root, ids[i], &s));
		store_close(&s);
	}
	/* What is no container is not listed: a file, a link, a name that is no id. */
	snprintf(path, sizeof(path), "%s/file", root);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	snprintf(path, sizeof(path), "%s/.hidden", root);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/link", root);
	assert_int_equal(symlink("a", path), 0);
	ok(store_list(&a, root, &list));
	assert_int_equal(list.n, 5);
	for (size_t i = 0; i < list.n; i++)
		assert_string_equal(list.v[i], sorted[i]);
	assert_null(list.v[5]);
}

static void test_many(void **state)
{
	auto_arena struct arena a = { 0 };
	names list;
	uint64_t start;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct store s = { 0 };
		char id[16];

		snprintf(id, sizeof(id), "c%d", i);
		ok(store_create(&a, root, id, &s));
		store_close(&s);
	}
	start = now_us();
	ok(store_list(&a, root, &list));
	assert_int_equal(list.n, 5000);
	assert_in_range(now_us() - start, 0, 1000 * 1000);
}

/* ---- whose --root ---- */

static void test_root_of_others_is_refused(void **state)
{
	auto_arena struct arena a = { 0 };
	struct store s = { 0 };
	struct err *err;
	names list;

	(void)state;
	ok(path_make(root, 0700));
	for (mode_t bits = 020; bits > 0; bits = bits == 020 ? 02 : 0) {
		assert_int_equal(chmod(root, 0755 | bits), 0);
		err = store_create(&a, root, "c1", &s);
		assert_non_null(strstr(err_get(err, ERR_HINT), "--root"));
		fails_with(EPERM, "others may write to it", err);
		fails_with(EPERM, "others may write to it", store_open(&a, root, "c1", false, &s));
		fails_with(EPERM, "others may write to it", store_list(&a, root, &list));
	}
	assert_int_equal(chmod(root, 0711), 0);
	ok(store_create(&a, root, "c1", &s));
	store_close(&s);
	if (geteuid() != 0)
		root[1] = '\0';		/* "/" */
	else
		assert_int_equal(chown(root, 12345, 0), 0);
	fails_with(EPERM, "belongs to user", store_open(&a, root, "c1", false, &s));
}

static void test_root_that_is_no_directory(void **state)
{
	auto_arena struct arena a = { 0 };
	struct store s = { 0 };
	char path[128];
	names list;

	(void)state;
	assert_int_equal(mkdir("target", 0700), 0);
	assert_int_equal(symlink("target", "link"), 0);
	close(open("file", O_CREAT | O_WRONLY, 0600));
	for (int slash = 0; slash < 2; slash++) {
		snprintf(path, sizeof(path), "%s/link%s", top, slash ? "//" : "");
		fails_with(ENOTDIR, "not a link", store_create(&a, path, "c1", &s));
		fails_with(ENOTDIR, "not a link", store_list(&a, path, &list));
	}
	snprintf(path, sizeof(path), "%s/file", top);
	fails_with(ENOTDIR, "not a directory", store_create(&a, path, "c1", &s));
	/* Links further up are the host's business (/var/run). */
	snprintf(path, sizeof(path), "%s/link/below", top);
	ok(store_create(&a, path, "c1", &s));
	store_close(&s);
	assert_true(path_exists("target/below/c1"));
}

/* A link in place of a container is not followed. */
static void test_link_for_a_container(void **state)
{
	auto_arena struct arena a = { 0 };
	struct store s = { 0 };
	char path[128];

	(void)state;
	ok(path_make(root, 0700));
	snprintf(path, sizeof(path), "%s/c1", root);
	assert_int_equal(symlink("/etc", path), 0);
	fails_with(ELOOP, "c1", store_open(&a, root, "c1", true, &s));
	fails_with(EEXIST, "already exists", store_create(&a, root, "c1", &s));
}

/* ---- several at once ---- */

static struct err *c1_lock(const void *unused)
{
	struct arena a = { 0 };
	struct store s = { 0 };

	(void)unused;
	return store_open(&a, root, "c1", true, &s);
}

/* A process that has container c1 locked; it ends when it is killed. */
static pid_t holder(void)
{
	return process_after(c1_lock, NULL);
}

static void c1_make(void)
{
	auto_arena struct arena a = { 0 };
	struct store s = { 0 };

	ok(store_create(&a, root, "c1", &s));
	store_close(&s);
}

static void test_wait_is_bounded_and_names_the_holder(void **state)
{
	auto_arena struct arena a = { 0 };
	struct sigaction old, advance = { .sa_handler = clock_advance };
	struct itimerval soon = { .it_value = { 0, 200 * 1000 } };
	struct store s = { 0 };
	char who[64];
	pid_t pid;

	(void)state;
	c1_make();
	pid = holder();
	snprintf(who, sizeof(who), "container is busy: waited 30 s for process %d", pid);
	sigaction(SIGALRM, &advance, &old);
	setitimer(ITIMER_REAL, &soon, NULL);
	fails_with(ETIMEDOUT, who, store_open(&a, root, "c1", true, &s));
	clock_ahead_s = 0;
	sigaction(SIGALRM, &old, NULL);
	assert_int_equal(s.lock, -1);
	assert_int_equal(s.dir.fd, -1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_holder_is_killed(void **state)
{
	auto_arena struct arena a = { 0 };
	struct store s = { 0 };
	pid_t pid, killer;

	(void)state;
	c1_make();
	pid = holder();
	killer = fork();
	if (killer == 0) {
		usleep(100 * 1000);
		_exit(kill(pid, SIGKILL));
	}
	ok(store_open(&a, root, "c1", true, &s));
	waitpid(killer, NULL, 0);
	waitpid(pid, NULL, 0);
	ok(store_remove(&s));
	store_close(&s);
}

/* Whoever waits while the container is deleted is told so, though an heir has its name. */
static void deleted_while_waiting(bool again)
{
	auto_arena struct arena a = { 0 };
	struct store s = { 0 }, heir = { 0 };
	int status;
	pid_t waiter;

	ok(store_create(&a, root, "c1", &s));
	waiter = fork();
	assert_true(waiter >= 0);
	if (waiter == 0) {
		struct store mine = { 0 };
		struct err *err;

		close(s.lock);
		err = store_open(&a, root, "c1", true, &mine);
		_exit(err_code(err) == ENOENT && mine.lock <= 0 &&
		      !strcmp(err_text(err), "container does not exist") ? 0 : 1);
	}
	usleep(100 * 1000);
	ok(store_remove(&s));
	if (again)
		ok(store_create(&a, root, "c1", &heir));
	store_close(&s);
	assert_int_equal(waitpid(waiter, &status, 0), waiter);
	assert_int_equal(status, 0);
	store_close(&heir);
}

static void test_deleted_while_waiting(void **state)
{
	(void)state;
	deleted_while_waiting(false);
}

static void test_replaced_while_waiting(void **state)
{
	(void)state;
	deleted_while_waiting(true);
}

/* The same where a removed directory is told from an inode of another kind: on overlayfs. */
static void test_deleted_while_waiting_on_overlay(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip_because("not root");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mkdir("t", 0700) < 0 || mount("t", "t", "tmpfs", 0, NULL) < 0 ||
		    mkdir("t/l", 0700) < 0 || mkdir("t/u", 0700) < 0 || mkdir("t/w", 0700) < 0 ||
		    mkdir("t/m", 0700) < 0 || mount("o", "t/m", "overlay", 0,
						    "lowerdir=t/l,upperdir=t/u,workdir=t/w") < 0)
			_exit(77);
		snprintf(root, sizeof(root), "%s/t/m/hull", top);
		deleted_while_waiting(false);
		deleted_while_waiting(true);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_because("no overlay for us here");
	assert_int_equal(status, 0);
}

/* A process that was given a copy of the lock does not keep it when its maker lets it go. */
static void test_unlock_is_for_all_copies(void **state)
{
	auto_arena struct arena a = { 0 };
	struct store s = { 0 }, other = { 0 };
	pid_t pid;

	(void)state;
	ok(store_create(&a, root, "c1", &s));
	pid = fork();
	if (pid == 0)
		for (prctl(PR_SET_PDEATHSIG, SIGKILL);;)
			pause();
	store_unlock(&s);
	ok(store_open(&a, root, "c1", true, &other));
	store_close(&other);
	store_close(&s);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

enum { WORKERS = 6, ROUNDS = 300 };

/* Makes and deletes the same container; a file in it proves that nobody else has it. */
static int worker(void)
{
	int done = 0;

	/* Who comes last gets in when the others have ended. */
	for (int i = 0; i < ROUNDS || !done; i++) {
		struct arena a = { 0 };
		struct store s = { 0 };
		struct err *err = i % 2 ? store_create(&a, root, "c1", &s) :
					  store_open(&a, root, "c1", true, &s);

		if (!err) {
			auto_fd int fd = -1;

			if (dir_enter(&s.dir, "mine", O_CREAT | O_EXCL | O_WRONLY, 0600, &fd))
				return 1;
			usleep(rand() % 100);
			if (i % 3 ? !!store_remove(&s) : unlinkat(s.dir.fd, "mine", 0) < 0)
				return 2;
			store_close(&s);
			done++;
		} else if (err_code(err) != EEXIST && err_code(err) != ENOENT) {
			return 3;
		}
		err_free(err);
		arena_free(&a);
	}
	return 0;
}

static void test_workers(void **state)
{
	int status;

	(void)state;
	for (int w = 0; w < WORKERS; w++)
		if (fork() == 0) {
			srand((unsigned)w);
			_exit(worker());
		}
	for (int w = 0; w < WORKERS; w++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_id),
		TEST(test_life),
		TEST(test_bad_ids_touch_nothing),
		TEST(test_list),
		TEST(test_many),
		TEST(test_root_of_others_is_refused),
		TEST(test_root_that_is_no_directory),
		TEST(test_link_for_a_container),
		TEST(test_wait_is_bounded_and_names_the_holder),
		TEST(test_holder_is_killed),
		TEST(test_deleted_while_waiting),
		TEST(test_replaced_while_waiting),
		TEST(test_deleted_while_waiting_on_overlay),
		TEST(test_unlock_is_for_all_copies),
		TEST(test_workers),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
