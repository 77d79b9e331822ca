/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_UPDATE_H
#define PLAN_UPDATE_H

#include "rooms.h"

/*
 * What `update` does to configurations before it plans: pure functions on
 * linux.resources and process. Those of the container are changed in place, so
 * that its document still knows them.
 */

/* Makes zeros that say nothing absent. @file: the request came from an engine, not from options. */
void resources_clean(struct oci_resources *r, bool file);

/* @to becomes what it is once @from, which is clean, has been obeyed. */
void resources_merge(struct arena *a, struct oci_resources *to, const struct oci_resources *from);
void process_merge(struct arena *a, struct oci_process *to, const struct oci_process *from);

/*
 * Files of which one holds several values, or that count from each other:
 * adds to @request what @merged has beside the values that are asked for, so
 * that they can be planned. What need not be written for that is in the list
 * that ends with NULL.
 */
enum { UNWRITTEN_MAX = 4 };
void resources_complete(struct oci_resources *request, const struct oci_resources *merged,
			const char *unwritten[UNWRITTEN_MAX]);

#endif
