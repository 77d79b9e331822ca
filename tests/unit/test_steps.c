/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every single row of the list of steps fails in turn, on its own side; then
 * nothing may be left: no state, no cgroup, no process, no mount, no
 * descriptor. The list is the real one, so this needs root; it works in a
 * mount namespace of its own with a pure cgroup2.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../../lib/verbs/verbs.h"
#include "hull/sys.h"

static const char config[] =
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\",\"readonly\":true},"
	"\"process\":{\"cwd\":\"/\",\"args\":[\"/program\"],\"user\":{\"uid\":0,\"gid\":0},"
	"\"capabilities\":{\"bounding\":[\"CAP_KILL\"]}},"
	"\"hostname\":\"steps\","
	"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
	"{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"mode=755\"]}],"
	"\"linux\":{\"cgroupsPath\":\"/hull-test-steps\",\"maskedPaths\":[\"/proc/kcore\"],"
	"\"resources\":{\"devices\":[{\"allow\":false}]},"
	"\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"},"
	"\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"ipc\"},"
	"{\"type\":\"network\"},{\"type\":\"cgroup\"}]}}";

static char bundle[] = "/tmp/hull-test-steps.XXXXXX";
static char root[sizeof(bundle) + 8];

static struct err *fails(const struct plan *plan, struct live *live)
{
	(void)plan;
	(void)live;
	return err_new(EDOM, "made to fail");
}

static void silent(const char *text)
{
	fail_msg("unexpected warning: %s", text);
}

static void put(const char *name, const char *text, mode_t mode)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", bundle, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static int entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static char *mounts(void)
{
	char *text = NULL;

	assert_null(path_read("/proc/self/mountinfo", &text, NULL));
	return text;
}

static struct err *create_failing(size_t row)
{
	struct step list[128];
	struct hull h = { .root = root, .warn = silent };
	struct hull_create req = { .id = "t", .bundle = bundle };
	enum side side = steps[row].side;
	size_t n = 0;

	while (steps[n].name)
		n++;
	assert_true(n + 1 < countof(list));
	memcpy(list, steps, (n + 1) * sizeof(*list));
	/* Who is to arrive first at a meeting fails before it does; the other still waits there. */
	if (side == CHILD_FIRST || side == PARENT_FIRST)
		memmove(&list[row + 1], &list[row], (n + 1 - row) * sizeof(*list));
	if (side == CHILD_FIRST)
		side = CHILD;
	if (side == PARENT_FIRST)
		side = PARENT;
	list[row] = (struct step){ steps[row].name, side, steps[row].verbs, fails,
				   steps[row].undo, NULL };
	return create_by(list, &h, &req, NULL);
}

static void fail_at(size_t row)
{
	char what[96];
	auto_free char *before = mounts();
	auto_free char *after = NULL;
	int fds = entries("/proc/self/fd");
	auto_err struct err *err = create_failing(row);

	snprintf(what, sizeof(what), "%s: made to fail", steps[row].name);
	if (strcmp(err_text(err), what))
		fail_msg("row %s: \"%s\"", steps[row].name, err_text(err));
	after = mounts();
	assert_string_equal(before, after);
	assert_int_equal(entries("/proc/self/fd"), fds);
	assert_int_equal(entries(root), 2);	/* "." and ".." */
	assert_int_equal(access("/sys/fs/cgroup/hull-test-steps", F_OK), -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_every_row(void **unused)
{
	size_t n = 0;

	(void)unused;
	for (size_t row = 0; steps[row].name; row++) {
		if (!(steps[row].verbs & VERB_CREATE) || !strcmp(steps[row].name, "await-start"))
			continue;
		if (!strcmp(steps[row].name, "saved"))
			break;		/* from here on the container is made */
		fail_at(row);
		n++;
	}
	print_message("%zu rows failed, each without a trace\n", n);
	assert_true(n > 25);
}

static int setup(void **unused)
{
	char path[128];

	(void)unused;
	if (geteuid() || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    /* EBUSY: it is one already */
	    (mount("cgroup", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0 && errno != EBUSY) ||
	    !mkdtemp(bundle))
		return -1;
	snprintf(root, sizeof(root), "%s/state", bundle);
	snprintf(path, sizeof(path), "%s/rootfs", bundle);
	umask(022);
	mkdir(root, 0700);
	mkdir(path, 0755);
	put("config.json", config, 0644);
	put("rootfs/program", "#!\n", 0755);
	return 0;
}

static int teardown(void **unused)
{
	auto_fd int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)unused;
	return dir_remove_tree(&(struct dir){ tmp, "/tmp" }, bundle + 5) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_row) };

	if (geteuid()) {
		print_message("[  SKIPPED ] steps: needs root\n");
		return 0;
	}
	return cmocka_run_group_tests_name("steps", tests, setup, teardown);
}
