/* SPDX-License-Identifier: Apache-2.0 */
/* config-vm.md. Decoded for the sake of good errors: the rules refuse it. */
#include "tables.h"

/* clang-format off */

#define S struct oci_vm_hypervisor
static const struct field vm_hypervisor_fields[] = {
	F(S, path,            "path",       REQUIRED),
	F_STRS(S, parameters, "parameters", 0),
	{ 0 }
};
static OBJECT(oci_vm_hypervisor, vm_hypervisor_fields);
#undef S

#define S struct oci_vm_kernel
static const struct field vm_kernel_fields[] = {
	F(S, path,            "path",       REQUIRED),
	F_STRS(S, parameters, "parameters", 0),
	F(S, initrd,          "initrd",     0),
	{ 0 }
};
static OBJECT(oci_vm_kernel, vm_kernel_fields);
#undef S

#define S struct oci_vm_image
static const struct field vm_image_fields[] = {
	F(S, path,   "path",   REQUIRED),
	F(S, format, "format", 0),
	{ 0 }
};
static OBJECT(oci_vm_image, vm_image_fields);
#undef S

#define S struct oci_vm_iomem
static const struct field vm_iomem_fields[] = {
	F(S, first_gfn, "firstGFN", 0),
	F(S, first_mfn, "firstMFN", REQUIRED),
	F(S, nr_mfns,   "nrMFNs",   REQUIRED),
	{ 0 }
};
static OBJECT(oci_vm_iomem, vm_iomem_fields);
#undef S

#define S struct oci_vm_hw_config
static const struct field vm_hw_config_fields[] = {
	F(S, device_tree, "deviceTree", 0),
	F(S, vcpus,       "vcpus",      0),
	F(S, memory,      "memory",     0),
	F_STRS(S, dtdevs, "dtdevs",     0),
	F_LIST(S, iomems, "iomems",     oci_vm_iomem, 0),
	F_NUMS(S, irqs,   "irqs",       0),
	{ 0 }
};
static OBJECT(oci_vm_hw_config, vm_hw_config_fields);
#undef S

/* config-vm.md says hwConfig; the Go binding writes hwconfig. */
#define S struct oci_vm
static const struct field vm_fields[] = {
	F_OBJ(S, hypervisor, "hypervisor", oci_vm_hypervisor, 0),
	F_OBJ(S, kernel,     "kernel",     oci_vm_kernel, REQUIRED),
	F_OBJ(S, image,      "image",      oci_vm_image, 0),
	F_OBJ(S, hw_config,  "hwConfig",   oci_vm_hw_config, 0),
	F_OBJ(S, hw_config,  "hwconfig",   oci_vm_hw_config, ALIAS),
	{ 0 }
};
OBJECT(oci_vm, vm_fields);
#undef S
