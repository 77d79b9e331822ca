/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted on: see target.h. */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>

#include "hull/sys.h"

#include "child.h"

enum { PROC_ROOT_INODE = 1 };

struct err *target_plain(const struct live *live, const char *path)
{
	auto_fd int fd = -1;
	struct err *err = dir_open(&live->root, path, O_PATH | O_NOFOLLOW, &fd);
	struct stat st;

	if (err_code(err) == ENOENT) {
		err_free(err);
		return NULL;
	}
	if (err)
		return err;
	if (fstat(fd, &st) < 0)
		return err_sys("fstat", path);
	if (!S_ISDIR(st.st_mode))
		return err_new(ENOTDIR, "%s must be mounted on ordinary directory", path);
	return NULL;
}

/* /proc is the root of a procfs, not a link to something in one. */
static bool proc_is_plain(const struct live *live)
{
	auto_fd int fd = -1;
	auto_err struct err *err = dir_open(&live->root, "/proc", O_PATH | O_NOFOLLOW, &fd);
	struct stat st;

	return !err && fd_magic(fd) == PROC_SUPER_MAGIC && fstat(fd, &st) == 0 &&
	       st.st_ino == PROC_ROOT_INODE;
}

/*
 * Nothing covers files of a procfs, through which labels are written and masks
 * are laid (CVE-2019-16884, CVE-2019-19921), but what the planner lets through:
 * another procfs, and a few files, in which no directory is a link.
 */
static struct err *proc_check(const struct live *live, int target, const char *path)
{
	if (fd_magic(target) != PROC_SUPER_MAGIC || !strcmp(path, "/proc"))
		return NULL;
	if (!strncmp(path, "/proc/", strlen("/proc/")) && proc_is_plain(live))
		return NULL;
	return err_new(EPERM, "%s leads into a procfs, which must not be mounted over", path);
}

bool mountinfo_shared(const char *mountinfo, uint64_t id)
{
	for (const char *line = mountinfo; *line; line += *line == '\n') {
		const char *end = strchrnul(line, '\n');
		unsigned long long of;

		if (sscanf(line, "%llu ", &of) == 1 && of == id) {
			const char *tag = strstr(line, " shared:");

			return tag && tag < end;
		}
		line = end;
	}
	return true;
}

static struct err *mountinfo_read(bool inside, char **text)
{
	auto_fd int fd = -1;
	struct dir proc;
	char file[32];
	struct err *err;

	if (!inside)
		return path_read("/proc/self/mountinfo", text, NULL);
	/* The container's /proc may be anything. */
	err = proc_open(false, &proc);
	if (err)
		return err;
	fd = proc.fd;
	snprintf(file, sizeof(file), "%d/mountinfo", getpid());
	return dir_read(&proc, file, text, NULL);
}

struct err *target_private(const struct plan *plan, const struct live *live, int target,
			   const char *path, bool inside)
{
	auto_free char *mountinfo = NULL;
	uint64_t root, id;
	struct err *err;

	if (!plan->rootfs.shares)
		return NULL;
	err = mount_id(live->root.fd, &root);
	if (!err)
		err = mount_id(target, &id);
	if (err || id == root)	/* the root is shared with nobody yet */
		return err;
	err = mountinfo_read(inside, &mountinfo);
	if (err || !mountinfo_shared(mountinfo, id))
		return err;
	err = err_new(EPERM, "%s lies in a mount that is shared with the host", path);
	return err_set(err, ERR_HINT, "what is mounted there would appear on the host, and stay");
}

struct err *target_attach(const struct plan *plan, const struct live *live, int mount, int target,
			  const char *path)
{
	struct err *err = proc_check(live, target, path);

	if (!err)
		err = target_private(plan, live, target, path, false);
	return err ? err : mount_attach(mount, target, path);
}
