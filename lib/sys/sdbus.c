/* SPDX-License-Identifier: Apache-2.0 */
/* The library libsystemd, and values in its messages. */
#include "sdbus.h"

#include <string.h>

#include "load.h"

#define SONAME "libsystemd.so.0"
NOTE_DLOPEN("systemd", "puts containers into units of systemd", "recommended", SONAME);

/* clang-format off */
#define FUNCTION(member, function) SYMBOL(struct libsystemd, member, function)
static const struct symbol symbols[] = {
	FUNCTION(open_system,	  sd_bus_open_system),
	FUNCTION(open_user,	  sd_bus_open_user),
	FUNCTION(close,		  sd_bus_close_unref),
	FUNCTION(is_ready,	  sd_bus_is_ready),
	FUNCTION(process,	  sd_bus_process),
	FUNCTION(fd,		  sd_bus_get_fd),
	FUNCTION(events,	  sd_bus_get_events),
	FUNCTION(add_match,	  sd_bus_add_match_async),
	FUNCTION(call,		  sd_bus_call_async),
	FUNCTION(path_encode,	  sd_bus_path_encode),
	FUNCTION(message_new,	  sd_bus_message_new_method_call),
	FUNCTION(message_ref,	  sd_bus_message_ref),
	FUNCTION(message_unref,	  sd_bus_message_unref),
	FUNCTION(message_error,	  sd_bus_message_get_error),
	FUNCTION(message_errno,	  sd_bus_message_get_errno),
	FUNCTION(append,	  sd_bus_message_append),
	FUNCTION(open,		  sd_bus_message_open_container),
	FUNCTION(close_container, sd_bus_message_close_container),
	FUNCTION(read,		  sd_bus_message_read),
	{ 0 }
};
/* clang-format on */

struct err *sdbus_load(struct libsystemd *lib)
{
	return library_load(SONAME, symbols, lib);
}

static int basic_append(const struct libsystemd *lib, sd_bus_message *m, char type,
			const struct unit_item *item, bool second)
{
	char types[2] = { type, 0 };

	if (type == 's')
		return lib->append(m, types, second ? item->word : item->text);
	if (type == 't')
		return lib->append(m, types, item->number);
	return lib->append(m, types, (unsigned)item->number);	/* b, i, u, y */
}

/* Of type "t" or "(ss)". */
static int item_append(const struct libsystemd *lib, sd_bus_message *m, const char *type,
		       const struct unit_item *item)
{
	char inner[3] = { type[0], 0 };
	int r;

	if (*type != '(')
		return basic_append(lib, m, *type, item, false);
	memcpy(inner, type + 1, 2);
	r = lib->open(m, 'r', inner);
	for (int i = 0; i < 2 && r >= 0; i++)
		r = basic_append(lib, m, inner[i], item, i);
	return r < 0 ? r : lib->close_container(m);
}

int value_append(const struct libsystemd *lib, sd_bus_message *m, const char *type,
		 const struct unit_item *items, size_t n)
{
	bool list = *type == 'a';
	int r = list ? lib->open(m, 'a', type + 1) : 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		r = item_append(lib, m, type + list, &items[i]);
	return r < 0 || !list ? r : lib->close_container(m);
}

static int property_append(const struct libsystemd *lib, sd_bus_message *m,
			   const struct unit_property *p)
{
	int r = lib->open(m, 'r', "sv");

	if (r >= 0)
		r = lib->append(m, "s", p->name);
	if (r >= 0)
		r = lib->open(m, 'v', p->type);
	if (r >= 0)
		r = value_append(lib, m, p->type, p->items.v, p->items.n);
	if (r >= 0)
		r = lib->close_container(m);
	return r < 0 ? r : lib->close_container(m);
}

int properties_append(const struct libsystemd *lib, sd_bus_message *m, const unit_properties *list)
{
	int r = lib->open(m, 'a', "(sv)");

	for_each (p, list)
		if (r >= 0)
			r = property_append(lib, m, p);
	return r < 0 ? r : lib->close_container(m);
}
