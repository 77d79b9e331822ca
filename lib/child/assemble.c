/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp filter, from the profile that the plan holds. It takes the
 * planner's code, which is not in the sealed copy (lib/musl/apart.ld): so this
 * file is not either, and its step comes before the child is the copy.
 */
#include "child.h"

struct err *filter_assemble(const struct plan *plan, struct live *live)
{
	return seccomp_assemble(live->arena, plan, &live->filter);
}
