/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts by descriptor: the mount API of Linux 5.2 and 5.12. mount(2) is not used. */
#include "hull/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cgroup_flags.h"

/*
 * Why the file system refused, in its own words: fscontext descriptors keep
 * a log of lines like "e tmpfs: Unknown parameter 'foo'".
 */
static struct err *context_error(int context, const char *call, const char *words)
{
	struct err *err = err_sys(call, words);
	char line[256];
	ssize_t n = read(context, line, sizeof(line) - 1);

	if (n <= 2)
		return err;
	line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	return err_set(err, ERR_HINT, "the kernel says: %s", line + 2);
}

/* What a parameter of fsconfig(2) may have: strndup_user(..., 256) in fs/fsopen.c. */
#define VALUE_MAX 255

/* Directories that are named by descriptors while a file system is made. */
struct layers {
	int fds[VALUE_MAX / (sizeof("/proc/self/fd/3:") - 1)];
	size_t n;
};

static void layers_close(struct layers *l)
{
	while (l->n)
		close(l->fds[--l->n]);
}

/* Opens one layer, in whose name a backslash stands before colons and itself, and names it anew. */
static struct err *layer_open(struct layers *l, char *name, FILE *out)
{
	char *to = name;
	struct err *err;

	for (char *from = name; *from; *to++ = *from++)
		if (*from == '\\' && from[1])
			from++;
	*to = 0;
	if (l->n == countof(l->fds))
		return err_new(E2BIG, "more than %zu directories", countof(l->fds));
	err = path_open(name, O_PATH | O_DIRECTORY, &l->fds[l->n]);
	if (!err)
		fprintf(out, "/proc/self/fd/%d", l->fds[l->n++]);
	return err;
}

/* Ends the first name of a list; returns the next one, NULL if there is none. */
static char *layer_end(char *name)
{
	for (; *name && *name != ':'; name++)
		if (*name == '\\' && name[1])
			name++;
	if (!*name)
		return NULL;
	*name = 0;
	return name + 1;
}

/*
 * Lists of an overlay's directories are soon longer than what fsconfig(2) takes:
 * Podman's for an image as a volume, where its store is a user's. The kernel
 * looks at them when the file system is created, so until then they stay open.
 */
static struct err *layers_shorten(struct layers *l, const char *value, char **text)
{
	auto_free char *list = strdup(value);
	size_t size;
	FILE *out = open_memstream(text, &size);
	struct err *err = NULL;

	for (char *name = list, *end; name && !err; name = end) {
		end = layer_end(name);
		if (*name)		/* nothing between two colons: data-only layers follow */
			err = layer_open(l, name, out);
		if (end)
			fputc(':', out);
	}
	fclose(out);
	return err;
}

static struct err *context_set(int context, const char *option, struct layers *l)
{
	const char *value = strchr(option, '=');
	auto_free char *key = NULL;
	auto_free char *text = NULL;
	struct err *err;
	int rc;

	if (value++) {
		key = strndup(option, (size_t)(value - 1 - option));
		if (strlen(value) > VALUE_MAX && l && !strcmp(key, "lowerdir")) {
			err = layers_shorten(l, value, &text);
			if (err)
				return err_add(err, "%s", key);
			value = text;
		}
		rc = fsconfig(context, FSCONFIG_SET_STRING, key, value, 0);
	} else {
		rc = fsconfig(context, FSCONFIG_SET_FLAG, option, NULL, 0);
	}
	return rc < 0 ? context_error(context, "fsconfig", option) : NULL;
}

static struct err *context_set_all(int context, char *const *data, size_t n, struct layers *l)
{
	struct err *err = NULL;

	for (size_t i = 0; i < n && !err; i++)
		err = context_set(context, data[i], l);
	return err;
}

/* Those of the host, which a container's mount must not take away. */
static struct err *cgroup_flags_keep(int context)
{
	auto_free char *flags = NULL;
	char *flag, *rest;
	struct err *err = cgroup_flags_find(&flags);

	for (rest = flags; !err && (flag = strsep(&rest, ","));)
		if (*flag)
			err = context_set(context, flag, NULL);
	return err_add(err, "keep the flags of the host's cgroup2");
}

struct err *mount_new(const char *fstype, const char *source, char *const *data, size_t n,
		      uint64_t attrs, int *mount)
{
	__attribute__((cleanup(layers_close))) struct layers layers = { .n = 0 };
	auto_fd int context = fsopen(fstype, FSOPEN_CLOEXEC);
	struct err *err;
	int fd;

	if (context < 0) {
		err = err_sys("fsopen", fstype);
		if (err_code(err) == ENODEV)
			err = err_set(err, ERR_HINT, "the kernel has no file system \"%s\"", fstype);
		return err;
	}
	if (source && fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return context_error(context, "fsconfig source", source);
	err = strcmp(fstype, "cgroup2") ? NULL : cgroup_flags_keep(context);
	if (!err)
		err = context_set_all(context, data, n, strcmp(fstype, "overlay") ? NULL : &layers);
	if (err)
		return err;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return context_error(context, "fsconfig create", fstype);
	fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)attrs);
	if (fd < 0)
		return context_error(context, "fsmount", fstype);
	*mount = fd;
	return NULL;
}

struct err *mount_clone(int fd, const char *words, bool recursive, int *mount)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	int tree = open_tree(fd, "", flags | (recursive ? AT_RECURSIVE : 0));

	if (tree < 0)
		return err_sys("open_tree", words);
	*mount = tree;
	return NULL;
}

/*
 * mount_namespaces(7): what a mount had when it came into a less privileged
 * namespace stays. Which of the flags that were to go are these?
 */
static struct err *locked_hint(struct err *err, int fd, const struct mount_attr *attr)
{
	static const struct {
		uint64_t attr;
		long flag;		/* of statfs(2) */
		const char *word;
	} flags[] = {
		{ MOUNT_ATTR_RDONLY,	 ST_RDONLY,	"ro" },
		{ MOUNT_ATTR_NOSUID,	 ST_NOSUID,	"nosuid" },
		{ MOUNT_ATTR_NODEV,	 ST_NODEV,	"nodev" },
		{ MOUNT_ATTR_NOEXEC,	 ST_NOEXEC,	"noexec" },
		{ MOUNT_ATTR_NOATIME,	 ST_NOATIME,	"noatime" },
		{ MOUNT_ATTR_NODIRATIME, ST_NODIRATIME, "nodiratime" },
	};
	char words[64];
	int len = 0;
	struct statfs fs;

	if (err_code(err) != EPERM || !attr->attr_clr || fstatfs(fd, &fs) < 0)
		return err;
	for (size_t i = 0; i < countof(flags); i++)
		if (attr->attr_clr & flags[i].attr && fs.f_flags & flags[i].flag)
			len += snprintf(words + len, sizeof(words) - (size_t)len, " %s", flags[i].word);
	return err_set(err, ERR_HINT, "locked, since it is a mount of another user namespace:%s",
		       len ? words : " access times, or a flag of a mount below");
}

static struct err *set_attr(int fd, const char *words, bool recursive, struct mount_attr *attr)
{
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	if (mount_setattr(fd, "", flags, attr, sizeof(*attr)) < 0)
		return locked_hint(err_sys("mount_setattr", words), fd, attr);
	return NULL;
}

struct err *mount_set(int fd, const char *words, bool recursive, uint64_t set, uint64_t clear,
		      uint64_t propagation)
{
	struct mount_attr attr = { set, clear, propagation, 0 };

	if (!set && !clear && !propagation)
		return NULL;
	return set_attr(fd, words, recursive, &attr);
}

struct err *mount_idmap(int fd, const char *words, bool recursive, int userns)
{
	struct mount_attr attr = { MOUNT_ATTR_IDMAP, 0, 0, (uint64_t)userns };

	return set_attr(fd, words, recursive, &attr);
}

/* A file on a directory is EINVAL here, for mount(2) it is ENOTDIR; engines look for its words. */
static bool kinds_differ(int mount, int target)
{
	struct stat what, where;

	return fstat(mount, &what) == 0 && fstat(target, &where) == 0 &&
	       S_ISDIR(what.st_mode) != S_ISDIR(where.st_mode);
}

struct err *mount_attach(int mount, int target, const char *words)
{
	const unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

	if (move_mount(mount, "", target, "", flags) == 0)
		return NULL;
	if (errno != EINVAL || !kinds_differ(mount, target))
		return err_sys("move_mount", words);
	errno = ENOTDIR;
	return err_set(err_sys("move_mount", words), ERR_HINT,
		       "a directory goes on a directory, a file on a file");
}

struct err *mount_reconfigure(int fd, const char *words, char *const *data, size_t n)
{
	auto_fd int context = fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	struct err *err;

	if (context < 0)
		return err_sys("fspick", words);
	err = fd_magic(fd) == CGROUP2_SUPER_MAGIC ? cgroup_flags_keep(context) : NULL;
	if (!err)
		err = context_set_all(context, data, n, NULL);
	if (!err && fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		err = context_error(context, "fsconfig reconfigure", words);
	return err;
}

struct err *root_pivot(int root)
{
	/* pivot_root(2), "pivot_root(".", ".")": the old root lands on top of the new one. */
	if (fchdir(root) < 0)
		return err_sys("fchdir", "the new root");
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return err_set(err_sys("pivot_root", NULL), ERR_HINT,
			       "an initramfs cannot be pivoted: use --no-pivot");
	if (umount2(".", MNT_DETACH) < 0)
		return err_sys("umount2", "the old root");
	return chdir("/") < 0 ? err_sys("chdir", "/") : NULL;
}

struct err *root_move(int root)
{
	if (fchdir(root) < 0)
		return err_sys("fchdir", "the new root");
	if (move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys("move_mount", "/");
	return root_change(root);
}

struct err *root_change(int root)
{
	if (fchdir(root) < 0)
		return err_sys("fchdir", "the new root");
	if (chroot(".") < 0)
		return err_sys("chroot", "the new root");
	return chdir("/") < 0 ? err_sys("chdir", "/") : NULL;
}

struct err *mount_id(int fd, uint64_t *id)
{
	struct statx sx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) < 0)
		return err_sys("statx", NULL);
	*id = sx.stx_mnt_id;
	return NULL;
}

unsigned long fd_magic(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 ? 0 : (unsigned long)fs.f_type;
}
