/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_SELF_H
#define SYS_SELF_H

#include <stdbool.h>
#include <stddef.h>

#include "hull/err.h"

/* @size bytes of our program, at @offset in its file @self, to the same place in @copy. */
struct err *copy_range(int self, int copy, size_t offset, size_t size) MUST_CHECK;

/* Nobody can change it any more. */
struct err *copy_seal(int copy) MUST_CHECK;

/*
 * Makes @copy, an empty memfd, what this process executes instead of its file
 * @self: all of its pages, and /proc/self/exe. False: we are still what we were,
 * but some pages may be those of the copy, which is of no use then.
 */
bool self_become(int self, int copy);

#endif
