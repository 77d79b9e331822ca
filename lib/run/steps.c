/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which a container comes into being. There is no other place
 * where order is decided: to see what happens when, in both processes, read
 * this list downwards; to see how it is taken back, read the last column
 * upwards. A step whose part of the plan is empty does nothing.
 */
#include "hull/step.h"

#include "../child/child.h"
#include "../parent/parent.h"
#include "hooks.h"

enum { C = VERB_CREATE, S = VERB_START };

/* clang-format off */
const struct step steps[] = {
	/* name                side    verbs  apply                  undo */
	{ "state",             PARENT, C,     state_reserve,         state_remove },
	{ "hooks-poststop",    PARENT, 0,     NULL,                  hooks_poststop },	/* once all below is gone */
	{ "console-socket",    PARENT, C,     console_connect },
	{ "seccomp-agent",     PARENT, C,     agent_connect },
	{ "cgroup",            PARENT, C,     cgroup_make,           cgroup_remove },
	{ "cgroup-limits",     PARENT, C,     cgroup_limit },
	{ "device-filter",     PARENT, C,     cgroup_filter_devices },
	{ "sources",           PARENT, C,     sources_open },
	{ "start-socket",      PARENT, C,     start_listen },
	{ "spawn",             PARENT, C,     spawn,                 child_kill },	/* returns twice */

	{ "begin",             CHILD,  C,     child_begin },
	{ "namespaces-made",   MEET,   C },
	{ "id-maps",           PARENT, C,     idmaps_write },
	{ "oom-score",         PARENT, C,     oom_score_set },
	{ "time-offsets",      PARENT, C,     time_offsets_write },	/* before anyone is in that namespace */
	{ "limits",            PARENT, C,     limits_set },		/* raising needs the host's privileges */
	{ "placed",            MEET,   C },
	{ "root-user",         CHILD,  C,     root_become },
	{ "cgroup-namespace",  CHILD,  C,     cgroup_enter },	/* its root is the cgroup that we are in */
	{ "time-namespace",    CHILD,  C,     time_enter },
	{ "session",           CHILD,  C,     session_make },
	{ "names",             CHILD,  C,     names_set },
	{ "loopback",          CHILD,  C,     loopback_set },
	{ "rootfs",            CHILD,  C,     rootfs_prepare },
	{ "mounts",            CHILD,  C,     mounts_make },
	{ "devices",           CHILD,  C,     devices_make },
	{ "mounted",           MEET,   C },
	{ "hooks-prestart",    PARENT, C,     hooks_prestart },
	{ "hooks-runtime",     PARENT, C,     hooks_create_runtime },
	{ "hooked",            MEET,   C },
	{ "hooks-container",   CHILD,  C,     hooks_create_container },	/* their paths are the host's */
	{ "pivot",             CHILD,  C,     rootfs_enter },
	{ "sysctl",            CHILD,  C,     sysctls_write },	/* after the hooks, which may bring net devices */
	{ "console",           CHILD,  C,     console_open },
	{ "paths",             CHILD,  C,     paths_cover },
	{ "read-only",         CHILD,  C,     rootfs_finish },
	{ "scheduling",        CHILD,  C,     sched_set },
	{ "labels",            CHILD,  C,     labels_set },
	{ "directory",         CHILD,  C,     cwd_enter },	/* the user may not get there, root may */
	{ "ids",               CHILD,  C,     ids_set },
	{ "program",           CHILD,  C,     program_find },	/* a missing one fails create, not start */
	{ "descriptors",       CHILD,  C,     descriptors_close },
	{ "seccomp",           CHILD,  C,     seccomp_early },	/* without no_new_privs it needs CAP_SYS_ADMIN */
	{ "capabilities",      CHILD,  C,     caps_set },
	{ "ready",             MEET,   C },
	{ "created",           PARENT, C,     state_save },
	{ "saved",             MEET,   C },
	{ "await-start",       CHILD,  C,     start_await },
	{ "release",           PARENT, S,     start_release },
	{ "hooks-start",       CHILD,  C,     hooks_start_container },
	{ "announce",          CHILD,  C,     program_announce },
	{ "seccomp-late",      CHILD,  C,     seccomp_late },	/* it should see as little of us as possible */
	{ "exec",              CHILD,  C,     program_exec },
	{ "executed",          PARENT, S,     start_confirm },	/* end of file: execve(2) closed our socket */
	{ "hooks-poststart",   PARENT, S,     hooks_poststart },
	{ 0 }
};
/* clang-format on */
