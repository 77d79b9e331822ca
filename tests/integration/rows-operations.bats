#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime.md: the operations, and what an error or a warning does.
load helpers
load rows

@test "no id, or no such container, is an error of every operation and changes nothing" {
	base .
	configure .
	local before verb
	before=$(everything)
	for verb in state create start kill delete; do
		run_hull $verb
		expect fail .
	done
	for verb in state start kill delete; do
		run_hull $verb nope
		expect fail 'does not exist'
	done
	unchanged "$before" "no id"
}

@test "create: no bundle is an error" {
	run_hull create "$ID"
	expect fail 'config\.json'
	run_hull create -b /none "$ID"
	expect fail '/none'
	[ -z "$(ls "$STATE" 2>/dev/null)" ]
}

@test "ids: what is no file name is refused, and nothing is made" {
	base .
	configure .
	local before id
	before=$(everything)
	for id in '' . .. ../x a/b /a 'a b' $'a\nb' 'ä' 'a*' -x "$(printf 'x%.0s' {1..256})"; do
		run_hull create -b "$B" -- "$id"
		expect fail .
	done
	unchanged "$before" ids
	for id in a A.b_c-d+e 0 "$(printf 'x%.0s' {1..200})"; do
		run_hull create -b "$B" "$id"
		expect 0 '^$'
		hull delete --force "$id"
	done
}

@test "whoever made a container can do all else with it later" {
	bundle b '.process.args = ["/bin/probe", "pause"]'
	local op='exec env -i PATH="$PATH" "$HULL" --root "$0" "$@"'
	sh -c "$op" "$STATE" create -b "$B" "$ID" 3>&-
	sh -c "$op" "$STATE" state "$ID" | jq -e '.status == "created"'
	sh -c "$op" "$STATE" start "$ID" 3>&-
	sh -c "$op" "$STATE" state "$ID" | jq -e '.status == "running"'
	sh -c "$op" "$STATE" kill "$ID" KILL
	eventually state_is stopped
	sh -c "$op" "$STATE" delete "$ID"
	run_hull state "$ID"
	expect fail 'does not exist'
}

@test "create: all but the program is there before start" {
	mkdir data
	echo word >data/file
	created '.mounts += [{destination: "/data", type: "bind", source: ($ENV.W + "/data"), options: ["bind", "ro"]}] |
		.hostname = "early" | .linux.cgroupsPath = "/early" | .linux.sysctl = {"kernel.msgmax": "12345"} |
		.process.oomScoreAdj = 77 | .linux.devices = [{path: "/dev/own", type: "p"}] |
		.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 55, hard: 66}] |
		.root.readonly = true' /bin/sh -c 'echo ran >/data/marker; sleep 9'
	local p
	p=/proc/$(pid_of)
	grep -q ' /data ro' "$p/mountinfo"
	grep -q ' / ro' "$p/mountinfo"
	[ "$(cat "$p/root/data/file")" = word ]
	[ -p "$p/root/dev/own" ]
	[ "$(nsenter -t "$(pid_of)" -u hostname)" = early ]
	[ "$(nsenter -t "$(pid_of)" -i cat /proc/sys/kernel/msgmax)" = 12345 ]
	grep -qx "$(pid_of)" /sys/fs/cgroup/early/cgroup.procs
	[ "$(cat "$p/oom_score_adj")" = 77 ]
	grep -qE '^Max open files +55 +66 ' "$p/limits"
	for ns in pid net ipc uts mnt cgroup; do
		[ "$(readlink "$p/ns/$ns")" != "$(readlink /proc/self/ns/$ns)" ]
	done
	[ ! -e data/marker ]
	[ "$(cat "$p/comm")" != sh ]
}

@test "create: later changes of the configuration have no effect, on hooks neither" {
	sh_hook hook 'cat >/dev/null; echo "$1" >>'"$W/log"
	created '.process.args = ["/bin/sh", "-c", "echo old >/said"] |
		def h($k): {path: ($ENV.W + "/hook"), args: ["hook", $k]};
		.hooks = {poststart: [h("old-start")], poststop: [h("old-stop")]}' /bin/sh -c 'echo old >/said'
	reconfigure '.process.args[2] = "echo new >/said" | .root.path = "/none" |
		.hooks |= map_values(map(.args[1] |= sub("old"; "new")))'
	hull start "$ID"
	eventually state_is stopped
	rm "$B/config.json"
	hull delete "$ID"
	[ "$(cat log)" = $'old-start\nold-stop' ]
	[ "$(cat "$B/rootfs/said")" = old ]
}

# What fails at each stage: as the configuration is read, planned, and performed.
@test "a failing create leaves everything as it was, wherever it fails" {
	base '.process.args = ["/bin/probe", "pause"] | .linux.cgroupsPath = "/failing/deep"'
	mkdir b/rootfs/opt
	echo text >b/rootfs/opt/x
	each refused <<-'END'
	/process/cwd  .process.cwd = 7
	/process/cwd  .process.cwd = "tmp"
	/linux/cgroupsPath  .linux.cgroupsPath = "/a/../b"
	/linux/sysctl/kernel.panic  .linux.sysctl = {"kernel.panic": "1"}
	/linux/sysctl/kernel.msgmax  .linux.sysctl = {"kernel.msgmax": "word"}
	/linux/resources/unified/foo.max  .linux.resources.unified = {"foo.max": "1"}
	/linux/namespaces/1/path  .linux.namespaces[1].path = "/none/net"
	/linux/seccomp/listenerPath  .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/none", syscalls: [{names: ["getppid"], action: "SCMP_ACT_NOTIFY"}]}
	/mounts/7  .mounts += [{destination: "/x", type: "nosuchfs", source: "x"}]
	/mounts/7  .mounts += [{destination: "/x", type: "bind", source: "/none", options: ["bind"]}]
	/linux/devices/0  .linux.devices = [{path: "/opt/x", type: "c", major: 1, minor: 3}]
	/process/args  .process.args = ["/none"]
	/hooks/createRuntime/0  .hooks = {createRuntime: [{path: "/bin/false"}]}
	/hooks/createContainer/1  .hooks = {createContainer: [{path: "/bin/true"}, {path: "/bin/false"}]}
	/hooks/prestart/0  .hooks = {prestart: [{path: "/none"}]}
	/linux/uidMappings  .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [range(341) | {containerID: ., hostID: (. + 100000), size: 1}] | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 10}]
	/root/path  .root.path = "/none"
	END
}

@test "a failing start leaves everything as it was" {
	bundle b '{ociVersion: .ociVersion, root: {path: "rootfs"}}'
	run_hull create -b "$B" "$ID"
	expect 0
	local before
	before=$(everything)
	run_hull start "$ID"
	expect fail 'process'
	run_hull start "$ID"
	expect fail
	[ "$(ls "$STATE")" = "$ID" ]
	hull delete --force "$ID"
	[ -n "$before" ]
}

@test "start: of one that runs or has stopped is an error and does nothing" {
	started '.process.args = ["/bin/sh", "-c", "echo once >>/said; exec sleep 60"]' \
		/bin/sh -c 'echo once >>/said; exec sleep 60'
	eventually test -s "$B/rootfs/said"
	run_hull start "$ID"
	expect fail 'running'
	state_is running
	hull kill "$ID" KILL
	eventually state_is stopped
	run_hull start "$ID"
	expect fail 'stopped'
	state_is stopped
	[ "$(cat "$B/rootfs/said")" = once ]
}

@test "start: the program runs, as process is" {
	started . /bin/sh -c 'echo "$0 $1" >/said; exec sleep 60' zero one
	eventually grep -qx 'zero one' "$B/rootfs/said"
	[ "$(tr '\0' ' ' <"/proc/$(pid_of)/cmdline")" = 'sleep 60 ' ]
}

@test "start: returns after the poststart hooks" {
	sh_hook hook 'sleep 0.5; echo after >'"$W/after"
	created '.hooks = {poststart: [{path: ($ENV.W + "/hook"), env: ["PATH=/bin:/usr/bin"]}]}'
	hull start "$ID"
	[ -e after ]
}

@test "kill: what is being created, or has stopped, is left alone" {
	created .
	mkdir "$STATE/half"
	jq '.id = "half" | .phase = "creating" | .pid = 0 | .start_time = 0 | del(.cgroup)' \
		"$STATE/$ID/state.json" >"$STATE/half/state.json"
	run_hull state half
	[ "$status" = 0 ] && [ "$(jq -r .status <<<"$output")" = creating ]
	run_hull kill half TERM
	expect fail 'being created'
	state_is created
	rm -r "$STATE/half"
	hull kill "$ID" KILL
	eventually state_is stopped
	run_hull kill "$ID" TERM
	expect fail 'not running'
	state_is stopped
}

@test "kill: the signal goes to the container's process, in created too" {
	started . /bin/sh -c 'trap "echo usr1 >/said; exit" USR1; while :; do sleep 0.02; done'
	sleep 0.2
	hull kill "$ID" USR1
	eventually state_is stopped
	[ "$(cat "$B/rootfs/said")" = usr1 ]
	hull delete "$ID"
	run_hull create -b "$B" "$ID"
	expect 0
	hull kill "$ID" KILL
	eventually state_is stopped
}

@test "delete: of one that runs is an error, and it runs on" {
	started .
	local pid before
	pid=$(pid_of)
	before=$(everything)
	run_hull delete "$ID"
	expect fail 'not stopped'
	unchanged "$before" delete
	[ "$(pid_of)" = "$pid" ]
	state_is running
}

@test "delete: takes what create made, and nothing else" {
	mkdir -p /sys/fs/cgroup/kept data
	echo 7 >/sys/fs/cgroup/kept/cgroup.max.depth
	hold --net --uts
	base '.process.args = ["/bin/probe", "true"]'
	local before
	configure '.linux.cgroupsPath = "/kept" | del(.hostname) |
		.mounts += [{destination: "/data", type: "bind", source: ($ENV.W + "/data"), options: ["bind"]}] |
		.linux.namespaces |= map(if .type == "network" then .path = "/proc/'"$HOLDER"'/ns/net" else . end)'
	mkdir "$B/rootfs/data"
	before=$(everything)
	run_hull create -b "$B" "$ID"
	expect 0
	hull start "$ID"
	eventually state_is stopped
	hull delete "$ID"
	unchanged "$before" delete
	[ "$(cat /sys/fs/cgroup/kept/cgroup.max.depth)" = 7 ]
	[ -d data ]
	kill -0 "$HOLDER"
	run_hull create -b "$B" "$ID"
	expect 0
	hull delete --force "$ID"
	rmdir /sys/fs/cgroup/kept
}

@test "delete: returns after the poststop hooks" {
	sh_hook hook 'sleep 0.5; echo after >'"$W/after"
	created '.hooks = {poststop: [{path: ($ENV.W + "/hook"), env: ["PATH=/bin:/usr/bin"]}]}'
	hull delete --force "$ID"
	[ -e after ]
}

@test "a warning changes nothing" {
	shell '.process.capabilities.effective += ["CAP_NO_SUCH"] | .ociVersion = "1.99.0" |
		.hooks = {poststop: [{path: "/bin/false"}]}' 'echo ran; exit 5'
	expect 5 'ran' 'CAP_NO_SUCH' 'ociVersion' 'poststop'
	[ -z "$(ls "$STATE")" ]
}

@test "it stops, however it ends" {
	local how
	for how in 'exit 0' 'exit 9' 'kill -SEGV $$' 'kill -KILL $$' pause; do
		created '.linux.namespaces |= map(select(.type != "pid"))' /bin/sh -c "${how/pause/sleep 60}"
		hull start "$ID"
		[ "$how" != pause ] || hull kill "$ID" KILL
		eventually state_is stopped
		hull delete "$ID"
		rm -rf "$B"
	done
}
