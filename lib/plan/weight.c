/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu.shares to cpu.weight: the curve through (2, 1), (1024, 100) and
 * (262144, 10000) that runc, crun and Kubernetes use, so that a container
 * gets the same part of the CPU everywhere:
 *
 *	l = log2(shares), weight = ceil(10 ^ ((l² + 125 l) / 612 - 7 / 34))
 *
 * Without libm: loading it would be the dearest part of many a command.
 */
#include "resources.h"

enum { SHARES_MIN = 2, SHARES_MAX = 262144, WEIGHT_MIN = 1, WEIGHT_MAX = 10000 };

/* The whole part is the highest bit; squaring what is left gives one binary digit a time. */
static double log2_of(uint64_t n)
{
	int whole = 63 - __builtin_clzll(n);
	double rest = (double)n / (double)(UINT64_C(1) << whole);
	double log = whole;

	for (double digit = 0.5; digit > 1e-15; digit /= 2) {
		rest *= rest;
		if (rest >= 2) {
			rest /= 2;
			log += digit;
		}
	}
	return log;
}

/* 2^x for 0 <= x < 64: a shift, and the power series for the rest. */
static double exp2_of(double x)
{
	static const double ln2 = 0.693147180559945309;
	unsigned whole = (unsigned)x;
	double term = 1, sum = 1;

	for (int i = 1; i < 24; i++) {
		term *= (x - whole) * ln2 / i;
		sum += term;
	}
	return sum * (double)(UINT64_C(1) << whole);
}

unsigned weight_of_shares(uint64_t shares)
{
	static const double log2_10 = 3.321928094887362348;
	double l, exponent;

	if (shares <= SHARES_MIN)
		return WEIGHT_MIN;
	if (shares >= SHARES_MAX)
		return WEIGHT_MAX;
	l = log2_of(shares);
	exponent = (l * l + 125 * l) / 612 - 7.0 / 34;
	/* Rounded up, but 1024 is to be 100 however the last digit turned out. */
	return (unsigned)(exp2_of(exponent * log2_10) - 1e-9) + 1;
}
