/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_SELF_H
#define SYS_SELF_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "hull/err.h"

/* @size bytes of our program, at @offset in its file @self, to the same place in @copy. */
struct err *copy_range(int self, int copy, size_t offset, size_t size) MUST_CHECK;

/* What the kernel knows of our memory, and is to be told again. */
struct err *layout_read(struct prctl_mm_map *layout) MUST_CHECK;

/*
 * What is mapped from our program's file @self goes to @copy, an empty memfd: all of
 * it if @whole, else without the code that a child does not need.
 */
struct err *image_copy(int self, int copy, bool whole) MUST_CHECK;

/*
 * Makes @copy, filled, what this process executes instead of its file: all of its pages, and
 * /proc/self/exe. If that fails, some pages may be those of the copy.
 */
struct err *image_become(int copy, const struct prctl_mm_map *layout, bool whole) MUST_CHECK;

#endif
