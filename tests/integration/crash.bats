#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The runtime is killed in the middle of its work; `delete --force` must leave nothing.
# Every round ends at another moment; a failing one can be repeated with ROUNDS and SEED.
load helpers

RANDOM=${SEED:-$$}

# microseconds: a moment in the first 40 ms, most of them early
moment() {
	echo "0.0$(printf %05d $((RANDOM % 200 * (RANDOM % 200) + 1)))"
}

# crash ROUNDS COMMAND...: is killed at some moment, then deleted
crash() {
	local rounds=$1 i m start
	start=$(host_digest)
	shift
	for ((i = 0; i < rounds; i++)); do
		m=$(moment)
		timeout -s KILL "$m" "$HULL" --root "$STATE" "$@" </dev/null >/dev/null 2>&1 3>&- || true
		run_hull delete --force "$ID"
		expect 0
		gone "$start" || { echo "killed after $m s, round $i, SEED=${SEED:-$$}"; return 1; }
	done
}

# Nothing is left, at most a moment after.
gone() {
	local i
	for i in {1..100}; do
		[ "$(host_digest)" != "$1" ] || return 0
		sleep 0.02
	done
	diff <(echo "$1") <(host_digest)
	return 1
}

everything='.linux.cgroupsPath = "/crash/one" | .linux.namespaces += [{type: "time"}] |
	.mounts += [{destination: "/m", type: "bind", source: "/etc", options: ["rbind", "ro"]}]'

setup() {
	# What may stay: a cgroup above the container's own.
	mkdir -p /sys/fs/cgroup/crash
	test_begin
}

@test "create" {
	bundle b "$everything"
	crash "${ROUNDS:-60}" create -b "$B" "$ID"
}

@test "create, with a user namespace" {
	bundle b "$everything"' | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | del(.mounts[-1])'
	crash "${ROUNDS:-40}" create -b "$B" "$ID"
}

@test "run" {
	bundle b "$everything"' | .process.args = ["/bin/probe", "fork", "3"]'
	crash "${ROUNDS:-40}" run -b "$B" "$ID"
}

@test "run and create, where nothing holds the process up" {
	bundle b '.process.args = ["/bin/probe", "fork", "3"]'
	crash "${ROUNDS:-40}" run -b "$B" "$ID"
	crash "${ROUNDS:-40}" create -b "$B" "$ID"
}

@test "run, without a pid namespace" {
	bundle b "$everything"' | .process.args = ["/bin/probe", "fork", "3"] |
		.linux.namespaces |= map(select(.type != "pid"))'
	crash "${ROUNDS:-40}" run -b "$B" "$ID"
}

@test "start: it runs or it does not, and can be deleted" {
	bundle b "$everything"' | .process.args = ["/bin/probe", "pause"]'
	local start i
	start=$(host_digest)
	for ((i = 0; i < ${ROUNDS:-30}; i++)); do
		hull create -b "$B" "$ID"
		timeout -s KILL "0.00$((RANDOM % 5000 + 1000))" "$HULL" --root "$STATE" start "$ID" 3>&- || true
		[[ $(state status) =~ ^(created|running|stopped)$ ]]
		run_hull delete --force "$ID"
		expect 0
		gone "$start"
	done
}

@test "delete: a second one finishes what the first began" {
	bundle b "$everything"' | .process.args = ["/bin/probe", "fork", "3"]'
	local start i
	start=$(host_digest)
	for ((i = 0; i < ${ROUNDS:-30}; i++)); do
		hull run --detach -b "$B" "$ID"
		timeout -s KILL "0.00$((RANDOM % 5000 + 1000))" "$HULL" --root "$STATE" delete --force "$ID" 3>&- || true
		run_hull delete --force "$ID"
		expect 0
		gone "$start"
	done
}

@test "two deletes at once" {
	bundle b "$everything"' | .process.args = ["/bin/probe", "pause"]'
	local start i
	start=$(host_digest)
	for ((i = 0; i < 10; i++)); do
		hull run --detach -b "$B" "$ID"
		hull delete --force "$ID" &
		run_hull delete --force "$ID"
		expect 0
		wait $!
		gone "$start"
	done
}

@test "two creates at once: one wins" {
	bundle b "$everything"' | .process.args = ["/bin/probe", "pause"]'
	local i first second
	for ((i = 0; i < 10; i++)); do
		first=0 second=0
		hull create -b "$B" "$ID" >/dev/null 2>&1 &
		hull create -b "$B" "$ID" >/dev/null 2>&1 || second=1
		wait $! || first=1
		[ $((first + second)) = 1 ]
		state_is created
		hull delete --force "$ID"
	done
}
