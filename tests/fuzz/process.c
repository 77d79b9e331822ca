/* SPDX-License-Identifier: Apache-2.0 */
/* The process of `hull exec --process FILE`, planned for a container of the example configuration.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct host host = { .init_userns = true,
					  .cgroup_root = "/sys/fs/cgroup",
					  .last_cap = 40 };
	static const struct request request = { .id = "c1", .bundle = "/bundle" };
	auto_arena struct arena a = { 0 };
	struct oci_process process = { 0 };
	struct config config = { 0 };
	struct plan plan = { 0 };
	findings found = { 0 };
	auto_err struct err *err = NULL;
	auto_free char *text = NULL;

	fuzz_example(&a, &config);
	err = json_parse(&a, "process.json", fuzz_text(&a, data, size), size, &config.doc);
	if (err)
		return 0;
	json_decode(&a, &config.doc, &type_oci_process, &process, &found);
	spec_validate_part(&a, &config.doc, &type_oci_process, &process, &found);
	findings_must(&found);
	err = findings_error(&found, "process.json");
	if (err)
		return 0;
	config.spec.process = &process;
	err = plan_exec(&a, &config, &request, &host, &found, &plan);
	findings_must(&found);
	if (err)
		return 0;
	text = plan_print_json(&plan);
	json_must(text);
	return 0;
}
