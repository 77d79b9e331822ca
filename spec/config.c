/* SPDX-License-Identifier: Apache-2.0 */
/* config.md: the top of the document, root, mounts and hooks. */
#include "tables.h"

/* clang-format off */

#define S struct oci_id_map
static const struct field id_map_fields[] = {
	F(S, container, "containerID", REQUIRED),
	F(S, host,      "hostID",      REQUIRED),
	F(S, size,      "size",        REQUIRED),
	{ 0 }
};
OBJECT(oci_id_map, id_map_fields);
#undef S

#define S struct oci_root
static const struct field root_fields[] = {
	F(S, path,     "path",     REQUIRED),
	F(S, readonly, "readonly", 0),
	{ 0 }
};
OBJECT(oci_root, root_fields);
#undef S

#define S struct oci_mount
static const struct field mount_fields[] = {
	F(S, destination,       "destination", REQUIRED),
	F(S, type,              "type",        0),
	F(S, source,            "source",      0),
	F_STRS(S, options,      "options",     0),
	F_LIST(S, uid_mappings, "uidMappings", oci_id_map, 0),
	F_LIST(S, gid_mappings, "gidMappings", oci_id_map, 0),
	{ 0 }
};
OBJECT(oci_mount, mount_fields);
#undef S

#define S struct oci_hook
static const struct field hook_fields[] = {
	F(S, path,      "path",    REQUIRED),
	F_STRS(S, args, "args",    0),
	F_STRS(S, env,  "env",     0),
	F(S, timeout,   "timeout", 0),
	{ 0 }
};
OBJECT(oci_hook, hook_fields);
#undef S

#define S struct oci_hooks
static const struct field hooks_fields[] = {
	F_LIST(S, prestart,         "prestart",        oci_hook, 0),
	F_LIST(S, create_runtime,   "createRuntime",   oci_hook, 0),
	F_LIST(S, create_container, "createContainer", oci_hook, 0),
	F_LIST(S, start_container,  "startContainer",  oci_hook, 0),
	F_LIST(S, poststart,        "poststart",       oci_hook, 0),
	F_LIST(S, poststop,         "poststop",        oci_hook, 0),
	{ 0 }
};
OBJECT(oci_hooks, hooks_fields);
#undef S

#define S struct oci_spec
static const struct field spec_fields[] = {
	F(S, version,         "ociVersion",  REQUIRED),
	F_OBJ(S, root,        "root",        oci_root, 0),
	F_LIST(S, mounts,     "mounts",      oci_mount, 0),
	F_OBJ(S, process,     "process",     oci_process, 0),
	F(S, hostname,        "hostname",    0),
	F(S, domainname,      "domainname",  0),
	F_OBJ(S, hooks,       "hooks",       oci_hooks, 0),
	F_MAP(S, annotations, "annotations", json_pair, 0),
	F_OBJ(S, linux,       "linux",       oci_linux, 0),
	F_OBJ(S, vm,          "vm",          oci_vm, 0),
	{ 0 }
};
OBJECT(oci_spec, spec_fields);
#undef S
