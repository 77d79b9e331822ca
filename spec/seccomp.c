/* SPDX-License-Identifier: Apache-2.0 */
/* config-linux.md, "Seccomp". */
#include "tables.h"

/* clang-format off */

#define S struct oci_syscall_arg
static const struct field syscall_arg_fields[] = {
	F(S, index,     "index",    REQUIRED),
	F(S, value,     "value",    REQUIRED),
	F(S, value_two, "valueTwo", 0),
	F(S, op,        "op",       REQUIRED),
	{ 0 }
};
OBJECT(oci_syscall_arg, syscall_arg_fields);
#undef S

#define S struct oci_syscall
static const struct field syscall_fields[] = {
	F_STRS(S, names, "names",    REQUIRED),
	F(S, action,     "action",   REQUIRED),
	F(S, errno_ret,  "errnoRet", 0),
	F_LIST(S, args,  "args",     oci_syscall_arg, 0),
	{ 0 }
};
OBJECT(oci_syscall, syscall_fields);
#undef S

#define S struct oci_seccomp
static const struct field seccomp_fields[] = {
	F(S, default_action,     "defaultAction",    REQUIRED),
	F(S, default_errno_ret,  "defaultErrnoRet",  0),
	F_STRS(S, flags,         "flags",            0),
	F(S, listener_path,      "listenerPath",     0),
	F(S, listener_metadata,  "listenerMetadata", 0),
	F_STRS(S, architectures, "architectures",    0),
	F_LIST(S, syscalls,      "syscalls",         oci_syscall, 0),
	{ 0 }
};
OBJECT(oci_seccomp, seccomp_fields);
#undef S
