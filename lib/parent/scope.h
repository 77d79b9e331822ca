/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_SCOPE_H
#define PARENT_SCOPE_H

#include "hull/state.h"
#include "hull/unit.h"

/*
 * Changes properties of the container's unit for as long as it lives
 * (SetUnitProperties of systemd's manager); what its version does not know is
 * left out. Only for containers that have one: @r->unit.
 */
struct err *scope_set(const struct record *r, const unit_properties *list) MUST_CHECK;

#endif
