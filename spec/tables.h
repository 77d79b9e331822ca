/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_TABLES_H
#define SPEC_TABLES_H

#include "hull/spec.h"

/*
 * The objects that a table or a rule in another file of spec/ refers to.
 * Each file has the tables of one document; members stand in its order.
 */
extern const struct type
	/* config.c */
	type_oci_id_map, type_oci_root, type_oci_mount, type_oci_hook,
	/* process.c */
	type_oci_user, type_oci_rlimit, type_oci_io_priority,
	/* linux.c */
	type_oci_linux, type_oci_namespace, type_oci_device, type_oci_net_device,
	type_oci_intel_rdt, type_oci_personality, type_oci_time_offset,
	/* resources.c */
	type_oci_device_rule, type_oci_memory, type_oci_cpu, type_oci_block_io,
	type_oci_weight_device, type_oci_hugepage_limit, type_oci_network, type_oci_rdma,
	/* seccomp.c */
	type_oci_seccomp, type_oci_syscall, type_oci_syscall_arg,
	/* vm.c */
	type_oci_vm;

#endif
