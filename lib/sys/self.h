/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_SELF_H
#define SYS_SELF_H

#include <stdbool.h>

/*
 * Makes @copy, a file of the same bytes as our program, what this process
 * executes: all of its pages, and /proc/self/exe. False: the kernel refuses
 * (no CAP_SYS_ADMIN, a kernel without CONFIG_CHECKPOINT_RESTORE); then we are
 * still what we were, but some pages may be those of the copy.
 */
bool self_become(int copy);

#endif
