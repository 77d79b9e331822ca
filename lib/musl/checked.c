/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the compiler makes of calls in libraries that were built against glibc
 * with _FORTIFY_SOURCE (as Debian's are): functions that know how large the
 * object is, as Linux Standard Base 5.0 has them. One that would write beyond
 * it ends the program. @flag: refuse "%n" in memory that may be written; musl cannot.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int __sprintf_chk(char *to, int flag, size_t size, const char *fmt, ...);
int __snprintf_chk(char *to, size_t n, int flag, size_t size, const char *fmt, ...);
int __asprintf_chk(char **to, int flag, const char *fmt, ...);
void *__memcpy_chk(void *to, const void *from, size_t n, size_t size);

int __sprintf_chk(char *to, int flag, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	(void)flag;
	va_start(ap, fmt);
	n = vsnprintf(to, size, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= size)
		abort();
	return n;
}

int __asprintf_chk(char **to, int flag, const char *fmt, ...)
{
	va_list ap;
	int n;

	(void)flag;
	va_start(ap, fmt);
	n = vasprintf(to, fmt, ap);
	va_end(ap);
	return n;
}

void *__memcpy_chk(void *to, const void *from, size_t n, size_t size)
{
	if (n > size)
		abort();
	return memcpy(to, from, n);
}
