/* SPDX-License-Identifier: Apache-2.0 */
/* What <sys/stat.h> of musl before 1.2.5 lacks: statx(2). */
#ifndef MUSL_SYS_STAT_H
#define MUSL_SYS_STAT_H

#include_next <sys/stat.h>

#ifndef STATX_TYPE
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int statx(int at, const char *path, int flags, unsigned mask, struct statx *to)
{
	return (int)syscall(SYS_statx, at, path, flags, mask, to);
}
#endif

#endif
