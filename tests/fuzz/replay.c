/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	fuzz-NAME FILE...
 *
 * A fuzzer without libFuzzer: tries the bytes of each file.
 */
#include <err.h>

#include "fuzz.h"

static void try(const char *path)
{
	FILE *f = fopen(path, "re");
	uint8_t *bytes = NULL;
	size_t size = 0, n;
	char block[4096];

	if (!f)
		err(2, "%s", path);
	while ((n = fread(block, 1, sizeof(block), f))) {
		bytes = realloc(bytes, size + n);
		if (!bytes)
			err(2, "%s", path);
		memcpy(bytes + size, block, n);
		size += n;
	}
	if (ferror(f))
		err(2, "%s", path);
	fclose(f);
	LLVMFuzzerTestOneInput(bytes ? bytes : (const uint8_t *)"", size);
	free(bytes);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		try(argv[i]);
	return 0;
}
