/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json: read, validated, planned for three hosts, its seccomp filter
 * made, and printed. A configuration that was read is written and read again.
 */
#include "fuzz.h"
#include "hull/str.h"

static const struct host hosts[] = {
	{ .init_userns = true,
	  .cgroup_root = "/sys/fs/cgroup",
	  .cgroup_self = "/a",
	  .last_cap = 40,
	  .cgroup_controllers = "cpu io memory pids",
	  .hugepage_sizes = "2MB",
	  .apparmor = true },
	{ .euid = 1000,
	  .egid = 1000,
	  .init_userns = true,
	  .cgroup_root = "/sys/fs/cgroup",
	  .cgroup_self = "/user.slice",
	  .last_cap = 40,
	  .newuidmap = "/usr/bin/newuidmap" },
	{ .cgroup_v1 = "cpu memory",
	  .last_cap = 41,
	  .selinux = true,
	  .resctrl_root = "/sys/fs/resctrl" },
};

static void plan_one(const struct config *config, enum cgroup_manager manager,
		     const struct host *host)
{
	auto_arena struct arena a = { 0 };
	struct request request = { .id = "c1", .bundle = "/bundle", .cgroup_manager = manager };
	findings found = { 0 };
	struct plan plan = { 0 };
	auto_err struct err *err = plan_make(&a, config, &request, host, &found, &plan);
	auto_free char *text = NULL, *json = NULL;

	findings_must(&found);
	if (!err)
		err = seccomp_assemble(&a, &plan, &plan.seccomp.program);
	if (err) {
		must(*err_text(err));
		return;
	}
	text = plan_print(&plan);
	json = plan_print_json(&plan);
	must(utf8_span(text, strlen(text)) == strlen(text));
	json_must(json);
}

/* Written and read again it says the same. */
static void again_must(struct arena *a, const struct config *config)
{
	auto_free char *one =
		json_encode_over(&config->doc, &type_oci_spec, &config->spec, JSON_COMPACT);
	auto_free char *two = NULL;
	findings found = { 0 };
	struct config second;
	auto_err struct err *err = spec_read(a, "again", one, strlen(one), &second, &found);

	if (err)
		fprintf(stderr, "%s\n%s\n", err_text(err), one);
	must(!err);
	two = json_encode_over(&second.doc, &type_oci_spec, &second.spec, JSON_COMPACT);
	must(!strcmp(one, two));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = { 0 };
	findings found = { 0 };
	struct config config = { 0 };
	auto_err struct err *err =
		spec_read(&a, "config.json", fuzz_text(&a, data, size), size, &config, &found);

	findings_must(&found);
	if (err)
		return 0;
	again_must(&a, &config);
	for (size_t i = 0; i < countof(hosts); i++)
		for (int manager = CGROUP_CGROUPFS; manager <= CGROUP_DISABLED; manager++)
			plan_one(&config, manager, &hosts[i]);
	return 0;
}
