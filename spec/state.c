/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a container is: runtime.md, "State" (with the members that engines read
 * from runc beside it) and config-linux.md, "The Container Process State".
 */
#include "tables.h"

/* clang-format off */

#define S struct oci_state
static const struct field state_fields[] = {
	F(S, version,         "ociVersion",  REQUIRED),
	F(S, id,              "id",          REQUIRED),
	F(S, status,          "status",      REQUIRED),
	F(S, pid,             "pid",         0),
	F(S, bundle,          "bundle",      REQUIRED),
	F(S, rootfs,          "rootfs",      0),
	F(S, created,         "created",     0),
	F_MAP(S, annotations, "annotations", json_pair, 0),
	F(S, owner,           "owner",       0),
	F(S, ended,           "ended",       0),
	F(S, exit_status,     "exitStatus",  0),
	F(S, exit_signal,     "exitSignal",  0),
	F(S, oom_killed,      "oomKilled",   0),
	{ 0 }
};
OBJECT(oci_state, state_fields);
#undef S

#define S struct oci_process_state
static const struct field process_state_fields[] = {
	F(S, version,   "ociVersion", REQUIRED),
	F_STRS(S, fds,  "fds",        0),
	F(S, pid,       "pid",        REQUIRED),
	F(S, metadata,  "metadata",   0),
	F_OBJ(S, state, "state",      oci_state, REQUIRED),
	{ 0 }
};
OBJECT(oci_process_state, process_state_fields);
#undef S
