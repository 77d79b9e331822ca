/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_DIR_H
#define HULL_DIR_H

#include <stdbool.h>
#include <sys/stat.h>

#include "hull/mem.h"

/*
 * Paths. This is the only module that hands a path to the kernel: every path
 * is resolved once, below a descriptor, by openat2(2); what follows works on
 * the descriptor that came of it. The words of a directory travel with its
 * descriptor, so that every message can name the path.
 */
struct dir {
	int fd;
	const char *path;
};

/* "DIR/REL" for messages. Allocated; errno is kept. */
char *dir_name(const struct dir *d, const char *rel);

/* ---- in a container: symbolic links and ".." stay below @root ---- */

/*
 * Opens @rel (no O_CREAT). ENOENT and so on are in err_code; ELOOP also for
 * magic links as /proc/PID/root, EAGAIN if somebody kept renaming things.
 */
struct err *dir_open(const struct dir *root, const char *rel, int flags, int *fd) MUST_CHECK;

/*
 * Opens directory @rel O_PATH, making it and its parents (@mode) where they
 * are missing. So are targets of dangling links: below the root. The umask
 * counts, as for mkdir(2).
 */
struct err *dir_make(const struct dir *root, const char *rel, mode_t mode, int *fd) MUST_CHECK;
/* The same, and whether it was missing. */
struct err *dir_make_new(const struct dir *root, const char *rel, mode_t mode, int *fd,
			 bool *made) MUST_CHECK;

/* Opens @rel O_PATH, whatever it is; if missing, makes its parents (0755) and an empty file. */
struct err *dir_touch(const struct dir *root, const char *rel, mode_t mode, int *fd) MUST_CHECK;

/*
 * Splits "/a/b/c": *parent is a new "/a/b" ("/" for "/c", "." for "c"), *name
 * points to "c", the text behind the last slash.
 */
void path_split(const char *path, char **parent, const char **name);

/* ---- in a directory that we own or the kernel keeps: no links, no mounts crossed ---- */

/*
 * Opens @rel without following any link: ELOOP; EXDEV for "..", an absolute
 * path or a mount point. @mode counts with O_CREAT.
 */
struct err *dir_enter(const struct dir *d, const char *rel, int flags, mode_t mode, int *fd)
	MUST_CHECK;

/* A file's text, allocated and NUL-terminated; @size may be NULL. */
struct err *dir_read(const struct dir *d, const char *rel, char **text, size_t *size) MUST_CHECK;

/* The same with one read(2): see fd_read_at_once. */
struct err *dir_read_at_once(const struct dir *d, const char *rel, char **text,
			     size_t *size) MUST_CHECK;

/* Writes @text to an existing file (of a kernel file system) with one write(2). */
struct err *dir_write(const struct dir *d, const char *rel, const char *text) MUST_CHECK;

/* Gives @rel to a user; its group stays. */
struct err *dir_chown(const struct dir *d, const char *rel, uid_t uid) MUST_CHECK;

/* Replaces a file (0600), so that a reader, a crash or a power cut sees the old text or the new. */
struct err *dir_replace(const struct dir *d, const char *name, const void *bytes, size_t size)
	MUST_CHECK;

/*
 * Removes @name (one name, not a path) and all below it; links are not
 * followed, a mount point is an error, what is not there is none.
 */
struct err *dir_remove_tree(const struct dir *d, const char *name) MUST_CHECK;

/* The names in a directory without "." and ".."; hidden ones too. */
typedef LIST(char *) names;
struct err *dir_list(struct arena *a, const struct dir *d, names *list) MUST_CHECK;
/* Those of directories alone. */
struct err *dir_list_dirs(struct arena *a, const struct dir *d, names *list) MUST_CHECK;

/* ---- host paths, as given by the caller ---- */

struct err *path_open(const char *path, int flags, int *fd) MUST_CHECK;
/* Opens with O_CREAT; the umask counts. */
struct err *path_create(const char *path, int flags, mode_t mode, int *fd) MUST_CHECK;
struct err *path_stat(const char *path, struct stat *st) MUST_CHECK;
bool path_exists(const char *path);

/* mkdir -p; only the last directory gets @mode, the others 0755. Links are followed. */
struct err *path_make(const char *path, mode_t mode) MUST_CHECK;

/* A whole file of the host, allocated and NUL-terminated; @size may be NULL. */
struct err *path_read(const char *path, char **text, size_t *size) MUST_CHECK;

/* The same with one read(2): see fd_read_at_once. */
struct err *path_read_at_once(const char *path, char **text, size_t *size) MUST_CHECK;

/* Writes a file whole (temporary name, rename over). The umask counts. */
struct err *path_replace(const char *path, const void *bytes, size_t size, mode_t mode) MUST_CHECK;

/* "/a/b/../c//" without ".", ".." and doubled slashes: "/a/c". Lexical; @cwd for relative ones. */
char *path_clean(struct arena *a, const char *cwd, const char *path);

#endif
