/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_UNIT_H
#define PLAN_UNIT_H

#include "rooms.h"

/* Name and slice of the unit, by linux.cgroupsPath ("" for none), and the cgroup to come. */
void unit_place(struct planner *p, const char *path);

/* The property of this name, which is added if there is none; without items. */
struct unit_property *unit_property(struct arena *a, unit_properties *list, const char *name,
				    const char *type);

/* The same with a text, unless it has a value already. */
void unit_text(struct arena *a, unit_properties *list, const char *name, const char *type,
	       const char *text);

/* DevicePolicy and DeviceAllow: no more is refused than the filter does itself. */
void unit_devices(struct arena *a, const struct device_filter *filter, unit_properties *list);

/* The annotations org.systemd.property.NAME. */
void unit_annotations(struct planner *p);

#endif
