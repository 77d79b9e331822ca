/* SPDX-License-Identifier: Apache-2.0 */
/* What musl's <string.h> lacks: see names.c. */
#ifndef MUSL_STRING_H
#define MUSL_STRING_H

#include_next <string.h>

/* As string(3), strerror(3) and strsignal(3) have them: NULL for what there is not. */
const char *strerrorname_np(int code);
const char *strerrordesc_np(int code);
const char *sigabbrev_np(int number);

#endif
