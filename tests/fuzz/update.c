/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resources of `hull update --resources FILE`, for a container of the
 * example configuration. What is stored afterwards is a configuration that is
 * valid, and the same request again changes nothing.
 */
#include "fuzz.h"

static bool change_read(struct arena *a, const char *text, size_t size, struct change *change)
{
	struct piece *file = &change->file;
	struct oci_linux *lin = arena_new(a, struct oci_linux);
	auto_err struct err *err =
		json_parse(a, "command line", "{}", 2, &change->options.config.doc);

	must(!err);
	change->has_file = true;
	if (!json_scan(a, "r.json", text, size, &file->config.doc, &file->found))
		return false;
	lin->resources = arena_new(a, struct oci_resources);
	file->config.spec.linux = lin;
	json_decode(a, &file->config.doc, &type_oci_resources, lin->resources, &file->found);
	spec_validate_part(a, &file->config.doc, &type_oci_resources, lin->resources, &file->found);
	return true;
}

static bool wrong(const findings *found)
{
	findings_must(found);
	for_each (f, found)
		if (!f->warning)
			return true;
	return false;
}

/* What the configuration is after it; NULL: it is refused. */
static const char *updated(struct arena *a, struct config *config, const char *text, size_t size)
{
	static const struct host host = { .init_userns = true,
					  .cgroup_root = "/sys/fs/cgroup",
					  .cgroup_controllers = "cpu cpuset io memory pids",
					  .hugepage_sizes = "2MB",
					  .last_cap = 40 };
	struct change change = { .id = "c1", .cgroup = "/c1", .unit = "c1.scope" };
	struct update_plan plan = { 0 };
	auto_free char *print = NULL;

	if (!change_read(a, text, size, &change) || wrong(&change.file.found))
		return NULL;
	plan_update(a, config, &change, &host, &plan);
	if (wrong(&change.file.found) || wrong(&change.options.found))
		return NULL;
	print = plan_update_print(&plan, true);
	json_must(print);
	return plan.config ? plan.config : config->doc.text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = { 0 };
	const char *text = fuzz_text(&a, data, size), *once, *twice;
	struct config config = { 0 };
	findings found = { 0 };
	auto_err struct err *err = NULL;

	fuzz_example(&a, &config);
	once = updated(&a, &config, text, size);
	if (!once)
		return 0;
	err = spec_read(&a, "config.json", once, strlen(once), &config, &found);
	if (err)
		fprintf(stderr, "%s\n%s\n", err_text(err), once);
	must(!err);
	twice = updated(&a, &config, text, size);
	must(twice);
	if (strcmp(once, twice))
		fprintf(stderr, "%s\n%s\n", once, twice);
	must(!strcmp(once, twice));
	return 0;
}
