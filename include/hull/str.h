/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HULL_STR_H
#define HULL_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes at the start of @s are valid UTF-8 (RFC 3629); @size if all are. */
size_t utf8_span(const char *s, size_t size);

/* A copy of @s in which every byte that is no UTF-8 became U+FFFD. Allocated. */
char *utf8_clean(const char *s);

/* @word is @known in other capitals or, from 5 letters on, with one slip of the pen. */
bool str_misspelt(const char *word, const char *known);

/* One of the words of a list that ends with NULL. */
bool str_among(const char *s, const char *const *words);

/*
 * A length of time greater than zero, as Go writes it: numbers with a unit
 * each, "1m30s", "1.5h", ".5s", "500ms" (ns, us, ms, s, m, h), up to 292 years.
 */
bool str_duration(const char *text, uint64_t *nanoseconds);

/* The digits that @text begins with; false if there are none, or they are above 2^64 - 1. */
bool str_digits(const char *text, char **end, uint64_t *n);

/* A number of digits, at most @most, and nothing else. */
bool str_number(const char *text, uint64_t most, uint64_t *n);

/* What follows the first @name in @text; "" if it is not there. */
const char *str_after(const char *text, const char *name);

#endif
