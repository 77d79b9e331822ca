/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RUN_HOOKS_H
#define RUN_HOOKS_H

#include "hull/step.h"

/* The six moments of config.md, "POSIX-platform Hooks". Each is a step. */
struct err *hooks_prestart(const struct plan *plan, struct live *live);
struct err *hooks_create_runtime(const struct plan *plan, struct live *live);
struct err *hooks_create_container(const struct plan *plan, struct live *live);
struct err *hooks_start_container(const struct plan *plan, struct live *live);
struct err *hooks_poststart(const struct plan *plan, struct live *live);
struct err *hooks_poststop(const struct undo *undo);	/* failures are warnings */

/* How long we wait for somebody who runs these hooks, for whom @ms would do else; 0: no limit. */
unsigned hooks_patience(const oci_hook_list *hooks, unsigned ms);

#endif
