/* SPDX-License-Identifier: Apache-2.0 */
/* The record on disk, however damaged; and whether its process is still the one it was. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "hull/state.h"

#include "check.h"

struct place {
	struct arena arena;
	struct store store;
	struct dir root; /* the state directory, as who asks about many has it */
	char top[TOP];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	*state = p;
	umask(022);
	if (!top_make(p->top, "record"))
		return -1;
	ok(store_create(&p->arena, p->top, "c1", &p->store));
	ok(root_open(p->top, &p->root));
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	store_close(&p->store);
	close(p->root.fd);
	top_remove(p->top);
	arena_free(&p->arena);
	free(p);
	return 0;
}

static const char whole[] =
	"{\"schema\":1,\"id\":\"c1\",\"bundle\":\"/b\",\"rootfs\":\"/b/rootfs\","
	"\"created\":\"2026-09-01T00:00:00.000000001Z\",\"uid\":1000,\"bootId\":\"x-y\","
	"\"phase\":\"created\",\"pid\":4242,\"startTime\":18446744073709551615,\"pidfdId\":77,"
	"\"started\":true,"
	"\"cgroupManager\":\"cgroupfs\",\"cgroup\":\"/sys/fs/cgroup/hull/c1\","
	"\"cgroupExisted\":true,\"cgroupParents\":2,\"privatePidns\":true,\"keep\":true,"
	"\"hooks\":{\"poststart\":[{\"path\":\"/bin/a\",\"args\":[\"a\",\"b\"],\"timeout\":5}],"
	"\"poststop\":[{\"path\":\"/bin/c\",\"env\":[\"X=1\"]}]},"
	"\"annotations\":{\"k\":\"v\",\"run.oci.x\":\"\\u00e4\"}}";

static void put(struct place *p, const char *text)
{
	ok(dir_replace(&p->store.dir, "state.json", text, strlen(text)));
}

/* ---- the file ---- */

static void test_every_member(void **state)
{
	struct place *p = *state;
	struct record r = { 0 };
	auto_free char *text = NULL;
	struct stat st;

	put(p, whole);
	ok(record_load(&p->arena, &p->store, &r));
	assert_string_equal(r.id, "c1");
	assert_string_equal(r.bundle, "/b");
	assert_string_equal(r.rootfs, "/b/rootfs");
	assert_string_equal(r.created, "2026-09-01T00:00:00.000000001Z");
	assert_int_equal(r.uid, 1000);
	assert_string_equal(r.boot_id, "x-y");
	assert_string_equal(r.phase, "created");
	assert_int_equal(r.pid, 4242);
	assert_true(r.start_time == UINT64_MAX);
	assert_int_equal(r.pidfd_id, 77);
	assert_true(r.started && !r.executed && r.cgroup_existed && r.private_pidns && r.keep);
	assert_int_equal(r.cgroup_parents, 2);
	assert_string_equal(r.cgroup_manager, "cgroupfs");
	assert_string_equal(r.cgroup, "/sys/fs/cgroup/hull/c1");
	assert_int_equal(r.hooks->poststart.n, 1);
	assert_string_equal(r.hooks->poststart.v[0].args.v[1], "b");
	assert_int_equal(*r.hooks->poststart.v[0].timeout, 5);
	assert_string_equal(r.hooks->poststop.v[0].env.v[0], "X=1");
	assert_int_equal(r.annotations.n, 2);
	assert_string_equal(r.annotations.v[1].key, "run.oci.x");

	/* And back, to the byte. */
	put(p, "");
	ok(record_save(&p->store, &r));
	ok(dir_read(&p->store.dir, "state.json", &text, NULL));
	assert_string_equal(
		text,
		"{\"schema\":1,\"id\":\"c1\",\"bundle\":\"/b\","
		"\"rootfs\":\"/b/rootfs\","
		"\"created\":\"2026-09-01T00:00:00.000000001Z\",\"uid\":1000,"
		"\"bootId\":\"x-y\",\"phase\":\"created\",\"pid\":4242,"
		"\"startTime\":18446744073709551615,\"pidfdId\":77,"
		"\"started\":true,"
		"\"cgroupManager\":\"cgroupfs\",\"cgroup\":\"/sys/fs/cgroup/hull/c1\","
		"\"cgroupExisted\":true,\"cgroupParents\":2,\"privatePidns\":true,\"keep\":true,"
		"\"hooks\":{\"poststart\":[{\"path\":\"/bin/a\",\"args\":[\"a\",\"b\"],"
		"\"timeout\":5}],\"poststop\":[{\"path\":\"/bin/c\","
		"\"env\":[\"X=1\"]}]},"
		"\"annotations\":{\"k\":\"v\",\"run.oci.x\":\"\xc3\xa4\"}}");
	assert_int_equal(fstatat(p->store.dir.fd, "state.json", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
}

/* Cut off anywhere, it is an error, and never a record of half a container. */
static void test_truncated_at_every_byte(void **state)
{
	struct place *p = *state;

	for (size_t len = 0; len < strlen(whole); len++) {
		struct record r = { .pid = 77 };
		struct err *err;

		ok(dir_replace(&p->store.dir, "state.json", whole, len));
		err = record_load(&p->arena, &p->store, &r);
		assert_string_equal(err_get(err, ERR_PATH) + strlen(p->top), "/c1/state.json");
		fails_with(0, "record of container c1: ", err);
		assert_int_equal(r.pid, 77);
		assert_null(r.id);
	}
}

/* Any one byte changed: a record or an error, no crash, and nothing that must not be acted on. */
static void test_every_byte_garbled(void **state)
{
	static const char bytes[] = { 0, '"', '{', '9', '-', (char)0xff };
	struct place *p = *state;
	unsigned refused = 0;

	for (size_t i = 0; i < strlen(whole); i++)
		for (size_t b = 0; b < sizeof(bytes); b++) {
			struct arena a = { 0 };
			struct record r = { 0 };
			char text[sizeof(whole)];
			struct err *err;

			memcpy(text, whole, sizeof(whole));
			text[i] = bytes[b];
			ok(dir_replace(&p->store.dir, "state.json", text, strlen(whole)));
			err = record_load(&a, &p->store, &r);
			refused += err != NULL;
			if (!err) {
				assert_string_equal(r.id, "c1");
				assert_true(r.pid == 0 || r.pid > 1);
				assert_true(!r.cgroup || *r.cgroup == '/');
			}
			err_free(err);
			arena_free(&a);
		}
	assert_true(refused > strlen(whole));
}

#define HEAD "{\"schema\":1,\"id\":\"c1\",\"bundle\":\"/b\",\"rootfs\":\"/r\",\"created\":\"\"," \
	     "\"uid\":0,\"bootId\":\"\",\"phase\":\"created\""

static void test_what_is_believed(void **state)
{
	static const struct { const char *text; int code; const char *words; } cases[] = {
		{ HEAD "}" },
		{ HEAD ",\"future\":{\"x\":[1,null]},\"pid\":2}" },
		{ HEAD ",\"pid\":null,\"hooks\":null}" },
		{ HEAD ",\"cgroup\":\"/sys/fs/cgroup/a..b/...\"}" },
		{ HEAD ",\"cgroupSub\":\"a../b\"}" },
		{ "{\"schema\":2,\"id\":[]}",		ENOTSUP, "by a newer hull (schema 2" },
		{ "{\"schema\":4294967295}",		ENOTSUP, "written by a newer hull" },
		{ "{\"schema\":4294967296}",		0, "schema" },
		{ "{\"schema\":0}",			0, "id" },
		{ "{}",					0, "schema" },
		{ "[]",					0, "" },
		{ "null",				0, "" },
		{ HEAD ",\"pid\":1}",			EINVAL, "impossible pid 1" },
		{ HEAD ",\"pid\":-1}",			EINVAL, "impossible pid -1" },
		{ HEAD ",\"pid\":-2147483648}",		EINVAL, "impossible pid" },
		{ HEAD ",\"pid\":4294967298}",		0, "pid" },
		{ HEAD ",\"pid\":2.0}",			0, "pid" },
		{ HEAD ",\"startTime\":-1}",		0, "startTime" },
		{ HEAD ",\"cgroup\":\"\"}",		EINVAL, "impossible cgroup" },
		{ HEAD ",\"cgroup\":\"a/b\"}",		EINVAL, "impossible cgroup" },
		{ HEAD ",\"cgroup\":\"/a/../b\"}",	EINVAL, "impossible cgroup" },
		{ HEAD ",\"cgroup\":\"/a/..\"}",	EINVAL, "impossible cgroup" },
		{ HEAD ",\"cgroupSub\":\"/a\"}",	EINVAL, "impossible cgroup" },
		{ HEAD ",\"cgroupSub\":\"../a\"}",	EINVAL, "impossible cgroup" },
		{ HEAD ",\"cgroupSub\":\"a/..\"}",	EINVAL, "impossible cgroup" },
		{ HEAD "}{",				0, "" },
	};
	struct place *p = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct record r = { 0 };

		put(p, cases[i].text);
		if (cases[i].words)
			fails_with(cases[i].code, cases[i].words,
			      record_load(&p->arena, &p->store, &r));
		else
			ok(record_load(&p->arena, &p->store, &r));
	}
}

static void test_of_another_container(void **state)
{
	struct place *p = *state;
	struct record r = { 0 };
	struct store other = { 0 };

	ok(store_create(&p->arena, p->top, "c2", &other));
	ok(dir_replace(&other.dir, "state.json", whole, strlen(whole)));
	fails_with(EINVAL, "record of container c2: it is of another container, c1",
	      record_load(&p->arena, &other, &r));
	store_close(&other);
}

/* Without its directory: as it is with it, and no link is followed on the way. */
static void test_peek(void **state)
{
	struct place *p = *state;
	struct record r = { 0 };

	fails_with(ENOENT, "c1/state.json", record_peek(&p->arena, &p->root, "c1", &r));
	fails_with(ENOENT, "c2/state.json", record_peek(&p->arena, &p->root, "c2", &r));
	put(p, whole);
	ok(record_peek(&p->arena, &p->root, "c1", &r));
	assert_int_equal(r.pid, 4242);
	assert_int_equal(symlinkat("c1", p->root.fd, "c2"), 0);
	fails_with(ELOOP, "c2/state.json", record_peek(&p->arena, &p->root, "c2", &r));
	assert_int_equal(unlinkat(p->root.fd, "c2", 0), 0);
	assert_int_equal(renameat(p->root.fd, "c1", p->root.fd, "c2"), 0);
	fails_with(EINVAL, "record of container c2: it is of another container, c1",
		   record_peek(&p->arena, &p->root, "c2", &r));
}

static void test_without_a_record(void **state)
{
	struct place *p = *state;
	struct record r = { 0 };

	fails_with(ENOENT, "state.json", record_load(&p->arena, &p->store, &r));
	assert_int_equal(symlinkat("/etc/passwd", p->store.dir.fd, "state.json"), 0);
	fails_with(ELOOP, "state.json", record_load(&p->arena, &p->store, &r));
}

/* ---- processes ---- */

static struct err *name_set(const void *name)
{
	return prctl(PR_SET_NAME, name) < 0 ? err_sys("prctl", name) : NULL;
}

/* A child with the given name, which waits to be killed. */
static pid_t process(const char *name)
{
	return process_after(name_set, name);
}

/* One that has executed a program, as the processes of running containers have. */
static pid_t program(void)
{
	char *argv[] = { (char[]){ "sleep" }, (char[]){ "1000" }, NULL };
	pid_t pid;

	assert_int_equal(posix_spawn(&pid, "/bin/sleep", NULL, NULL, argv, environ), 0);
	return pid;
}

static void process_end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Whatever the name, the start lies between those of the neighbours. */
static void test_start_time_of_odd_names(void **state)
{
	static const char *const odd[] = { "plain", "a b", "x) Z 1 (", ")", "))) ) ", "(", "\n\n",
					   "1 2 3 4 5", ") R 0 0 0 0 0", "" };
	uint64_t us = process_start_time(getpid());

	(void)state;
	assert_true(us > 0);
	for (size_t i = 0; i < countof(odd); i++) {
		pid_t pid = process(odd[i]);
		uint64_t start = process_start_time(pid);

		assert_true(start >= us);
		assert_true(start < us + 100 * 600);	/* ticks: ten minutes */
		assert_true(process_start_time(pid) == start);
		process_end(pid);
		assert_true(process_start_time(pid) == 0);
	}
}

static void test_start_time_of_nobody(void **state)
{
	pid_t pid = process("zombie");
	siginfo_t info;

	(void)state;
	assert_true(process_start_time(0) == 0);
	assert_true(process_start_time(-1) == 0);
	assert_true(process_start_time(INT32_MIN) == 0);
	assert_true(process_start_time(INT32_MAX) == 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(kill(pid, 0), 0);		/* it is still there */
	assert_true(process_start_time(pid) == 0);
	process_end(pid);
}

/* ---- status ---- */

static char *word(struct place *p, const char *text)
{
	return arena_strdup(&p->arena, text);
}

/* A record of a running container whose process is @pid. */
static struct record record_of(struct place *p, pid_t pid)
{
	return (struct record){
		.schema = RECORD_SCHEMA, .id = word(p, "c1"), .bundle = word(p, "/b"),
		.rootfs = word(p, "/b/rootfs"), .created = word(p, "2026-09-01T00:00:00Z"),
		.boot_id = boot_id(&p->arena), .phase = word(p, "created"), .pid = pid,
		.start_time = process_start_time(pid), .started = true,
	};
}

static void assert_status(const struct record *r, const char *status)
{
	assert_string_equal(status_names[record_status(r)], status);
}

static void test_status(void **state)
{
	struct place *p = *state;
	pid_t pid = program();
	struct record r = record_of(p, pid);

	assert_int_equal(strlen(r.boot_id), 36);
	assert_status(&r, "running");
	r.started = false;
	assert_status(&r, "created");
	r.phase = word(p, "creating");
	assert_status(&r, "creating");
	r.started = true;			/* `run`: the program is what says that it was created */
	assert_status(&r, "running");
	r.pid = 0;
	assert_status(&r, "creating");
	r.boot_id = word(p, "00000000-0000-0000-0000-000000000000");
	assert_status(&r, "stopped");
	r = record_of(p, pid);
	r.pid = 0;
	assert_status(&r, "stopped");
	process_end(pid);
	r = record_of(p, pid);
	assert_status(&r, "stopped");
}

/* Let go, but still on the way to its program. */
static void test_not_executed(void **state)
{
	struct place *p = *state;
	pid_t pid = process("init");
	struct record r = record_of(p, pid);

	assert_status(&r, "created");
	r.phase = word(p, "creating");
	assert_status(&r, "creating");
	process_end(pid);
}

/* The pid exists, but it is not the container's process any more. */
static void test_reused_pid(void **state)
{
	struct place *p = *state;
	pid_t pid = process("heir");
	const struct record good = record_of(p, pid);
	int fd = -1;

	for (int i = 0; i < 5; i++) {
		struct record r = good;

		if (i == 0)
			r.start_time--;
		if (i == 1)
			r.start_time++;
		if (i == 2)
			r.start_time = 0;
		if (i == 3)
			r.boot_id = word(p, "another");
		if (i == 4)
			r.pid = 1, r.start_time = process_start_time(1);
		assert_status(&r, "stopped");
		fails_with(ESRCH, "container not running", record_pidfd(&r, &fd));
		assert_int_equal(fd, -1);
	}
	assert_int_equal(kill(pid, 0), 0);
	process_end(pid);
}

/* R, S, Z, …; 0 if it is gone. */
static char task_state(pid_t pid)
{
	char path[32], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(f);
	return state;
}

_Noreturn static void *pause_for_ever(void *unused)
{
	(void)unused;
	for (;;)
		pause();
}

/* Lives on in its second thread. */
static pid_t process_without_first_thread(void)
{
	pid_t pid = fork();
	siginfo_t info = { 0 };
	pthread_t thread;

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!pthread_create(&thread, NULL, pause_for_ever, NULL))
			syscall(SYS_exit, 0);
		_exit(1);
	}
	while (task_state(pid) != 'Z')
		usleep(1000);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	assert_int_equal(info.si_pid, 0);
	return pid;
}

static void test_first_thread_ended(void **state)
{
	struct place *p = *state;
	pid_t pid = process_without_first_thread();
	auto_fd int pidfd = pidfd_open(pid, 0);
	struct record r = record_of(p, pid);

	assert_true(r.start_time > 0);
	r.started = false;
	assert_status(&r, "created");
	r.pidfd_id = pidfd_id(pidfd);
	assert_status(&r, "created");
	kill(pid, SIGKILL);
	assert_int_equal(poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, 10000), 1);
	assert_status(&r, "stopped");
	r.pidfd_id = 0;
	assert_status(&r, "stopped");
	process_end(pid);
}

/* As the kernel tells the pidfds of two processes apart; a record without a start time has no more.
 */
static void test_known_by_pidfd(void **state)
{
	struct place *p = *state;
	pid_t pid = process("init"), other = process("other");
	const int pidfd = pidfd_open(pid, 0), another = pidfd_open(other, 0);
	struct record r = record_of(p, pid);
	const uint64_t start_time = r.start_time;

	r.pidfd_id = pidfd_id(pidfd);
	if (r.pidfd_id == 0)
		skip_because("pidfds have no numbers here: Linux 6.9 is needed");
	assert_true(pidfd_id(another) && pidfd_id(another) != r.pidfd_id);
	assert_true(pidfd_id(p->store.dir.fd) == 0 && pidfd_id(-1) == 0);
	r.start_time = 0;
	r.executed = true;
	assert_status(&r, "running");
	r.started = false;
	r.executed = false;
	assert_status(&r, "created");
	r.started = true;
	assert_status(&r, "stopped"); /* the process has to say whether it has executed */
	r.start_time = start_time;
	assert_status(&r, "created");
	r.executed = true;
	r.pid = other;
	assert_status(&r, "stopped");
	r.pid = pid;
	r.boot_id = word(p, "another");
	assert_status(&r, "stopped");
	r.boot_id = boot_id(&p->arena);
	assert_status(&r, "running");
	kill(pid, SIGKILL);
	assert_int_equal(poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, 10000), 1);
	assert_status(&r, "stopped"); /* a zombie */
	process_end(pid);
	assert_status(&r, "stopped");
	process_end(other);
	close(pidfd);
	close(another);
}

static void test_pidfd(void **state)
{
	struct place *p = *state;
	pid_t pid = program();
	struct record r = record_of(p, pid);
	struct pollfd ended;
	int fd = -1;

	ok(record_pidfd(&r, &fd));
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ended = (struct pollfd){ .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&ended, 1, 0), 0);
	kill(pid, SIGKILL);
	assert_int_equal(poll(&ended, 1, 10000), 1);
	close(fd);
	fd = -1;
	fails_with(ESRCH, "container not running", record_pidfd(&r, &fd));	/* a zombie */
	process_end(pid);
	fails_with(ESRCH, "container not running", record_pidfd(&r, &fd));
	r.pid = 0;
	fails_with(ESRCH, "container not running", record_pidfd(&r, &fd));
	r.pid = -1;
	fails_with(ESRCH, "container not running", record_pidfd(&r, &fd));
	assert_int_equal(fd, -1);
}

static void test_hold(void **state)
{
	struct place *p = *state;
	pid_t pid = program();
	struct record r = record_of(p, pid);
	enum status life;
	int fd = -1;

	ok(record_hold(&r, &life, &fd));
	assert_int_equal(life, STATUS_RUNNING);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	r.phase = word(p, "creating");
	r.started = false;
	ok(record_hold(&r, &life, &fd));
	assert_int_equal(life, STATUS_CREATING);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	r.start_time++;
	ok(record_hold(&r, &life, &fd));
	assert_int_equal(life, STATUS_STOPPED);
	assert_int_equal(fd, -1);
	r.pidfd_id = 1; /* of nobody */
	ok(record_hold(&r, &life, &fd));
	assert_int_equal(life, STATUS_STOPPED);
	assert_int_equal(fd, -1);
	r.pid = 0;
	ok(record_hold(&r, &life, &fd));
	assert_int_equal(life, STATUS_CREATING);
	assert_int_equal(fd, -1);
	process_end(pid);
	r = record_of(p, pid);
	r.phase = word(p, "creating");
	ok(record_hold(&r, &life, &fd));
	assert_int_equal(life, STATUS_STOPPED);
	assert_int_equal(fd, -1);
}

/* The cgroup's files, as the kernel shows them, in an ordinary directory. */
static void test_paused(void **state)
{
	static const struct { const char *events, *freeze, *status; } cases[] = {
		{ "populated 1\nfrozen 0\n",	"0\n",	"running" },
		{ "populated 1\nfrozen 1\n",	"1\n",	"paused" },
		{ "populated 1\nfrozen 1\n",	"0\n",	"paused" },
		{ "populated 1\nfrozen 0\n",	"1\n",	"paused" },
		{ "populated 1\n",		"",	"running" },
		{ "frozen 10\nnotfrozen 1\n",	"10\n",	"running" },
	};
	struct place *p = *state;
	pid_t pid = program();
	struct record r = record_of(p, pid);

	r.cgroup = (char *)p->store.dir.path;
	assert_status(&r, "running");		/* no such files */
	for (size_t i = 0; i < countof(cases); i++) {
		ok(dir_replace(&p->store.dir, "cgroup.events", cases[i].events,
			       strlen(cases[i].events)));
		ok(dir_replace(&p->store.dir, "cgroup.freeze", cases[i].freeze,
			       strlen(cases[i].freeze)));
		assert_status(&r, cases[i].status);
	}
	ok(dir_replace(&p->store.dir, "cgroup.freeze", "1\n", 2));
	r.started = false;
	assert_status(&r, "paused");
	r.cgroup = word(p, "/no/such/cgroup");
	assert_status(&r, "created");
	process_end(pid);
	r.cgroup = (char *)p->store.dir.path;
	assert_status(&r, "stopped");
}

static void cgroup_put(struct place *p, const char *name, const char *events)
{
	const char *path = arena_printf(&p->arena, "%s/%s", p->store.dir.path, name);
	struct dir d = { .path = path };
	auto_fd int fd = -1;

	ok(path_make(path, 0755));
	ok(path_open(path, O_RDONLY | O_DIRECTORY, &fd));
	d.fd = fd;
	ok(dir_replace(&d, "cgroup.events", events, strlen(events)));
}

/* One that was made for a container of its own pids, of which @facts are known. */
static struct record record_in(struct place *p, pid_t pid, struct facts *facts, const char *cgroup)
{
	struct record r = record_of(p, pid);

	r.cgroup = arena_printf(&p->arena, "%s/%s", p->store.dir.path, cgroup);
	r.private_pidns = true;
	r.executed = true;
	r.facts = facts;
	return r;
}

/* NULL: the cgroup does not tell. */
static void assert_seen(const struct record *r, const char *status)
{
	enum status seen = STATUS_STOPPED;
	bool tells = record_seen(r, &seen);

	assert_string_equal(tells ? status_names[seen] : "-", status ? status : "-");
}

/* One after the other, as a list asks: what was asked about others makes no difference. */
static void test_seen_in_cgroup(void **state)
{
	static const struct {
		const char *cgroup, *events, *status;
	} cgroups[] = {
		{ "a/1", "populated 1\nfrozen 0\n", "running" },
		{ "a/2", "populated 1\nfrozen 1\n", "paused" },
		{ "a", "populated 0\nfrozen 0\n", NULL },
		{ "ab/1", "populated 1\nfrozen 0\n", "running" },
		{ "ab/2", "populated 0\nfrozen 1\n", NULL },
		{ "a/3", "populated 1\n", "running" },
		{ "a/4", "populated 10\nunpopulated 1\n", NULL },
		{ "a/1/x", "populated 1\nfrozen 1\n", "paused" },
		{ "a/1", "populated 1\nfrozen 0\n", "running" },
		{ "b/1", "", NULL },
	};
	struct place *p = *state;
	pid_t pid = program();
	struct facts facts = { &p->arena, boot_id(&p->arena), { -1, "" } };
	struct record r;

	for (size_t i = 0; i < countof(cgroups); i++)
		cgroup_put(p, cgroups[i].cgroup, cgroups[i].events);
	for (size_t i = 0; i < countof(cgroups); i++) {
		r = record_in(p, pid, &facts, cgroups[i].cgroup);
		assert_seen(&r, cgroups[i].status);
	}
	/* A process tells the rest: of those whose cgroup does not, it is asked whether all are
	 * frozen. */
	r = record_in(p, pid, &facts, "a/2");
	r.private_pidns = false;
	assert_status(&r, "paused");
	r = record_in(p, pid, &facts, "ab/1");
	r.private_pidns = false;
	assert_status(&r, "running");
	r = record_in(p, pid, &facts, "a/none");
	assert_seen(&r, NULL);
	assert_status(&r, "running");
	r = record_in(p, pid, &facts, "none/1");
	assert_seen(&r, NULL);
	facts_close(&facts);
	assert_int_equal(facts.above.fd, -1);
	process_end(pid);
}

/* Where others may be in the cgroup, or who is in it may be another, it proves nothing. */
static void test_not_seen_in_cgroup(void **state)
{
	struct place *p = *state;
	pid_t pid = program();
	struct facts facts = { &p->arena, boot_id(&p->arena), { -1, "" } };
	const struct record is = record_in(p, pid, &facts, "a/1");
	struct record r = is;

	cgroup_put(p, "a/1", "populated 1\nfrozen 0\n");
	assert_seen(&r, "running");
	r.cgroup_existed = true;
	assert_seen(&r, NULL);
	r = is;
	r.private_pidns = false;
	assert_seen(&r, NULL);
	r = is;
	r.cgroup = NULL;
	assert_seen(&r, NULL);
	r = is;
	r.executed = false;
	assert_seen(&r, NULL);
	r.started = false;
	assert_seen(&r, "created");
	r.phase = word(p, "creating");
	assert_seen(&r, "creating");
	r = is;
	r.boot_id = word(p, "another");
	assert_seen(&r, NULL);
	r = is;
	for (r.pid = -1; r.pid <= 1; r.pid++)
		assert_seen(&r, NULL);
	process_end(pid);
	assert_seen(&is, NULL);
	facts_close(&facts);
}

/* ---- the brief ---- */

static void test_brief(void **state)
{
	struct place *p = *state;
	struct record r = { 0 }, brief = { 0 };

	put(p, whole);
	ok(record_load(&p->arena, &p->store, &r));
	assert_false(r.executed || record_brief(&p->arena, &p->root, "c1", &brief));
	r.cgroup_existed = false;
	r.bundle = word(p, "/b\nc \xc3\xa4\n");
	ok(record_executed(&p->store, &r));
	assert_true(r.executed && record_brief(&p->arena, &p->root, "c1", &brief));
	assert_string_equal(brief.id, "c1");
	assert_string_equal(brief.bundle, "/b\nc \xc3\xa4\n");
	assert_string_equal(brief.created, r.created);
	assert_string_equal(brief.boot_id, "x-y");
	assert_string_equal(brief.cgroup, r.cgroup);
	assert_string_equal(brief.phase, "created");
	assert_int_equal(brief.pid, 4242);
	assert_int_equal(brief.uid, 1000);
	assert_true(brief.started && brief.executed && record_lives_in_cgroup(&brief));
	ok(record_executed(&p->store, &r)); /* again */
	ok(record_load(&p->arena, &p->store, &r));
	assert_true(r.executed);
	r.executed = false;
	ok(record_peek(&p->arena, &p->root, "c1", &r));
	assert_true(r.executed);
	r.started = false;
	ok(record_save(&p->store, &r));
	ok(record_load(&p->arena, &p->store, &r));
	assert_false(r.executed); /* of what was not let go nothing was executed */
}

static char *path_of(struct place *p, size_t len)
{
	char *path = arena_array(&p->arena, char, len + 1);

	memset(path, 'x', len);
	*path = '/';
	return path;
}

/* What cannot be told in brief, or would not be true for long, is not: but that it was executed. */
static void test_brief_of_little(void **state)
{
	struct place *p = *state;
	struct record is = { 0 }, brief = { 0 }, r;
	const struct {
		char *bundle, *cgroup;
		bool existed, pidns;
	} cases[] = {
		{ path_of(p, 1020), word(p, "/c"), false, true },
		{ word(p, "/b"), path_of(p, 1020), false, true },
		{ word(p, "/b"), word(p, "/c\nd"), false, true },
		{ word(p, "/b"), word(p, "/c"), true, true },
		{ word(p, "/b"), word(p, "/c"), false, false },
		{ word(p, "/b"), NULL, false, true },
	};

	put(p, whole);
	ok(record_load(&p->arena, &p->store, &is));
	for (size_t i = 0; i < countof(cases); i++) {
		r = is;
		r.bundle = cases[i].bundle;
		r.cgroup = cases[i].cgroup;
		r.cgroup_existed = cases[i].existed;
		r.private_pidns = cases[i].pidns;
		ok(record_executed(&p->store, &r));
		assert_false(record_brief(&p->arena, &p->root, "c1", &brief));
		ok(record_load(&p->arena, &p->store, &r));
		assert_true(r.executed);
		assert_int_equal(unlinkat(p->store.dir.fd, "brief", 0), 0);
	}
}

/* Whatever is there: it is a brief, or it tells nothing. */
static void test_brief_damaged(void **state)
{
	static const char *const texts[] = {
		"x",
		"\n",
		"\n\n\n\n\n",
		"2",
		"2\n0\nt\nb\n/c",
		"2\n0\nt\nb\nc\n/b",
		"2\n0\nt\nb\n/c/../d\n/b",
		"2\n0\nt\nb\n\n/b",
		"\n0\nt\nb\n/c\n/b",
		"0\n0\nt\nb\n/c\n/b",
		"1\n0\nt\nb\n/c\n/b",
		"-1\n0\nt\nb\n/c\n/b",
		"2x\n0\nt\nb\n/c\n/b",
		"4294967298\n0\nt\nb\n/c\n/b",
		"2\n-1\nt\nb\n/c\n/b",
		"2\n4294967296\nt\nb\n/c\n/b",
	};
	struct place *p = *state;
	struct record r = { 0 };

	for (size_t i = 0; i < countof(texts); i++) {
		assert_int_equal(symlinkat(texts[i], p->store.dir.fd, "brief"), 0);
		assert_false(record_brief(&p->arena, &p->root, "c1", &r));
		assert_int_equal(unlinkat(p->store.dir.fd, "brief", 0), 0);
	}
	ok(dir_replace(&p->store.dir, "brief", "2\n0\nt\nb\n/c\n/b", 14)); /* no link */
	assert_false(record_brief(&p->arena, &p->root, "c1", &r));
}

/* ---- the state document ---- */

static void assert_state(struct place *p, const char *status, pid_t pid, const char *json)
{
	struct json_pair pairs[] = { { word(p, "a"), word(p, "1") }, { 0 } };
	struct record r = record_of(p, getpid());
	struct oci_state s;
	auto_free char *text = NULL;

	r.annotations.v = pairs;
	r.annotations.n = 1;
	record_state(&p->arena, &r, status, pid, &s);
	text = json_encode(&type_oci_state, &s, JSON_COMPACT);
	assert_string_equal(text, json);
}

static void test_state_document(void **state)
{
	struct place *p = *state;

	assert_state(p, "running", 42, "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\","
		     "\"status\":\"running\",\"pid\":42,\"bundle\":\"/b\",\"rootfs\":\"/b/rootfs\","
		     "\"created\":\"2026-09-01T00:00:00Z\","
		     "\"annotations\":{\"a\":\"1\"},\"owner\":\"\"}");
	assert_state(p, "stopped", 0, "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\","
		     "\"status\":\"stopped\",\"pid\":0,\"bundle\":\"/b\",\"rootfs\":\"/b/rootfs\","
		     "\"created\":\"2026-09-01T00:00:00Z\","
		     "\"annotations\":{\"a\":\"1\"},\"owner\":\"\"}");
	assert_state(p, "creating", 0, "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\","
		     "\"status\":\"creating\",\"bundle\":\"/b\",\"rootfs\":\"/b/rootfs\","
		     "\"created\":\"2026-09-01T00:00:00Z\","
		     "\"annotations\":{\"a\":\"1\"},\"owner\":\"\"}");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_member),
		TEST(test_truncated_at_every_byte),
		TEST(test_every_byte_garbled),
		TEST(test_what_is_believed),
		TEST(test_of_another_container),
		TEST(test_peek),
		TEST(test_without_a_record),
		TEST(test_start_time_of_odd_names),
		TEST(test_start_time_of_nobody),
		TEST(test_status),
		TEST(test_not_executed),
		TEST(test_reused_pid),
		TEST(test_first_thread_ended),
		TEST(test_known_by_pidfd),
		TEST(test_pidfd),
		TEST(test_hold),
		TEST(test_paused),
		TEST(test_seen_in_cgroup),
		TEST(test_not_seen_in_cgroup),
		TEST(test_brief),
		TEST(test_brief_of_little),
		TEST(test_brief_damaged),
		TEST(test_state_document),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
