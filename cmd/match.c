/* SPDX-License-Identifier: Apache-2.0 */
/* --regex: one command for many containers. */
#include "cmd.h"

struct each {
	struct err *(*one)(const struct hull *h, const char *id, void *data);
	void *data;
	struct err *first;
};

/* One that cannot be served does not spare the others. */
static struct err *each_one(const struct hull *h, const char *id, void *data)
{
	struct each *each = data;
	struct err *e = each->one(h, id, each->data);

	if (!e)
		return NULL;
	if (!each->first) {
		each->first = e;
		return NULL;
	}
	h->warn(err_text(e));
	err_free(e);
	return NULL;
}

struct err *each_match(const struct hull *h, const char *regex,
		       struct err *(*one)(const struct hull *h, const char *id, void *data),
		       void *data)
{
	struct each each = { .one = one, .data = data };
	auto_err struct err *e = hull_match(h, regex, each_one, &each);

	return each.first ? each.first : take_ptr(&e);
}
