/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of the plan's sheet about the unit. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rooms.h"
#include "sheet.h"

static const char *number_text(char type, uint64_t number, char *text, size_t size)
{
	if (type == 'b')
		return number ? "true" : "false";
	if (type == 't' && number == UNIT_INFINITY)
		return "infinity";
	snprintf(text, size, type == 'y' ? "0x%02" PRIx64 : "%" PRId64, number);
	return text;
}

/* The second part of a pair stands behind "=". */
static void item_print(struct sheet *s, const char *type, const struct unit_item *item)
{
	bool pair = strchr(type, '(');
	char last = type[strlen(type) - 1 - pair], number[24];
	const char *text = pair || last == 's' ? item->text : NULL;
	const char *value =
		last == 's' ? item->word : number_text(last, item->number, number, sizeof(number));
	char both[512];

	snprintf(both, sizeof(both), "%s%s%s", text ? text : "", pair ? "=" : "",
		 value ? value : "");
	sheet_item(s, "value", both);
}

void unit_properties_print(struct sheet *s, const struct plan *plan)
{
	for_each (property, &plan->cgroup.unit.properties) {
		sheet_line(s, "unit-property", property->from, property->member);
		sheet_text(s, "name", property->name);
		for_each (item, &property->items)
			item_print(s, property->type, item);
	}
}

void unit_print(struct sheet *s, const struct plan *plan)
{
	const struct unit_plan *unit = &plan->cgroup.unit;

	if (!unit->name)
		return;
	sheet_line(s, "unit", plan->spec->linux, "cgroupsPath");
	sheet_text(s, "name", unit->name);
	sheet_text(s, "slice", unit->slice);
	sheet_flag(s, "by-user-manager", unit->user);
	unit_properties_print(s, plan);
}
