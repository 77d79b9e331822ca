#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the runtime says when something is wrong, and where. Needs no root.
load helpers

@test "a wrong type: file, line, column, pointer" {
	bundle b '.process.cwd = 5'
	local line
	line=$(grep -n '"cwd": 5' "$B/config.json" | cut -d: -f1)
	run_hull create -b "$B" "$ID"
	expect fail "config.json:$line:[0-9]+" '/process/cwd'
}

@test "the column is where the value stands" {
	mkdir -p b/rootfs
	printf '{"ociVersion":"1.0.0","root":{"path":"rootfs"},"linux":{"namespaces":[{"type":"nope"}]}}' >b/config.json
	run_hull create -b b "$ID"
	expect fail 'config.json:1:79' '/linux/namespaces/0/type' 'nope'
}

@test "all findings at once" {
	bundle b '.process.cwd = "relative" | .linux.namespaces += [{type: "bogus"}] |
		.mounts += [{destination: 7}] | .hooks = {poststop: [{path: "relative"}]}'
	run_hull create -b "$B" "$ID"
	expect fail '/process/cwd' '/linux/namespaces/[0-9]+' '/mounts/[0-9]+/destination' '/hooks/poststop/0/path'
}

@test "text that is not JSON: line and column" {
	bundle b .
	printf '{\n  "ociVersion": "1.0.0",\n  "root" {}\n}\n' >b/config.json
	run_hull create -b "$B" "$ID"
	expect fail 'config.json:3'
}

@test "a duplicate name" {
	bundle b .
	printf '{"ociVersion": "1.0.0", "root": {"path": "a"},\n "root": {"path": "b"}}' >b/config.json
	run_hull create -b "$B" "$ID"
	expect fail 'root' 'config.json:2'
}

@test "no configuration" {
	mkdir empty
	run_hull create -b empty "$ID"
	expect fail 'config.json' 'no such file or directory'
}

@test "an unknown major version of the specification" {
	bundle b '.ociVersion = "2.0.0"'
	run_hull create -b "$B" "$ID"
	expect fail 'ociVersion'
}

@test "versions that engines write are accepted" {
	for v in 1.0.2-dev 1.0.0 1.1.0 1.2.1 1.3.0 1.4.0-rc.1; do
		bundle b '.ociVersion = $v' --arg v "$v"
		run_hull create -b "$B" "$ID"
		expect_no 'ociVersion: must'
		hull delete --force "$ID"
		rm -rf b
	done
}

@test "unknown members are ignored, probable slips are told" {
	bundle b '.process.noNewPrivilege = true | .["x-vendor"] = {a: 1}'
	run_hull --log-level warning create -b "$B" "$ID"
	expect_no 'x-vendor'
	[[ $output = *noNewPrivilege* ]]
}

@test "one line: the program's name, the command, the container" {
	bundle b '.process.args = ["/none"]'
	run_hull create -b "$B" "$ID"
	expect fail "^[a-z]+: create $ID: "
	[ "$(wc -l <"$W/output")" = 1 ]
}

@test "a mount that fails names its entry" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	bundle b '.mounts += [{destination: "/m", type: "nosuchfs", source: "x"}]'
	run_hull create -b "$B" "$ID"
	expect fail "/mounts/$(jq '.mounts | length - 1' "$B/config.json")" 'config.json:[0-9]+:[0-9]+'
}

@test "--log: the same, as one JSON record" {
	bundle b '.process.cwd = 5'
	run_hull --log log --log-format json create -b "$B" "$ID"
	expect fail
	[ "$(wc -l <log)" = 1 ]
	jq -e '.level == "error" and (.msg | test("/process/cwd")) and
		(.time | test("^[0-9-]{10}T[0-9:.]+(Z|[+-][0-9:]{5})$"))' log
}

@test "--log: made even when there is nothing to say, and never cut" {
	bundle b .
	echo before >log
	run_hull --log log --log-format json state none
	expect fail
	[ "$(head -1 log)" = before ]
	run_hull --log other --log-format json delete --force none
	expect 0
	[ -e other ]
	[ ! -s other ]
}

@test "no state is left by a refused configuration" {
	bundle b '.process.cwd = 5'
	run_hull create -b "$B" "$ID"
	expect fail
	[ -z "$(ls "$STATE" 2>/dev/null)" ]
}

@test "an unknown option and an unknown command" {
	run_hull --invalidflag create "$ID"
	expect fail 'invalidflag'
	run_hull frobnicate
	expect fail 'frobnicate'
}
