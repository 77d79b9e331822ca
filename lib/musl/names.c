/* SPDX-License-Identifier: Apache-2.0 */
/* Names of errors and signals. */
#include <errno.h>
#include <signal.h>
#include <string.h>

static const struct {
	const char *name, *words;
} errors[] = {
	{ "0", "Success" },
#define ERROR(name, words) [name] = { #name, words },
#include "errors.h"
#undef ERROR
};

static const char *const signals[] = {
#define SIGNAL(name) [SIG##name] = #name
	SIGNAL(HUP), SIGNAL(INT), SIGNAL(QUIT), SIGNAL(ILL), SIGNAL(TRAP), SIGNAL(ABRT),
	SIGNAL(BUS), SIGNAL(FPE), SIGNAL(KILL), SIGNAL(USR1), SIGNAL(SEGV), SIGNAL(USR2),
	SIGNAL(PIPE), SIGNAL(ALRM), SIGNAL(TERM), SIGNAL(STKFLT), SIGNAL(CHLD), SIGNAL(CONT),
	SIGNAL(STOP), SIGNAL(TSTP), SIGNAL(TTIN), SIGNAL(TTOU), SIGNAL(URG), SIGNAL(XCPU),
	SIGNAL(XFSZ), SIGNAL(VTALRM), SIGNAL(PROF), SIGNAL(WINCH), SIGNAL(POLL), SIGNAL(PWR),
	SIGNAL(SYS),
#undef SIGNAL
};

enum { N_ERRORS = sizeof(errors) / sizeof(*errors), N_SIGNALS = sizeof(signals) / sizeof(*signals) };

const char *strerrorname_np(int code)
{
	return code >= 0 && code < N_ERRORS ? errors[code].name : NULL;
}

const char *strerrordesc_np(int code)
{
	return code >= 0 && code < N_ERRORS ? errors[code].words : NULL;
}

const char *sigabbrev_np(int number)
{
	return number > 0 && number < N_SIGNALS ? signals[number] : NULL;
}
