/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for config.md: the top of the document, root, mounts, process, hooks. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "hull/str.h"

#include "rules.h"

/* ---- ociVersion: SemVer 2.0.0 ---- */

static bool is_number(const char *s, size_t len)
{
	return len && strspn(s, "0123456789") >= len && (*s != '0' || len == 1);
}

/* Identifiers between dots; in a pre-release, numbers have no leading zeros. Empties *s. */
static bool skip_identifiers(const char **s, const char *end, bool prerelease)
{
	for (const char *id = *s + 1; ; id++) {
		size_t len = 0, digits = strspn(id, "0123456789");

		while (id + len < end && (isalnum((unsigned char)id[len]) || id[len] == '-'))
			len++;
		if (!len || (prerelease && digits >= len && !is_number(id, len)))
			return false;
		id += len;
		if (id == end || *id != '.') {
			*s = id;
			return true;
		}
	}
}

static bool is_version(const char *s)
{
	const char *end = s + strlen(s), *build = strchr(s, '+');

	for (int i = 0; i < 3; i++) {
		size_t len = strspn(s, "0123456789");

		if (!is_number(s, len) || (i < 2 && s[len] != '.'))
			return false;
		s += len + (i < 2);
	}
	if (*s == '-' && !skip_identifiers(&s, build ? build : end, true))
		return false;
	if (*s == '+' && !skip_identifiers(&s, end, false))
		return false;
	return s == end;
}

static bool is_major_1(const char *s)
{
	return !is_version(s) || !strncmp(s, "1.", 2);
}

static bool is_minor_known(const char *s)
{
	const char *minor = strchr(OCI_VERSION, '.') + 1;

	return !is_version(s) || strncmp(s, "1.", 2) ||
	       strtoul(s + 2, NULL, 10) <= strtoul(minor, NULL, 10);
}

/* ---- the top ---- */

static bool has_root(const struct check *c, const void *object)
{
	(void)c;
	return ((const struct oci_spec *)object)->root;
}

static bool has_no_vm(const struct check *c, const void *object)
{
	(void)c;
	return !((const struct oci_spec *)object)->vm;
}

static bool hostname_is_own(const struct check *c, const void *object)
{
	const char *name = ((const struct oci_spec *)object)->hostname;

	return !name || !*name || namespace_of(c, NS_UTS);
}

static bool domainname_is_own(const struct check *c, const void *object)
{
	const char *name = ((const struct oci_spec *)object)->domainname;

	return !name || !*name || namespace_of(c, NS_UTS);
}

static bool fits_uts(const char *s)
{
	return strlen(s) < sizeof(((struct utsname *)0)->nodename);
}

/* ---- mounts ---- */

static bool is_not_relative(const char *s)
{
	return !*s || *s == '/';
}

static bool has_both_maps(const struct check *c, const void *object)
{
	const struct oci_mount *m = object;

	(void)c;
	return !m->uid_mappings.n == !m->gid_mappings.n;
}

/* ---- process ---- */

static bool has_args(const struct check *c, const void *object)
{
	(void)c;
	return ((const struct oci_process *)object)->args.n;
}

static bool has_console_size(const struct check *c, const void *object)
{
	const struct oci_process *p = object;

	/* What was made without a document has all it needs. */
	return !p->terminal || !p->console_size || !c->doc->n ||
	       (json_has(c->doc, p->console_size, "height") &&
		json_has(c->doc, p->console_size, "width"));
}

/* struct winsize */
static bool console_size_fits(const struct check *c, const void *object)
{
	const struct oci_process *p = object;

	(void)c;
	return !p->terminal || !p->console_size ||
	       (p->console_size->height <= UINT16_MAX && p->console_size->width <= UINT16_MAX);
}

static bool umask_fits(const struct check *c, const void *object)
{
	const uint32_t *umask = ((const struct oci_user *)object)->umask;

	(void)c;
	return !umask || *umask <= 0777;
}

static bool io_priority_fits(const struct check *c, const void *object)
{
	const int32_t *priority = ((const struct oci_io_priority *)object)->priority;

	(void)c;
	return !priority || (*priority >= 0 && *priority <= 7);
}

/* ---- hooks ---- */

static bool timeout_is_positive(const struct check *c, const void *object)
{
	const int32_t *timeout = ((const struct oci_hook *)object)->timeout;

	(void)c;
	return !timeout || *timeout > 0;
}

/* clang-format off */
#define T(name)	&type_oci_##name
const struct rule config_rules[] = {
	/* [VER-02] */
	{ T(spec), "ociVersion", "must be a version like 1.3.0 (SemVer)", .text = is_version },
	/* [VER-05] */
	{ T(spec), "ociVersion", "must be 1.x.y: no other is known", .text = is_major_1 },
	/* [VER-04] */
	{ T(spec), "ociVersion", "is newer than " OCI_VERSION ": what it adds is unknown here",
	  .text = is_minor_known, .warning = true },
	/* [ROOT-01] the schema forgets it */
	{ T(spec), "root", "missing", .object = has_root },
	{ T(root), "path", "must not be empty", .text = is_filled },
	/* [HOST-02, HOST-03] without one, the host would be renamed */
	{ T(spec), "hostname", "needs a uts namespace", .object = hostname_is_own },
	{ T(spec), "domainname", "needs a uts namespace", .object = domainname_is_own },
	/* uname(2): 64 bytes */
	{ T(spec), "hostname", "must not be longer than 64 bytes", .text = fits_uts },
	{ T(spec), "domainname", "must not be longer than 64 bytes", .text = fits_uts },
	/* [ANN-02] */
	{ T(spec), "annotations", "must not have an empty key", .key = is_filled },
	/* [VM-01] */
	{ T(spec), "vm", "this runtime starts no virtual machines", .object = has_no_vm },

	/* [MNT-02] */
	{ T(mount), "destination", "must not be empty", .text = is_filled },
	/* [MNT-04] */
	{ T(mount), "destination", "should be an absolute path; taken as relative to /",
	  .text = is_not_relative, .warning = true },
	/* [MNT-IDM-08] */
	{ T(mount), NULL, "must have both uidMappings and gidMappings, or neither",
	  .object = has_both_maps },

	/* [PROC-ARGS-01] the schema forgets it */
	{ T(process), "args", "must have at least one entry", .object = has_args },
	/* [PROC-CWD-01] */
	{ T(process), "cwd", "must be an absolute path", .text = is_absolute },
	/* [PROC-TTY-03] */
	{ T(process), "consoleSize", "must have height and width", .object = has_console_size },
	{ T(process), "consoleSize", "must not exceed 65535", .object = console_size_fits },
	/* [USER-02] umask(2) would drop the other bits */
	{ T(user), "umask", "must not exceed 511 (0777)", .object = umask_fits },
	/* [IOP-02] */
	{ T(io_priority), "priority", "must be from 0 to 7", .object = io_priority_fits },

	/* [HOOK-GEN-03] */
	{ T(hook), "path", "must be an absolute path", .text = is_absolute },
	/* [HOOK-GEN-06] */
	{ T(hook), "timeout", "must be greater than zero", .object = timeout_is_positive },
	{ 0 }
};
