/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for config-linux.md, but for resources and seccomp. */
#include <net/if.h>
#include <string.h>
#include <sys/stat.h>

#include "hull/str.h"

#include "rules.h"

/* ---- namespaces, id maps, time ---- */

static bool is_ns_type(const char *s)
{
	return ns_of(s) < NS_KINDS;
}

static bool ns_is_first(const struct check *c, const void *object)
{
	const struct oci_namespace *ns = object;
	enum ns kind = ns_of(ns->type);

	return kind == NS_KINDS || c->ns[kind] == ns;
}

/* A namespace that is made, not one that is joined. */
static bool has_new(const struct check *c, enum ns kind)
{
	const struct oci_namespace *ns = namespace_of(c, kind);

	return ns && !ns->path;
}

static bool uids_have_ns(const struct check *c, const void *object)
{
	return !((const struct oci_linux *)object)->uid_mappings.n || namespace_of(c, NS_USER);
}

static bool gids_have_ns(const struct check *c, const void *object)
{
	return !((const struct oci_linux *)object)->gid_mappings.n || namespace_of(c, NS_USER);
}

static bool new_ns_has_uids(const struct check *c, const void *object)
{
	return ((const struct oci_linux *)object)->uid_mappings.n || !has_new(c, NS_USER);
}

static bool new_ns_has_gids(const struct check *c, const void *object)
{
	return ((const struct oci_linux *)object)->gid_mappings.n || !has_new(c, NS_USER);
}

static bool joined_ns_has_its_own(const struct check *c, const void *object)
{
	const struct oci_linux *l = object;

	return !(l->uid_mappings.n || l->gid_mappings.n) || !namespace_of(c, NS_USER) ||
	       has_new(c, NS_USER);
}

static bool map_has_size(const struct check *c, const void *object)
{
	(void)c;
	return ((const struct oci_id_map *)object)->size;
}

static bool map_fits(const struct check *c, const void *object)
{
	const struct oci_id_map *m = object;
	uint64_t most = UINT64_C(1) << 32;

	(void)c;
	return (uint64_t)m->container + m->size <= most && (uint64_t)m->host + m->size <= most;
}

static bool offsets_have_ns(const struct check *c, const void *object)
{
	return !((const struct oci_linux *)object)->time_offsets.n || has_new(c, NS_TIME);
}

static bool is_clock(const char *s)
{
	static const char *const clocks[] = { "monotonic", "boottime", NULL };

	return str_among(s, clocks);
}

static bool nanosecs_fit(const struct check *c, const void *object)
{
	(void)c;
	return ((const struct oci_time_offset *)object)->nanosecs < 1000000000;
}

/* ---- devices ---- */

static bool is_device_type(const char *s)
{
	return *s && strchr("cbup", *s) && !s[1];
}

/* The numbers of a 32-bit dev_t: 12 and 20 bits. */
static bool major_fits(const struct check *c, const void *object)
{
	const struct oci_device *d = object;

	(void)c;
	return !d->major || (*d->major >= 0 && *d->major < 1 << 12);
}

static bool minor_fits(const struct check *c, const void *object)
{
	const struct oci_device *d = object;

	(void)c;
	return !d->minor || (*d->minor >= 0 && *d->minor < 1 << 20);
}

static bool is_fifo(const struct oci_device *d)
{
	return d->type && !strcmp(d->type, "p");
}

static bool has_major(const struct check *c, const void *object)
{
	(void)c;
	return is_fifo(object) || ((const struct oci_device *)object)->major;
}

static bool has_minor(const struct check *c, const void *object)
{
	(void)c;
	return is_fifo(object) || ((const struct oci_device *)object)->minor;
}

static bool file_mode_fits(const struct check *c, const void *object)
{
	const uint32_t *mode = ((const struct oci_device *)object)->file_mode;

	(void)c;
	/* The schema stops at 0777, but Podman writes the node's type along: 020666. */
	return !mode || !(*mode & ~(uint32_t)(S_IFMT | 0777));
}

/* ---- network devices ---- */

/* dev_valid_name() of the kernel. */
static bool is_net_name(const char *s)
{
	return *s && strlen(s) < IFNAMSIZ && strcmp(s, ".") && strcmp(s, "..") &&
	       !s[strcspn(s, "/: \t\n\v\f\r")];
}

/* A template of alloc_netdev(): one %d, at the end. */
static bool is_net_template(const char *s)
{
	const char *percent = strchr(s, '%');

	return !*s || (is_net_name(s) && (!percent || !strcmp(percent, "%d")));
}

static bool is_movable(const char *s)
{
	return strcmp(s, "lo");
}

static bool net_devices_have_ns(const struct check *c, const void *object)
{
	return !((const struct oci_linux *)object)->net_devices.n || namespace_of(c, NS_NETWORK);
}

/* ---- paths ---- */

static bool masked_have_ns(const struct check *c, const void *object)
{
	return !((const struct oci_linux *)object)->masked_paths.n || namespace_of(c, NS_MOUNT);
}

static bool readonly_have_ns(const struct check *c, const void *object)
{
	return !((const struct oci_linux *)object)->readonly_paths.n || namespace_of(c, NS_MOUNT);
}

/* ---- resctrl, personality ---- */

static bool is_clos_id(const char *s)
{
	return !strcmp(s, "/") || (*s && strcmp(s, ".") && strcmp(s, "..") && !strpbrk(s, "/\n"));
}

static bool is_bandwidth(const char *s)
{
	return !strncmp(s, "MB:", 3) && is_one_line(s);
}

static bool is_l3(const char *s)
{
	return !strncmp(s, "L3:", 3);
}

static bool has_no_flags(const struct check *c, const void *object)
{
	(void)c;
	return !((const struct oci_personality *)object)->flags.n;
}

/* clang-format off */
#define T(name)	&type_oci_##name
const struct rule linux_rules[] = {
	/* [NS-01] */
	{ T(namespace), "type", "must be mount, pid, network, uts, ipc, user, cgroup or time",
	  .text = is_ns_type },
	/* [NS-08] */
	{ T(namespace), "type", "must not be listed twice", .object = ns_is_first },
	/* [NS-04] */
	{ T(namespace), "path", "must be an absolute path", .text = is_absolute },

	/* [MAP-04] */
	{ T(linux), "uidMappings", "need a user namespace", .object = uids_have_ns },
	{ T(linux), "gidMappings", "need a user namespace", .object = gids_have_ns },
	/* [MAP-05] nobody would be in it */
	{ T(linux), "uidMappings", "a new user namespace needs them", .object = new_ns_has_uids },
	{ T(linux), "gidMappings", "a new user namespace needs them", .object = new_ns_has_gids },
	/* [MAP-06] containerd writes both */
	{ T(linux), "uidMappings", "the user namespace that is joined has its own",
	  .object = joined_ns_has_its_own, .warning = true },
	/* [MAP-01] user_namespaces(7) */
	{ T(id_map), "size", "must not be 0", .object = map_has_size },
	{ T(id_map), NULL, "goes beyond the highest id, 4294967295", .object = map_fits },

	/* [TIME-04] they cannot be changed once a process is in it */
	{ T(linux), "timeOffsets", "need a new time namespace", .object = offsets_have_ns },
	/* [TIME-01] */
	{ T(linux), "timeOffsets", "must be monotonic or boottime", .key = is_clock },
	/* [TIME-02] time_namespaces(7) */
	{ T(time_offset), "nanosecs", "must not exceed 999999999", .object = nanosecs_fit },

	/* [DEV-03] */
	{ T(device), "type", "must be c, b, u or p", .text = is_device_type },
	/* [DEV-04] */
	{ T(device), "path", "must be an absolute path", .text = is_absolute },
	/* [DEV-06] the schema forgets it */
	{ T(device), "major", "missing", .object = has_major },
	{ T(device), "minor", "missing", .object = has_minor },
	{ T(device), "major", "must be from 0 to 4095", .object = major_fits },
	{ T(device), "minor", "must be from 0 to 1048575", .object = minor_fits },
	/* [DEV-07] decimal in JSON */
	{ T(device), "fileMode", "must not exceed 511 (0777)", .object = file_mode_fits },

	/* [NETD-12] */
	{ T(linux), "netDevices", "is not the name of a network device", .key = is_net_name },
	/* [NETD-12, NETD-05] */
	{ T(net_device), "name", "must be the name of a network device", .text = is_net_template },
	/* [NETD-03] */
	{ T(linux), "netDevices", "every network namespace has its own", .key = is_movable },
	{ T(linux), "netDevices", "need a network namespace", .object = net_devices_have_ns },


	/* [MASK-01, ROP-01] */
	{ T(linux), "maskedPaths", "must be an absolute path", .text = is_absolute },
	{ T(linux), "readonlyPaths", "must be an absolute path", .text = is_absolute },
	/* [NS-09] they would be the host's */
	{ T(linux), "maskedPaths", "need a mount namespace", .object = masked_have_ns },
	{ T(linux), "readonlyPaths", "need a mount namespace", .object = readonly_have_ns },

	/* [RDT-22] it names a directory */
	{ T(intel_rdt), "closID", "must be one name, or /", .text = is_clos_id },
	/* [RDT-13] */
	{ T(intel_rdt), "l3CacheSchema", "should start with L3:", .text = is_l3, .warning = true },
	/* [RDT-14] */
	{ T(intel_rdt), "memBwSchema", "must be one line that starts with MB:",
	  .text = is_bandwidth },
	/* [RDT-15] */
	{ T(intel_rdt), "schemata", "must be one line", .text = is_one_line },

	/* [PERS-02] */
	{ T(personality), "flags", "must be empty: none is defined", .object = has_no_flags },
	{ 0 }
};
