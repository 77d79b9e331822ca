/* SPDX-License-Identifier: Apache-2.0 */
/* dir.h: what images do with links, what neighbours do with renames, and nothing gets out. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "hull/dir.h"

#include "check.h"

enum { RACES = 2500, DISTURBANCES = 30 };

/* TOP/root is the container's, TOP/outside the host's; both are opened, we stand in TOP. */
struct place {
	char top[TOP];
	struct dir dir, root;
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	umask(0);
	if (!top_make(p->top, "dir") || chdir(p->top) < 0)
		return -1;
	p->dir = (struct dir){ open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), p->top };
	mkdir("root", 0755);
	mkdir("outside", 0755);
	close(open("outside/canary", O_CREAT | O_WRONLY, 0644));
	p->root = (struct dir){ open("root", O_PATH | O_DIRECTORY | O_CLOEXEC), "root" };
	*state = p;
	return p->root.fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	close(p->root.fd);
	close(p->dir.fd);
	top_remove(p->top);
	free(p);
	return 0;
}

/* Whether @fd is the file at @path, which is not followed. */
static bool same(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !lstat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Nothing came to TOP/outside, and nothing new to TOP. */
static void assert_outside_untouched(const struct place *p)
{
	auto_arena struct arena a = { 0 };
	const struct dir outside = { open("outside", O_PATH | O_CLOEXEC), "outside" };
	names list;
	struct stat st;

	ok(dir_list(&a, &outside, &list));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.v[0], "canary");
	assert_int_equal(stat("outside/canary", &st), 0);
	assert_int_equal(st.st_size, 0);
	close(outside.fd);
	ok(dir_list(&a, &p->dir, &list));
	assert_int_equal(list.n, 2);
}

/* ---- links ---- */

static void links_make(const struct place *p)
{
	char target[PATH_MAX];

	snprintf(target, sizeof(target), "%s/outside", p->top);
	assert_int_equal(mkdir("root/etc", 0755), 0);
	assert_int_equal(mkdir("root/a", 0755), 0);
	close(open("root/etc/file", O_CREAT | O_WRONLY, 0644));
	assert_int_equal(symlink("/etc", "root/absolute"), 0);
	assert_int_equal(symlink("../../../../etc", "root/a/up"), 0);
	assert_int_equal(symlink("a/up", "root/chain"), 0);
	assert_int_equal(symlink("loop", "root/loop"), 0);
	assert_int_equal(symlink(target, "root/escape"), 0);
	assert_int_equal(symlink("../outside", "root/sibling"), 0);
	assert_int_equal(symlink("/run/missing/deep", "root/dangling"), 0);
	assert_int_equal(symlink("../run/resolve/stub.conf", "root/etc/resolv.conf"), 0);
	assert_int_equal(symlink("dangling", "root/dangling2"), 0);
	assert_int_equal(mkfifo("root/fifo", 0644), 0);
}

static void test_open_resolves_below_root(void **state)
{
	static const struct { const char *rel; const char *is; int code; } cases[] = {
		{ "/",				"root" },
		{ ".",				"root" },
		{ "..",				"root" },
		{ "../../..",			"root" },
		{ "/../outside",		NULL, ENOENT },
		{ "../outside/canary",		NULL, ENOENT },
		{ "etc/file",			"root/etc/file" },
		{ "/etc//./file",		"root/etc/file" },
		{ "absolute/file",		"root/etc/file" },
		{ "a/up/file",			"root/etc/file" },
		{ "chain/file",			"root/etc/file" },
		{ "a/../../../absolute",	"root/etc" },
		{ "loop",			NULL, ELOOP },
		{ "escape",			NULL, ENOENT },
		{ "sibling",			NULL, ENOENT },
		{ "dangling",			NULL, ENOENT },
		{ "etc/file/x",			NULL, ENOTDIR },
		{ "",				NULL, ENOENT },
	};
	struct place *p = *state;

	links_make(p);
	for (size_t i = 0; i < countof(cases); i++) {
		auto_fd int fd = -1;
		struct err *err = dir_open(&p->root, cases[i].rel, O_PATH, &fd);

		if (cases[i].code) {
			assert_int_equal(fd, -1);
			fails(cases[i].code, err);
			continue;
		}
		ok(err);
		assert_true(same(fd, cases[i].is));
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	}
	assert_outside_untouched(p);
}

static void test_open_long_chain_and_names(void **state)
{
	struct place *p = *state;
	char name[16], target[16], longest[NAME_MAX + 2], path[5000];
	auto_fd int fd = -1;

	for (int i = 0; i < 41; i++) {
		snprintf(name, sizeof(name), "root/l%d", i);
		snprintf(target, sizeof(target), "l%d", i + 1);
		assert_int_equal(symlink(target, name), 0);
	}
	assert_int_equal(mkdir("root/l41", 0755), 0);
	fails(ELOOP, dir_open(&p->root, "l0", O_PATH, &fd));
	fails(ELOOP, dir_make(&p->root, "l0/x", 0755, &fd));
	ok(dir_open(&p->root, "l1", O_PATH, &fd));

	memset(longest, 'x', sizeof(longest));
	longest[NAME_MAX + 1] = 0;
	close(fd);
	fails(ENAMETOOLONG, dir_make(&p->root, longest, 0755, &fd));
	longest[NAME_MAX] = 0;
	ok(dir_make(&p->root, longest, 0755, &fd));
	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = 0;
	fd = -1;
	fails(ENAMETOOLONG, dir_touch(&p->root, path, 0644, &fd));
}

static void test_magic_links_are_refused(void **state)
{
	static const char *const rels[] = { "self/root", "self/cwd", "self/exe", "self/fd/0",
					    "thread-self/root/tmp" };
	const struct dir proc = { open("/proc", O_PATH | O_CLOEXEC), "/proc" };
	int fd = -1;

	(void)state;
	for (size_t i = 0; i < countof(rels); i++) {
		fails(ELOOP, dir_open(&proc, rels[i], O_PATH, &fd));
		fails(ELOOP, dir_make(&proc, rels[i], 0755, &fd));
		fails(ELOOP, dir_touch(&proc, rels[i], 0644, &fd));
	}
	assert_int_equal(fd, -1);
	close(proc.fd);
}

/* ---- making ---- */

static void test_make(void **state)
{
	static const struct { const char *rel; const char *is; int code; bool there; } cases[] = {
		{ "/",				"root", 0, true },
		{ "etc",			"root/etc", 0, true },
		{ "etc/",			"root/etc", 0, true },
		{ "etc/x",			"root/etc/x" },
		{ "/absolute/y/z//",		"root/etc/y/z" },
		{ "chain/c",			"root/etc/c" },
		{ "dangling",			"root/run/missing/deep" },
		{ "dangling2/more",		"root/run/missing/deep/more" },
		{ "sibling/s",			"root/outside/s" },
		{ "new/../new2",		"root/new2" },
		{ "n1/./n2/../../n3/n4",	"root/n3/n4" },
		{ "../../up/../up/x",		"root/up/x" },
		{ "loop/x",			NULL, ELOOP },
		{ "etc/file",			NULL, ENOTDIR },
		{ "etc/file/x",			NULL, ENOTDIR },
		{ "fifo/x",			NULL, ENOTDIR },
	};
	struct place *p = *state;
	struct stat st;

	links_make(p);
	for (size_t i = 0; i < countof(cases); i++) {
		auto_fd int fd = -1;
		auto_fd int again = -1;
		bool made = false;
		struct err *err = dir_make_new(&p->root, cases[i].rel, 0751, &fd, &made);

		if (cases[i].code) {
			fails(cases[i].code, err);
			continue;
		}
		ok(err);
		assert_true(same(fd, cases[i].is));
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		assert_int_equal(made, !cases[i].there);
		ok(dir_make_new(&p->root, cases[i].rel, 0751, &again, &made));
		assert_true(same(again, cases[i].is));
		assert_false(made);
	}
	assert_int_equal(stat("root/etc/y", &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0751);
	assert_true(path_exists("root/new") && path_exists("root/n1/n2"));
	assert_outside_untouched(p);
}

/* A link to an absolute path outside makes that path inside. */
static void test_make_through_an_escaping_link(void **state)
{
	struct place *p = *state;
	auto_fd int fd = -1;
	char inside[PATH_MAX];

	links_make(p);
	ok(dir_make(&p->root, "escape/x", 0755, &fd));
	snprintf(inside, sizeof(inside), "root%s/outside/x", p->top);
	assert_true(same(fd, inside));
	assert_outside_untouched(p);
}

static void test_make_thousand_levels(void **state)
{
	struct place *p = *state;
	char path[4000] = "";
	auto_fd int fd = -1;

	for (int i = 0; i < 1000; i++)
		memcpy(path + (size_t)i * 2, "d/", 3);
	ok(dir_make(&p->root, path, 0755, &fd));
	close(fd);
	ok(dir_open(&p->root, path, O_PATH, &fd));
	/* More than dir_remove_tree goes down; in pieces of a hundred it does. */
	fails(ELOOP, dir_remove_tree(&p->dir, "root"));
	for (int i = 0; i < 9; i++) {
		char piece[32];

		path[101 * 2 - 1] = 0;
		assert_int_equal(renameat(p->root.fd, path, p->root.fd, "rest"), 0);
		snprintf(piece, sizeof(piece), "piece%d", i);
		assert_int_equal(renameat(p->root.fd, "d", p->root.fd, piece), 0);
		assert_int_equal(renameat(p->root.fd, "rest", p->root.fd, "d"), 0);
	}
}

static void test_touch(void **state)
{
	static const struct { const char *rel; const char *is; int code; } cases[] = {
		{ "etc/file",			"root/etc/file" },
		{ "etc",			"root/etc" },
		{ "fifo",			"root/fifo" },
		{ "etc/new",			"root/etc/new" },
		{ "p/q/r",			"root/p/q/r" },
		{ "etc/resolv.conf",		"root/run/resolve/stub.conf" },
		{ "dangling2",			"root/run/missing/deep" },
		{ "sibling",			"root/outside" },
		{ "loop",			NULL, ELOOP },
		{ "etc/file/x",			NULL, ENOTDIR },
	};
	struct place *p = *state;
	struct stat st;

	links_make(p);
	for (size_t i = 0; i < countof(cases); i++) {
		auto_fd int fd = -1;
		struct err *err = dir_touch(&p->root, cases[i].rel, 0640, &fd);

		if (cases[i].code) {
			fails(cases[i].code, err);
			continue;
		}
		ok(err);
		assert_true(same(fd, cases[i].is));
		assert_true(fcntl(fd, F_GETFL) & O_PATH);
	}
	assert_int_equal(stat("root/p/q/r", &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(stat("root/p/q", &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_outside_untouched(p);
}

static void test_messages_name_the_path(void **state)
{
	struct place *p = *state;
	struct err *err;
	int fd;

	err = dir_open(&p->root, "/no/such", O_PATH, &fd);
	assert_string_equal(err_text(err),
			    "openat2 root/no/such: no such file or directory (ENOENT)");
	assert_string_equal(err_get(err, ERR_PATH), "root/no/such");
	err_free(err);
	err = dir_enter(&p->root, "../outside", O_PATH, 0, &fd);
	assert_string_equal(err_text(err), "openat2 root/../outside: leads out of root or over a "
			    "mount point (EXDEV)");
	err_free(err);
}

/* In a child where openat2(2) is as in a kernel before 5.6: one clear refusal, no other way. */
static int without_openat2(const struct place *p)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { countof(filter), filter };
	struct err *err;
	int fd = -1;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return 77;
	err = dir_make(&p->root, "x", 0755, &fd);
	if (!strstr(err_text(err), "this kernel lacks it; Linux 5.14 or newer is needed"))
		return 1;
	err_free(err);
	err = dir_enter(&p->root, "x", O_PATH, 0, &fd);
	return err_code(err) == ENOSYS && fd == -1 && !path_exists("root/x") ? 0 : 2;
}

static void test_no_fallback(void **state)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(without_openat2(*state));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_because("openat2(2) cannot be forbidden here");
	assert_int_equal(status, 0);
}

/* ---- races ---- */

/*
 * A process that disturbs us until it is killed. It may do so DISTURBANCES
 * times a call of ours, which is less often than the call tries: whatever the
 * machine's timing, the call has to get there in the end.
 */
struct rival {
	pid_t pid;
	atomic_int *left;
};

static struct rival rival_start(bool (*disturb)(const char *one, const char *two), const char *one,
				const char *two)
{
	struct rival r = { .left = mmap(NULL, sizeof(*r.left), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0) };

	assert_true(r.left != MAP_FAILED);
	r.pid = fork();
	assert_true(r.pid >= 0);
	if (r.pid == 0)
		for (prctl(PR_SET_PDEATHSIG, SIGKILL);;)
			if (*r.left > 0 && disturb(one, two))
				--*r.left;
	return r;
}

static void rival_stop(struct rival *r)
{
	int status;

	kill(r->pid, SIGKILL);
	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(munmap(r->left, sizeof(*r->left)), 0);
}

static bool exchange(const char *one, const char *two)
{
	if (renameat2(AT_FDCWD, one, AT_FDCWD, two, RENAME_EXCHANGE) < 0)
		_exit(1);
	return true;
}

/* The directories on the way to @deepest and below @top that are empty. */
static bool remove_way(const char *deepest, const char *top)
{
	char path[PATH_MAX];
	bool removed = false;

	for (snprintf(path, sizeof(path), "%s", deepest); strcmp(path, top) != 0;
	     *strrchr(path, '/') = 0)
		removed |= rmdir(path) == 0;
	return removed;
}

/* The words of the link's target must not matter: the root's own tree is all there is. */
static void race(struct place *p, const char *target, void (*round)(struct place *p, int i))
{
	struct rival rival;

	assert_int_equal(mkdir("root/swap", 0755), 0);
	assert_int_equal(symlink(target, "root/swap.link"), 0);
	rival = rival_start(exchange, "root/swap", "root/swap.link");
	for (int i = 0; i < RACES; i++) {
		*rival.left = DISTURBANCES;
		round(p, i);
	}
	rival_stop(&rival);
	assert_outside_untouched(p);
}

static void round_make(struct place *p, int i)
{
	auto_fd int fd = -1;
	char rel[64];

	snprintf(rel, sizeof(rel), "swap/d%d/e", i);
	ok(dir_make(&p->root, rel, 0755, &fd));
}

static void round_touch(struct place *p, int i)
{
	auto_fd int fd = -1;
	char rel[64];

	snprintf(rel, sizeof(rel), "swap/f%d", i);
	ok(dir_touch(&p->root, rel, 0644, &fd));
}

/* The canary exists outside only, so it must never be opened. */
static void round_open(struct place *p, int i)
{
	auto_fd int fd = -1;

	fails(ENOENT, dir_open(&p->root, i % 2 ? "swap/canary" : "swap/../swap/canary", O_RDONLY,
			       &fd));
}

static void test_race_make_relative(void **state)
{
	race(*state, "../outside", round_make);
}

static void test_race_make_absolute(void **state)
{
	struct place *p = *state;
	char target[PATH_MAX];

	snprintf(target, sizeof(target), "%s/outside", p->top);
	race(p, target, round_make);
}

static void test_race_touch(void **state)
{
	race(*state, "../outside", round_touch);
}

static void test_race_open(void **state)
{
	race(*state, "../outside", round_open);
}

/* The directory in which something is made is moved out of the root and back. */
static void test_race_moved_out(void **state)
{
	struct place *p = *state;
	struct rival rival;

	assert_int_equal(mkdir("root/a", 0755), 0);
	assert_int_equal(mkdir("root/a/b", 0755), 0);
	assert_int_equal(mkdir("moved", 0755), 0);
	rival = rival_start(exchange, "root/a/b", "moved");
	for (int i = 0; i < RACES; i++) {
		auto_fd int fd = -1;

		*rival.left = DISTURBANCES;
		fails(ENOENT, dir_open(&p->root, "a/b/../../../outside/canary", O_RDONLY, &fd));
		assert_int_equal(fd, -1);
	}
	rival_stop(&rival);
}

/* Somebody removes what is being made. */
static void test_race_removed(void **state)
{
	struct place *p = *state;
	struct rival rival = rival_start(remove_way, "root/x/y/z", "root");

	for (int i = 0; i < RACES; i++) {
		auto_fd int fd = -1;

		*rival.left = DISTURBANCES;
		ok(dir_make(&p->root, "x/y/z", 0755, &fd));
	}
	rival_stop(&rival);
}

/* ---- our own directories ---- */

static void test_enter(void **state)
{
	struct place *p = *state;
	auto_fd int fd = -1;
	struct stat st;

	links_make(p);
	fails(ELOOP, dir_enter(&p->root, "absolute", O_PATH, 0, &fd));
	fails(ELOOP, dir_enter(&p->root, "absolute/file", O_RDONLY, 0, &fd));
	fails(EXDEV, dir_enter(&p->root, "..", O_PATH, 0, &fd));
	fails(EXDEV, dir_enter(&p->root, "/etc", O_PATH, 0, &fd));
	fails(EEXIST, dir_enter(&p->root, "etc/file", O_WRONLY | O_CREAT | O_EXCL, 0600, &fd));
	assert_int_equal(fd, -1);
	ok(dir_enter(&p->root, "etc/made", O_WRONLY | O_CREAT | O_EXCL, 0604, &fd));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0604);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	fd = -1;
	if (geteuid() == 0) {
		const struct dir slash = { open("/", O_PATH | O_CLOEXEC), "/" };

		fails(EXDEV, dir_enter(&slash, "proc", O_PATH, 0, &fd));
		close(slash.fd);
	}
}

static void test_read_write_replace(void **state)
{
	struct place *p = *state;
	auto_free char *text = NULL;
	auto_free char *again = NULL;
	auto_arena struct arena a = { 0 };
	const struct dir etc = { open("root", O_RDONLY | O_CLOEXEC), "root" };
	size_t size;
	names list;
	struct stat st;

	fails(ENOENT, dir_read(&p->root, "f", &text, &size));
	fails(ENOENT, dir_write(&p->root, "f", "x"));
	ok(dir_replace(&p->root, "f", "one\0two", 7));
	ok(dir_read(&p->root, "f", &text, &size));
	assert_int_equal(size, 7);
	assert_memory_equal(text, "one\0two", 8);
	assert_int_equal(stat("root/f", &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	ok(dir_replace(&p->root, "f", "", 0));
	ok(dir_write(&p->root, "f", "abc"));
	ok(dir_read(&p->root, "f", &again, NULL));
	assert_string_equal(again, "abc");
	/* Replaces a link, does not write through it; leaves no temporary file. */
	assert_int_equal(symlink("../outside/canary", "root/link"), 0);
	fails(ELOOP, dir_write(&p->root, "link", "x"));
	ok(dir_replace(&p->root, "link", "new", 3));
	ok(dir_list(&a, &etc, &list));
	assert_int_equal(list.n, 2);
	fails(EISDIR, dir_replace(&p->dir, "outside", "x", 1));
	assert_outside_untouched(p);
	close(etc.fd);
}

static void test_list(void **state)
{
	struct place *p = *state;
	auto_arena struct arena a = { 0 };
	names list;

	ok(dir_list(&a, &p->root, &list));
	assert_int_equal(list.n, 0);
	close(open("root/.hidden", O_CREAT | O_WRONLY, 0600));
	close(open("root/..odd", O_CREAT | O_WRONLY, 0600));
	for (int twice = 0; twice < 2; twice++) {
		ok(dir_list(&a, &p->root, &list));	/* O_PATH is enough, no offset is kept */
		assert_int_equal(list.n, 2);
	}
	assert_null(list.v[2]);
}

static void test_remove_tree(void **state)
{
	struct place *p = *state;

	links_make(p);
	assert_int_equal(symlink("../../outside", "root/a/out"), 0);
	assert_int_equal(mkdir("root/a/empty", 0500), 0);
	assert_int_equal(link("outside/canary", "root/a/hard"), 0);
	ok(dir_remove_tree(&p->dir, "root"));
	assert_false(path_exists("root"));
	ok(dir_remove_tree(&p->dir, "root"));
	assert_true(path_exists("outside/canary"));
	/* A link is removed, not what it leads to. */
	assert_int_equal(symlink("outside", "l"), 0);
	ok(dir_remove_tree(&p->dir, "l"));
	assert_true(path_exists("outside/canary"));
}

static void test_remove_tree_of_many(void **state)
{
	struct place *p = *state;
	char name[64];

	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "root/%s%d", i % 3 ? "f" : "d", i);
		if (i % 3)
			close(open(name, O_CREAT | O_WRONLY, 0600));
		else
			assert_int_equal(mkdir(name, 0700), 0);
	}
	ok(dir_remove_tree(&p->dir, "root"));
	assert_false(path_exists("root"));
}

/* In a child with mounts of its own: what is mounted below the tree survives. */
static void test_remove_tree_keeps_mounts(void **state)
{
	struct place *p = *state;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip_because("not root");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		mkdir("root/m", 0755);
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("outside", "root/m", NULL, MS_BIND, NULL) < 0)
			_exit(77);
		_exit(dir_remove_tree(&p->dir, "root") && path_exists("outside/canary") ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_because("no mounts for us here");
	assert_int_equal(status, 0);
	assert_outside_untouched(p);
}

/* ---- host paths ---- */

static void test_path_split(void **state)
{
	static const struct { const char *path, *parent, *name; } cases[] = {
		{ "/a/b/c", "/a/b", "c" },	{ "/c", "/", "c" },	{ "c", ".", "c" },
		{ "a/c", "a", "c" },		{ "//c", "/", "c" },	{ "/a//c", "/a", "c" },
		{ "/", "/", "" },		{ "a/", "a", "" },	{ "", ".", "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		auto_free char *parent = NULL;
		const char *name;

		path_split(cases[i].path, &parent, &name);
		assert_string_equal(parent, cases[i].parent);
		assert_string_equal(name, cases[i].name);
	}
}

static void test_path_clean(void **state)
{
	static const struct { const char *path, *clean; } cases[] = {
		{ "/a/b/../c//", "/a/c" },	{ "/", "/" },		{ "", "/work/dir" },
		{ "x", "/work/dir/x" },		{ "../x", "/work/x" },	{ "/../../x", "/x" },
		{ "../../../..", "/" },		{ "./././", "/work/dir" }, { "/...", "/..." },
		{ "/a/./b/.", "/a/b" },		{ "/.a/..b", "/.a/..b" }, { "//a///b", "/a/b" },
		{ "/a/..", "/" },		{ "/abc/../d", "/d" },
	};
	auto_arena struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_string_equal(path_clean(&a, "/work/dir", cases[i].path), cases[i].clean);
}

static void test_path_make(void **state)
{
	struct place *p = *state;
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), "%s/x/y//z/", p->top);
	ok(path_make(path, 0700));
	ok(path_make(path, 0755));
	ok(path_stat("x/y/z", &st));
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	ok(path_stat("x/y", &st));
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	ok(path_make("relative", 0711));
	ok(path_make("deep/relative", 0711));
	ok(path_make("/", 0700));
	ok(path_make("/proc", 0700));
	fails(ENOTDIR, path_make("outside/canary", 0700));
	fails(ENOTDIR, path_make("outside/canary/x", 0700));
	fails(ENOENT, path_make("", 0700));
	fails(ENOENT, path_make("/proc/hull/x", 0700));
}

static void test_path_replace(void **state)
{
	auto_free char *text = NULL;
	struct stat st;

	(void)state;
	ok(path_replace("pid", "123456", 6, 0644));
	ok(path_replace("pid", "42", 2, 0644));
	ok(path_read("pid", &text, NULL));
	assert_string_equal(text, "42");
	ok(path_stat("pid", &st));
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	fails(ENOENT, path_replace("no/such/pid", "1", 1, 0644));
	fails(EISDIR, path_replace("outside", "1", 1, 0644));
	fails(ENOENT, path_read("nothing", &text, NULL));
	fails(ENOENT, path_stat("nothing", &st));
	fails(EISDIR, path_read("outside", &text, NULL));
	assert_int_equal(unlink("pid"), 0);
	assert_outside_untouched(*state);
}

/* A kernel file without a size is read whole, too. */
static void test_path_read_proc(void **state)
{
	auto_free char *text = NULL;
	size_t size;

	(void)state;
	ok(path_read("/proc/self/status", &text, &size));
	assert_int_equal(strlen(text), size);
	assert_non_null(strstr(text, "nonvoluntary_ctxt_switches"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open_resolves_below_root),
		TEST(test_open_long_chain_and_names),
		TEST(test_magic_links_are_refused),
		TEST(test_make),
		TEST(test_make_through_an_escaping_link),
		TEST(test_make_thousand_levels),
		TEST(test_touch),
		TEST(test_messages_name_the_path),
		TEST(test_no_fallback),
		TEST(test_race_make_relative),
		TEST(test_race_make_absolute),
		TEST(test_race_touch),
		TEST(test_race_open),
		TEST(test_race_moved_out),
		TEST(test_race_removed),
		TEST(test_enter),
		TEST(test_read_write_replace),
		TEST(test_list),
		TEST(test_remove_tree),
		TEST(test_remove_tree_of_many),
		TEST(test_remove_tree_keeps_mounts),
		TEST(test_path_split),
		TEST(test_path_clean),
		TEST(test_path_make),
		TEST(test_path_replace),
		TEST(test_path_read_proc),
	};

	return cmocka_run_group_tests_name("dir", tests, NULL, NULL);
}
