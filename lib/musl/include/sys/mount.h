/* SPDX-License-Identifier: Apache-2.0 */
/* What musl's <sys/mount.h> lacks: the file descriptor based calls of fsopen(2) and its kin. */
#ifndef MUSL_SYS_MOUNT_H
#define MUSL_SYS_MOUNT_H

#include <linux/mount.h>	/* first: the kernel's macros and musl's are the same */
#include_next <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int fsopen(const char *type, unsigned flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

static inline int fsconfig(int fd, unsigned command, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fd, command, key, value, aux);
}

static inline int fsmount(int fd, unsigned flags, unsigned attributes)
{
	return (int)syscall(SYS_fsmount, fd, flags, attributes);
}

static inline int fspick(int at, const char *path, unsigned flags)
{
	return (int)syscall(SYS_fspick, at, path, flags);
}

static inline int open_tree(int at, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, at, path, flags);
}

static inline int move_mount(int from_at, const char *from, int to_at, const char *to,
			     unsigned flags)
{
	return (int)syscall(SYS_move_mount, from_at, from, to_at, to, flags);
}

static inline int mount_setattr(int at, const char *path, unsigned flags,
				struct mount_attr *attributes, size_t size)
{
	return (int)syscall(SYS_mount_setattr, at, path, flags, attributes, size);
}

#endif
