/* SPDX-License-Identifier: Apache-2.0 */
/* config.md, "Process". */
#include "tables.h"

/* clang-format off */

/* Required only with a terminal, else to be ignored: a rule, not a flag. */
#define S struct oci_console_size
static const struct field console_size_fields[] = {
	F(S, height, "height", 0),
	F(S, width,  "width",  0),
	{ 0 }
};
static OBJECT(oci_console_size, console_size_fields);
#undef S

#define S struct oci_user
static const struct field user_fields[] = {
	F(S, uid,                  "uid",            REQUIRED),
	F(S, gid,                  "gid",            REQUIRED),
	F(S, umask,                "umask",          0),
	F_NUMS(S, additional_gids, "additionalGids", 0),
	{ 0 }
};
OBJECT(oci_user, user_fields);
#undef S

#define S struct oci_capabilities
static const struct field capabilities_fields[] = {
	F_STRS(S, bounding,    "bounding",    0),
	F_STRS(S, effective,   "effective",   0),
	F_STRS(S, inheritable, "inheritable", 0),
	F_STRS(S, permitted,   "permitted",   0),
	F_STRS(S, ambient,     "ambient",     0),
	{ 0 }
};
static OBJECT(oci_capabilities, capabilities_fields);
#undef S

#define S struct oci_rlimit
static const struct field rlimit_fields[] = {
	F(S, type, "type", REQUIRED),
	F(S, soft, "soft", REQUIRED),
	F(S, hard, "hard", REQUIRED),
	{ 0 }
};
OBJECT(oci_rlimit, rlimit_fields);
#undef S

#define S struct oci_io_priority
static const struct field io_priority_fields[] = {
	F(S, class,    "class",    REQUIRED),
	F(S, priority, "priority", REQUIRED),
	{ 0 }
};
OBJECT(oci_io_priority, io_priority_fields);
#undef S

#define S struct oci_scheduler
static const struct field scheduler_fields[] = {
	F(S, policy,     "policy",   REQUIRED),
	F(S, nice,       "nice",     0),
	F(S, priority,   "priority", 0),
	F_STRS(S, flags, "flags",    0),
	F(S, runtime,    "runtime",  0),
	F(S, deadline,   "deadline", 0),
	F(S, period,     "period",   0),
	{ 0 }
};
static OBJECT(oci_scheduler, scheduler_fields);
#undef S

#define S struct oci_cpu_affinity
static const struct field cpu_affinity_fields[] = {
	F(S, initial, "initial", 0),
	F(S, final,   "final",   0),
	{ 0 }
};
static OBJECT(oci_cpu_affinity, cpu_affinity_fields);
#undef S

#define S struct oci_process
static const struct field process_fields[] = {
	F(S, terminal,              "terminal",        0),
	F_OBJ(S, console_size,      "consoleSize",     oci_console_size, 0),
	F_OBJ(S, user,              "user",            oci_user, 0),
	F_STRS(S, args,             "args",            0),
	F_STRS(S, env,              "env",             0),
	F(S, cwd,                   "cwd",             REQUIRED),
	F_OBJ(S, capabilities,      "capabilities",    oci_capabilities, 0),
	F_LIST(S, rlimits,          "rlimits",         oci_rlimit, 0),
	F(S, no_new_privileges,     "noNewPrivileges", 0),
	F(S, apparmor_profile,      "apparmorProfile", 0),
	F(S, selinux_label,         "selinuxLabel",    0),
	F(S, oom_score_adj,         "oomScoreAdj",     0),
	F_OBJ(S, io_priority,       "ioPriority",      oci_io_priority, 0),
	F_OBJ(S, scheduler,         "scheduler",       oci_scheduler, 0),
	F_OBJ(S, exec_cpu_affinity, "execCPUAffinity", oci_cpu_affinity, 0),
	{ 0 }
};
OBJECT(oci_process, process_fields);
#undef S
