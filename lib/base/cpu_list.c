/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of processors and memory nodes, as the kernel writes them: cpuset(7), "List format". */
#include "hull/cpu_list.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* A number at *@s, which then points behind it. */
static bool number_parse(const char **s, unsigned long *n)
{
	char *end;

	if (**s < '0' || **s > '9')
		return false;
	errno = 0;
	*n = strtoul(*s, &end, 10);
	*s = end;
	return errno == 0 && *n < CPU_LIST_BITS;
}

static bool range_parse(const char **s, unsigned long *first, unsigned long *last)
{
	if (!number_parse(s, first))
		return false;
	*last = *first;
	if (**s != '-')
		return true;
	(*s)++;
	return number_parse(s, last) && *last >= *first;
}

bool cpu_list_parse(struct arena *a, const char *list, unsigned long **mask, unsigned long *bits)
{
	unsigned long *words = arena_array(a, unsigned long, CPU_LIST_BITS / LONG_BIT);
	unsigned long first, last, end = 0;

	for (const char *s = list; *s;) {
		if (!range_parse(&s, &first, &last))
			return false;
		for (unsigned long i = first; i <= last; i++)
			words[i / LONG_BIT] |= 1ul << i % LONG_BIT;
		if (last >= end)
			end = last + 1;
		if (*s == ',' && s[1])
			s++;
		else if (*s)
			return false;
	}
	*mask = words;
	*bits = end;
	return true;
}

bool cpu_list_holds(const char *list, const char *other)
{
	auto_arena struct arena a = { 0 };
	unsigned long *mask, *others, bits, end;

	if (!cpu_list_parse(&a, list, &mask, &bits) || !cpu_list_parse(&a, other, &others, &end))
		return false;
	for (size_t i = 0; i < CPU_LIST_BITS / LONG_BIT; i++)
		if (others[i] & ~mask[i])
			return false;
	return true;
}
