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
#include "meet.h"

enum { C = VERB_CREATE, S = VERB_START, E = VERB_EXEC };

/* clang-format off */
const struct step steps[] = {
	/* name                side    verbs  apply                  undo */
	{ "state",             PARENT, C,     state_reserve,         state_remove },
	{ "hooks-poststop",    PARENT, 0,     NULL,                  hooks_poststop },	/* once all below is gone */
	{ "console-socket",    PARENT, C|E,   console_connect },
	{ "notify",            PARENT, C,     notify_make },
	{ "seccomp-agent",     PARENT, C|E,   agent_connect },
	{ "cgroup",            PARENT, C,     cgroup_make,           cgroup_remove },
	{ "cgroup",            PARENT, E,     cgroup_find },
	{ "cgroup-bus",        PARENT, C,     scope_begin },	/* lets us in while the child is made */
	{ "resctrl",           PARENT, C,     rdt_make,              rdt_remove },
	{ "copy",              PARENT, C|E,   copy_make },	/* of our own program */
	{ "sources",           PARENT, C,     sources_open },
	{ "nodes",             PARENT, C,     nodes_make },
	{ "start-socket",      PARENT, C,     start_listen },
	{ "spawn",             PARENT, C,     spawn,                 child_kill },	/* returns twice */
	{ "spawn",             PARENT, E,     spawn_exec },

	{ "begin",             CHILD,  C|E,   child_begin },
	{ "cgroup-scope",      PARENT, C,     scope_make,            scope_remove },	/* systemd wants a process for it */
	{ "cgroup-scope",      PARENT, E,     scope_attach },
	{ "network",           PARENT, C,     network_make, .matters = network_apart },
	{ "copy-sealed",       PARENT, E,     copy_seal },
	{ "cgroup-limits",     PARENT, C,     cgroup_limit },	/* while it does */
	{ "device-filter",     PARENT, C,     cgroup_filter_devices, .matters = filtered_first },
	{ "cgroup-sub",        PARENT, C,     cgroup_descend },
	{ "cgroup-owner",      PARENT, C,     cgroup_give },
	{ "sources-closed",    PARENT, C,     sources_close },
	{ "namespaces-made",    CHILD_FIRST, C, .matters = begun_matters },
	{ "id-maps",           PARENT, C,     idmaps_write },
	{ "resctrl-tasks",     PARENT, C|E,   rdt_join },		/* before it is more than one task */
	{ "net-devices",       PARENT, C,     netdevs_move },
	{ "oom-score",         PARENT, C|E,   oom_score_set },
	{ "time-offsets",      PARENT, C,     time_offsets_write },	/* before anyone is in that namespace */
	{ "limits",            PARENT, C|E,   limits_set },		/* raising needs the host's privileges */
	{ "pidfd-socket",      PARENT, C,     pidfd_send },
	{ "seccomp-filter",    CHILD,  C|E,   filter_assemble },	/* here, or for the network, it would wait */
	{ "placed",             PARENT_FIRST, C|E, .matters = placed_matters },
	{ "device-filter",     PARENT, C,     cgroup_filter_devices, .matters = filtered_later },
	{ "copy-sealed",       PARENT, C,     copy_seal },	/* the child has no need of it for long */
	{ "config",            PARENT, C,     config_keep },
	{ "protect",           CHILD,  E,     copy_become },
	{ "join",              CHILD,  E,     container_join },
	{ "root-user",         CHILD,  C|E,   root_become },
	{ "cgroup-namespace",  CHILD,  C,     cgroup_enter },	/* its root is the cgroup that we are in */
	{ "time-namespace",    CHILD,  C,     time_enter },
	{ "keyring",           CHILD,  C|E,   keyring_make },
	{ "names",             CHILD,  C,     names_set },
	{ "loopback",          CHILD,  C,     loopback_set },	/* if the network was made with the child */
	{ "rootfs",            CHILD,  C,     rootfs_prepare },
	{ "device-filter",     CHILD,  C,     cgroup_filter_devices, .matters = goes_through },
	{ "mounts",            CHILD,  C,     mounts_make },
	{ "devices",           CHILD,  C,     devices_make },
	{ "network",           CHILD,  C,     network_enter },	/* if no mount has needed it */
	{ "mounted",            CHILD_FIRST, C, .matters = mounted_matters },
	{ "cgroup-delegated",  PARENT, C,     cgroup_delegate },	/* the namespace's root stays above */
	{ "hooks-prestart",    PARENT, C,     hooks_prestart },
	{ "hooks-runtime",     PARENT, C,     hooks_create_runtime },
	{ "hooked",             PARENT_FIRST, C, .matters = mounted_matters },
	{ "hooks-container",   CHILD,  C,     hooks_create_container },	/* their paths are the host's */
	{ "sysctl",            CHILD,  C,     sysctls_write },	/* after the hooks, which may bring net devices */
	{ "pivot",             CHILD,  C,     rootfs_enter },
	{ "console",           CHILD,  C|E,   console_open },
	{ "session",           CHILD,  C,     session_make },
	{ "paths",             CHILD,  C,     paths_cover },
	{ "read-only",         CHILD,  C,     rootfs_finish },
	{ "scheduling",        CHILD,  C|E,   sched_set },
	{ "labels",            CHILD,  C|E,   labels_set },
	{ "directory",         CHILD,  C|E,   cwd_enter },	/* the user may not get there, root may */
	{ "copied",             PARENT_FIRST, C, .matters = copied_matters },
	{ "protect",           CHILD,  C,     copy_become },	/* nobody is here yet who could look */
	{ "ids",               CHILD,  C|E,   ids_set },
	{ "program",           CHILD,  C|E,   program_find },	/* a missing one fails create, not start */
	{ "descriptors",       CHILD,  C|E,   descriptors_close },
	{ "survive",           CHILD,  C|E,   child_survive },
	{ "seccomp",           CHILD,  C|E,   seccomp_early },	/* without no_new_privs it needs CAP_SYS_ADMIN */
	{ "capabilities",      CHILD,  C|E,   caps_set },
	{ "ready",              CHILD_FIRST, C, .matters = ready_matters },
	{ "created",           PARENT, C,     state_save },
	{ "resctrl-shared",    PARENT, C,     rdt_keep },		/* from here on it is not ours to remove */
	{ "saved",              PARENT_FIRST, C, .matters = saved_matters },
	{ "await-start",       CHILD,  C,     start_await },
	{ "appear",            CHILD,  E,     child_appear },	/* in the pid namespace: with nothing left to steal */
	{ "session",           CHILD,  E,     session_make },
	{ "notify-socket",     PARENT, S,     notify_listen },
	{ "oom-watch",         PARENT, S,     oom_begin },
	{ "release",           PARENT, S,     start_release },
	{ "hooks-start",       CHILD,  C,     hooks_start_container },
	{ "announce",          CHILD,  C,     program_announce },
	{ "seccomp-late",      CHILD,  C|E,   seccomp_late },	/* it should see as little of us as possible */
	{ "exec",              CHILD,  C|E,   program_exec },
	{ "executed",          PARENT, S,     start_confirm },	/* end of file: execve(2) closed our socket */
	{ "executed",          PARENT, E,     child_appeared },
	{ "pidfd-socket",      PARENT, E,     pidfd_send },
	{ "notify-ready",      PARENT, S,     notify_await },
	{ "pid-file",          PARENT, E,     pid_file_save },
	{ "hooks-poststart",   PARENT, S,     hooks_poststart },
	{ 0 }
};
/* clang-format on */
