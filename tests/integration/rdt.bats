#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.intelRdt where there is no resctrl. What is done with one, on a
# directory that behaves like it, is in tests/unit/test_rdt.c: a real one would
# be the whole machine's.
load helpers

# refused MEMBERS PATTERN...: create fails because of linux.intelRdt, and leaves nothing
refused() {
	bundle "$ID" ".linux.intelRdt = $1"
	run_hull create -b "$B" "$ID"
	expect fail "${@:2}"
	[ ! -e "$STATE/$ID" ]
}

no_resctrl() {
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip "resctrl is mounted"
}

@test "not mounted: refused, at its place, whatever it asks for" {
	no_resctrl
	for members in '{}' '{closID: "/"}' '{closID: "gold"}' '{enableMonitoring: true}' \
		'{l3CacheSchema: "L3:0=f"}' '{enableCMT: true}'; do
		refused "$members" 'resctrl, which is not mounted' '/linux/intelRdt' 'config.json:[0-9]+:[0-9]+'
	done
}

@test "a file system of another type is not taken for it, whatever its name" {
	no_resctrl
	mkdir resctrl
	mount -t tmpfs resctrl resctrl
	mkdir resctrl/gold resctrl/gold/mon_groups
	touch resctrl/gold/{tasks,schemata}
	refused '{closID: "gold"}' 'not mounted'
	[ ! -s resctrl/gold/tasks ]
	umount resctrl
}

@test "absent: nobody asks where it is mounted" {
	command -v strace >/dev/null || skip "no strace"
	bundle "$ID" .
	strace -f -e trace=file -o trace "$HULL" --root "$STATE" run -b "$B" "$ID" 3>&- 4>&-
	grep -q cgroup trace
	[ "$(grep -cE 'resctrl|libmount' trace)" = 0 ]
}

@test "members that are wrong are refused before" {
	for members in '{closID: ""}' '{closID: "."}' '{closID: ".."}' '{closID: "a/b"}' '{closID: "../x"}' \
		'{closID: "//"}'; do
		refused "$members" '/linux/intelRdt/closID'
	done
	refused '{memBwSchema: "L3:0=f"}' '/linux/intelRdt/memBwSchema'
	refused '{memBwSchema: "MB:0=1\nMB:1=1"}' '/linux/intelRdt/memBwSchema'
	refused '{schemata: ["L3:0=f", "L3:0=f\nL3:1=f"]}' '/linux/intelRdt/schemata/1'
}

@test "features: all of it is there" {
	hull features | jq -e '.linux.intelRdt | .enabled and .schemata and .monitoring'
}
