#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# features.md, features-linux.md: the form of the document, and that all it lists is true.
load helpers
load rows

setup() {
	test_begin
	hull features >"$W/features.json"
}

f() {
	jq -r "$1" features.json
}

@test "the document has the form of the schema" {
	jq -e '
		def words: type == "array" and all(type == "string") and (unique | length) == length;
		def flag: type == "boolean";
		def part($p; check): if has($p) then (.[$p] | . == null or check) else true end;
		(keys - ["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations",
			 "potentiallyUnsafeConfigAnnotations"] == []) and
		(.ociVersionMin | type == "string") and (.ociVersionMax | type == "string") and
		part("hooks"; words) and part("mountOptions"; words) and part("potentiallyUnsafeConfigAnnotations"; words) and
		part("annotations"; type == "object" and all(type == "string") and (has("") | not)) and
		(.linux | type == "object" and
			(keys - ["namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt",
				 "mountExtensions", "netDevices", "memoryPolicy"] == []) and
			part("namespaces"; words) and
			part("capabilities"; words and all(test("^CAP_[A-Z_]+$"))) and
			part("cgroup"; (keys - ["v1", "v2", "systemd", "systemdUser", "rdma"] == []) and all(flag)) and
			part("seccomp"; (.enabled | flag) and part("actions"; words and all(test("^SCMP_ACT_"))) and
				part("operators"; words and all(test("^SCMP_CMP_"))) and part("archs"; words and all(test("^SCMP_ARCH_"))) and
				part("knownFlags"; words) and part("supportedFlags"; words)) and
			part("apparmor"; .enabled | flag) and part("selinux"; .enabled | flag) and
			part("intelRdt"; all(flag)) and part("netDevices"; .enabled | flag) and
			part("memoryPolicy"; part("modes"; words) and part("flags"; words)) and
			part("mountExtensions"; .idmap.enabled | flag))' features.json
}

@test "it is the same wherever and however it is asked" {
	env -i "$HULL" features >again
	cmp again features.json
	unshare --mount sh -c 'umount -l /sys 2>/dev/null; exec "$0" features' "$HULL" >"$W/again"
	cmp "$W/again" "$W/features.json"
}

@test "versions: the newest is not below the oldest, and covers all that is listed" {
	[ "$(f .ociVersionMin)" = 1.0.0 ]
	[ "$(f .ociVersionMax)" = 1.3.0 ]
	jq -e '.linux | has("netDevices") and has("memoryPolicy") and (.intelRdt | has("schemata"))' features.json
}

@test "hooks: each is run" {
	local k
	[ "$(f '.hooks | length')" = 6 ]
	for k in $(f '.hooks[]'); do
		rm -rf b
		bundle b '.process.args = ["/bin/probe", "pause"] | .hooks = {($k): [{path: "/bin/sh", args: ["sh", "-c", "exit 9"]}]}' --arg k "$k"
		run_hull run --detach -b "$B" "$ID"
		[ "$k" != poststop ] || run_hull delete --force "$ID"
		[[ $output = *"$k hook #0"* ]] || complain "$k"
	done
}

@test "mountOptions: each is known, and none is a file system's" {
	local o
	jq -e '.mountOptions | (index("ro") and index("rbind") and index("idmap") and index("rro")) and
		all(. as $o | ["mode", "size", "uid", "gid", "acl", "noacl", "nr_inodes"] | index($o) | not)' features.json
	for o in $(f '.mountOptions[]'); do
		configure '.mounts += [{destination: "/tmp", type: "tmpfs", source: "t", options: [$o]}] |
			if $o | test("bind$") then .mounts[-1].source = "/tmp" else . end' --arg o "$o"
		run_hull create --dry-run=json -b "$B" "$ID"
		if [ "$status" = 0 ]; then
			printf '%s\n' "$output" >plan.json
			# These the kernel's own parser takes, whatever the file system.
			case $o in async | sync | dirsync | lazytime | nolazytime | mand | nomand) continue ;; esac
			jq -e --arg o "$o" 'all(.[] | select(.pointer == "/mounts/7"); (.data // []) | index($o) | not)' plan.json
		else
			# Known, and only wrong here: not on a file system of its own, or without a map.
			expect fail /mounts/7
			expect_no 'unknown'
		fi
	done
}

@test "namespaces: each is known" {
	[ "$(f '.linux.namespaces | sort | join(" ")')" = 'cgroup ipc mount network pid time user uts' ]
	local n
	for n in $(f '.linux.namespaces[]'); do
		planned '.linux.namespaces = ([{type: "mount"}, {type: $n}] | unique) | del(.hostname) |
			.linux.uidMappings = (if $n == "user" then [{containerID: 0, hostID: 0, size: 1}] else [] end) |
			.linux.gidMappings = .linux.uidMappings' --arg n "$n"
		plan_has ".action == \"namespace\" and .new == \"$n\""
	done
}

@test "capabilities: each is known, up to the kernel's last" {
	[ "$(f '.linux.capabilities | length')" -ge 41 ]
	configure '.process.args = ["/bin/probe", "probe"] | .process.capabilities = {bounding: $f[0].linux.capabilities}' --slurpfile f features.json
	run_hull run -b "$B" "$ID"
	expect 0
	expect_no 'has no capability'
}

@test "cgroup: version 2 alone" {
	jq -e '.linux.cgroup | .v1 == false and .v2 == true and (.rdma | type == "boolean")' features.json
}

@test "seccomp: each action, operator, architecture and flag is known" {
	local w
	for w in $(f '.linux.seccomp.actions[]'); do
		planned '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", listenerPath: "/x", syscalls: [{names: ["getppid"], action: $w}]}' --arg w "$w"
	done
	for w in $(f '.linux.seccomp.operators[]'); do
		planned '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["getppid"], action: "SCMP_ACT_ALLOW",
			args: [{index: 0, value: 1, op: $w}]}]}' --arg w "$w"
	done
	for w in $(f '.linux.seccomp.knownFlags[]'); do
		planned '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", flags: [$w]}' --arg w "$w"
	done
	jq -e '.linux.seccomp | .enabled and (.supportedFlags - .knownFlags == []) and (.archs | length == 23)' features.json
}

@test "memoryPolicy: each mode and flag is known" {
	local w n
	for w in $(f '.linux.memoryPolicy.modes[]'); do
		case $w in MPOL_DEFAULT | MPOL_LOCAL) n='' ;; *) n=0 ;; esac
		planned '.linux.memoryPolicy = {mode: $w, nodes: $n}' --arg w "$w" --arg n "$n"
		plan_has ".action == \"memory-policy\" and .mode == \"$w\""
	done
	for w in $(f '.linux.memoryPolicy.flags[]'); do
		planned '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: [$w]}' --arg w "$w"
	done
}

@test "annotations that change something are listed, and no others are acted on" {
	local in_source
	in_source=$(cd "$HERE/../.." && grep -rhoE '"(run\.(oci|hull)|org\.systemd)\.[a-z_.-]+"' lib | tr -d '"' | sort -u | grep -v '^run\.hull\.version$')
	[ "$in_source" = "$(f '.potentiallyUnsafeConfigAnnotations | sort[]')" ]
}

@test "extensions: id-mapped mounts, network devices, intelRdt, labels" {
	jq -e '.linux | .mountExtensions.idmap.enabled and (.netDevices.enabled | type == "boolean") and
		(.intelRdt | .enabled and .schemata and .monitoring) and .apparmor.enabled and .selinux.enabled' features.json
}
