/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/self/mountinfo, as libmount reads it (octal escapes, over-mounted ones and all). */
#include "hull/mountinfo.h"

#include <errno.h>
#include <libmount/libmount.h>
#include <stdbool.h>
#include <string.h>

#include "hull/sys.h"
#include "load.h"

#define SONAME "libmount.so.1"
NOTE_DLOPEN("mount", "finds a cgroup2 mount in an unusual place", "suggested", SONAME);

struct libmount {
	__typeof__(mnt_new_table_from_file) *table_new;
	__typeof__(mnt_unref_table) *table_unref;
	__typeof__(mnt_new_iter) *iter_new;
	__typeof__(mnt_free_iter) *iter_free;
	__typeof__(mnt_table_next_fs) *next;
	__typeof__(mnt_table_find_target) *find_target;
	__typeof__(mnt_fs_get_fstype) *fstype;
	__typeof__(mnt_fs_get_target) *target;
	__typeof__(mnt_fs_get_root) *root;
	__typeof__(mnt_fs_get_vfs_options) *options;
};

/* clang-format off */
static const struct symbol symbols[] = {
	SYMBOL(struct libmount, table_new,   mnt_new_table_from_file),
	SYMBOL(struct libmount, table_unref, mnt_unref_table),
	SYMBOL(struct libmount, iter_new,    mnt_new_iter),
	SYMBOL(struct libmount, iter_free,   mnt_free_iter),
	SYMBOL(struct libmount, next,	     mnt_table_next_fs),
	SYMBOL(struct libmount, find_target, mnt_table_find_target),
	SYMBOL(struct libmount, fstype,	     mnt_fs_get_fstype),
	SYMBOL(struct libmount, target,	     mnt_fs_get_target),
	SYMBOL(struct libmount, root,	     mnt_fs_get_root),
	SYMBOL(struct libmount, options,     mnt_fs_get_vfs_options),
	{ 0 }
};
/* clang-format on */

/* All of the file system is better than a part, and then one that may be written. */
static int rank_of(const struct libmount *lib, struct libmnt_fs *fs)
{
	const char *root = lib->root(fs), *options = lib->options(fs);
	bool whole = root && !strcmp(root, "/");
	bool readonly = options && !strncmp(options, "ro", 2) && (!options[2] || options[2] == ',');

	return 1 + 2 * whole + !readonly;
}

static const char *type_find(const struct libmount *lib, struct libmnt_table *table,
			     struct libmnt_iter *iter, const char *fstype)
{
	struct libmnt_fs *fs;
	const char *best = NULL;
	int rank = 0;

	while (!lib->next(table, iter, &fs)) {
		const char *type = lib->fstype(fs);
		const char *target = lib->target(fs);

		/* Backwards: the last mount at a place is the one that is seen there. */
		if (type && target && !strcmp(type, fstype) && rank_of(lib, fs) > rank &&
		    lib->find_target(table, target, MNT_ITER_BACKWARD) == fs) {
			rank = rank_of(lib, fs);
			best = target;
		}
	}
	return best;
}

struct err *mountinfo_find(struct arena *a, const char *fstype, const char **path)
{
	struct libmount lib;
	struct err *err = self_able_to_load();
	struct libmnt_table *table;
	struct libmnt_iter *iter;
	const char *found = NULL;

	if (!err)
		err = library_load(SONAME, symbols, &lib);
	if (err)
		return err;
	errno = ENOMEM;
	table = lib.table_new("/proc/self/mountinfo");
	if (!table)
		return err_sys("mnt_new_table_from_file", "/proc/self/mountinfo");
	iter = lib.iter_new(MNT_ITER_FORWARD);
	if (iter)
		found = type_find(&lib, table, iter, fstype);
	*path = found ? arena_strdup(a, found) : NULL;
	lib.iter_free(iter);
	lib.table_unref(table);
	return NULL;
}
