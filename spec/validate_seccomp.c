/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for linux.seccomp: shapes. What a name means, the plan knows. */
#include <string.h>

#include "rules.h"

enum { ERRNO_MAX = 4095 };	/* include/linux/err.h */

static bool takes_errno(const char *action)
{
	return !action || !strcmp(action, "SCMP_ACT_ERRNO") || !strcmp(action, "SCMP_ACT_TRACE");
}

static bool default_errno_is_used(const struct check *c, const void *object)
{
	const struct oci_seccomp *s = object;

	(void)c;
	return !s->default_errno_ret || takes_errno(s->default_action);
}

static bool errno_is_used(const struct check *c, const void *object)
{
	const struct oci_syscall *s = object;

	(void)c;
	return !s->errno_ret || takes_errno(s->action);
}

static bool default_errno_fits(const struct check *c, const void *object)
{
	const uint32_t *value = ((const struct oci_seccomp *)object)->default_errno_ret;

	(void)c;
	return !value || *value <= ERRNO_MAX;
}

static bool errno_fits(const struct check *c, const void *object)
{
	const uint32_t *value = ((const struct oci_syscall *)object)->errno_ret;

	(void)c;
	return !value || *value <= ERRNO_MAX;
}

static bool has_names(const struct check *c, const void *object)
{
	(void)c;
	return ((const struct oci_syscall *)object)->names.n;
}

static bool index_fits(const struct check *c, const void *object)
{
	(void)c;
	return ((const struct oci_syscall_arg *)object)->index < 6;
}

static bool metadata_has_listener(const struct check *c, const void *object)
{
	const struct oci_seccomp *s = object;

	(void)c;
	return !s->listener_metadata || s->listener_path;
}

/* clang-format off */
#define T(name)	&type_oci_##name
const struct rule seccomp_rules[] = {
	/* [SEC-03, SEC-04] */
	{ T(seccomp), "defaultErrnoRet", "needs the default action SCMP_ACT_ERRNO or _TRACE",
	  .object = default_errno_is_used },
	{ T(syscall), "errnoRet", "needs the action SCMP_ACT_ERRNO or _TRACE",
	  .object = errno_is_used },
	{ T(seccomp), "defaultErrnoRet", "must not exceed 4095", .object = default_errno_fits },
	{ T(syscall), "errnoRet", "must not exceed 4095", .object = errno_fits },
	/* [SEC-10] */
	{ T(seccomp), "listenerMetadata", "needs listenerPath", .object = metadata_has_listener },
	/* [SEC-18] */
	{ T(syscall), "names", "must have at least one entry", .object = has_names },
	/* [SEC-20] */
	{ T(syscall_arg), "index", "must be from 0 to 5", .object = index_fits },
	{ 0 }
};
