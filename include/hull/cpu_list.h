/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_CPU_LIST_H
#define HULL_CPU_LIST_H

#include <stdbool.h>

#include "hull/mem.h"

/* More CPUs and NUMA nodes than any kernel is built for (NR_CPUS is 8192 at most). */
#define CPU_LIST_BITS	((unsigned long)32768)

/*
 * "0-3,7" to a bit mask of CPU_LIST_BITS in the arena, of which the first
 * @bits count; false if it is no such list.
 */
bool cpu_list_parse(struct arena *a, const char *list, unsigned long **mask, unsigned long *bits);

/* Whether all of @other is in @list; false if one of them is no list. */
bool cpu_list_holds(const char *list, const char *other);

#endif
