#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.md, bundle.md: the document as such, what is ignored, versions.
load helpers
load rows

# text_refused PATTERN: the text on standard input is no configuration
text_refused() {
	local before
	[ -e "$W/base.json" ] || base .
	cat >"$B/config.json"
	before=$(everything)
	run_hull create -b "$B" "$ID"
	expect fail "config\.json:[0-9]+:[0-9]+" "$1"
	unchanged "$before" "$1"
}

@test "text: what is no UTF-8 is refused" {
	text_refused 'UTF|utf' < <(printf '{"ociVersion":"1.3.0","root":{"path":"rootfs"},"hostname":"a\xff"}')
	text_refused 'UTF|utf' < <(printf '{"ociVersion":"1.3.0","root":{"path":"rootfs"},"hostname":"a\xc0\xaf"}')
}

@test "text: a name twice in one object is refused, at any depth" {
	text_refused '/root: duplicate' < <(printf '{"ociVersion":"1.3.0","root":{"path":"rootfs"},"root":{"path":"rootfs"}}')
	text_refused '/annotations/a: duplicate' < <(printf '{"ociVersion":"1.3.0","root":{"path":"rootfs"},"annotations":{"a":"1","a":"2"}}')
	text_refused '/x/y/0/z: duplicate' < <(printf '{"ociVersion":"1.3.0","root":{"path":"rootfs"},"x":{"y":[{"z":1,"z":1}]}}')
}

@test "text: what is no JSON is refused" {
	for text in '' '[]' '{' '{"ociVersion":"1.3.0",}' "{'ociVersion':'1.3.0'}" '{"a":01}' '{} {}'; do
		text_refused . < <(printf '%s' "$text")
	done
}

@test "order: that of members has no meaning" {
	base '.process.args = ["/bin/probe", "true"] | .annotations = {"b": "1", "a": "2"}'
	planned .
	jq -S 'map(del(.where))' plan.json >one
	planned 'walk(if type == "object" then to_entries | reverse | from_entries else . end)'
	jq -S 'map(del(.where))' plan.json >two
	diff one two
	[ -s one ]
}

@test "order: that of arrays has: later mounts lie on earlier ones" {
	local both='{destination: "/tmp", type: "tmpfs", source: "t"}, {destination: "/tmp/in", type: "tmpfs", source: "t"}'
	shell ".mounts += [$both]" 'grep -c " /tmp/in " /proc/self/mountinfo; ls /tmp'
	expect 0 '^1
in$'
	rm -rf "$B"
	shell ".mounts += ([$both] | reverse)" 'ls /tmp'
	expect 0 '^$'
}

@test "null is the same as absent, everywhere" {
	accepted '.mounts = null | .hooks = null | .annotations = null | .linux.resources = null |
		.linux.seccomp = null | .process.rlimits = null | .process.oomScoreAdj = null |
		.linux.maskedPaths = null | .linux.devices = null'
	refused /root '.root = null' missing
	refused /ociVersion '.ociVersion = null' missing
}

number() {
	configure .
	sed -i "s/^{/{\"process\":{\"cwd\":\"\/\",\"args\":[\"\/bin\/probe\"],\"user\":{\"uid\":0,\"gid\":0},\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":$1}]},/" "$B/config.json"
	run_hull create -b "$B" "$ID"
}

@test "numbers: exact, or refused" {
	base 'del(.process)'
	for n in 18446744073709551615 18446744073709551614 0; do
		number $n
		expect 0 '^$'
		hull delete --force "$ID"
	done
	for n in 18446744073709551616 -1 1.5 1e1 1.0 '"1"' true; do
		number "$n"
		expect fail 'config\.json:1:[0-9]+' '/process/rlimits/0/hard'
		[ -z "$(ls "$STATE")" ]
	done
}

@test "bundle: config.json has this name and stands at its top" {
	base .
	mkdir "$B/etc"
	mv "$B/config.json" "$B/etc/config.json"
	run_hull create -b "$B" "$ID"
	expect fail 'config\.json' 'no such file or directory'
	mv "$B/etc/config.json" "$B/Config.json"
	run_hull create -b "$B" "$ID"
	expect fail 'config\.json' 'no such file or directory'
}

@test "bundle: the name of the directory means nothing" {
	base .
	mv "$B" "$W/another name.d"
	run_hull run -b "$W/another name.d" "$ID"
	expect 0 '^$'
}

@test "unknown members are ignored at every level" {
	base '.process.args = ["/bin/probe", "true"] | .hooks = {poststop: [{path: "/bin/true"}]} |
		.process.user = {uid: 0, gid: 0} | .linux.resources.pids = {limit: -1}'
	configure 'walk(if type == "object" then . + {"x-foo": {"y": [1.5, null, {"z": {}}]}, "org.example": 7} else . end)'
	[ "$(grep -c x-foo "$B/config.json")" -gt 20 ]
	run_hull run -b "$B" "$ID"
	expect 0
}

@test "known members with values that are none are refused, with their place" {
	each refused <<-'END'
	/process/terminal  .process.terminal = "yes"
	/process/cwd  .process.cwd = "tmp"
	/process/rlimits/0/type  .process.rlimits = [{type: "RLIMIT_FOO", soft: 1, hard: 1}]
	/process/scheduler/policy  .process.scheduler = {policy: "SCHED_FAST"}
	/process/ioPriority/class  .process.ioPriority = {class: "IOPRIO_CLASS_NONE", priority: 0}
	/linux/namespaces/[0-9]*/type  .linux.namespaces += [{type: "net"}]
	/linux/rootfsPropagation  .linux.rootfsPropagation = "foo"
	/linux/seccomp/defaultAction  .linux.seccomp = {defaultAction: "SCMP_ACT_FOO"}
	/linux/personality/domain  .linux.personality = {domain: "LINUX64"}
	/linux/memoryPolicy/mode  .linux.memoryPolicy = {mode: "MPOL_FOO"}
	/linux/devices/0/type  .linux.devices = [{type: "x", path: "/dev/x", major: 1, minor: 3}]
	/linux/intelRdt/memBwSchema  .linux.intelRdt = {memBwSchema: "L3:0=1"}
	/linux/resources/hugepageLimits/0/pageSize  .linux.resources.hugepageLimits = [{pageSize: "64kB", limit: 1}]
	/linux/resources/devices/0/access  .linux.resources.devices = [{allow: true, access: "x"}]
	/mounts/[0-9]*/options  .mounts += [{destination: "/x", options: ["idmap", "bind"], source: "/tmp"}]
	/hooks/poststop/0/timeout  .hooks = {poststop: [{path: "/bin/true", timeout: -1}]}
	END
}

@test "known members of another type are refused, with their place" {
	each refused <<-'END'
	/linux/netDevices/eth0/name  .linux.netDevices = {eth0: {name: 23}}
	/linux/resources/rdma/mlx5_1/hcaHandles  .linux.resources.rdma = {mlx5_1: {hcaHandles: "text"}}
	/linux/resources/hugepageLimits/0/limit  .linux.resources.hugepageLimits = [{pageSize: "2MB", limit: "9"}]
	/linux/resources/hugepageLimits  .linux.resources.hugepageLimits = {}
	/process/args  .process.args = "sh"
	/process/env/0  .process.env = [1]
	/mounts  .mounts = {}
	/mounts/0  .mounts = ["proc"]
	/root  .root = "rootfs"
	/linux  .linux = []
	/hostname  .hostname = 1
	/annotations/a  .annotations = {a: true}
	END
}

@test "what is for other platforms is ignored" {
	base '.process.args = ["/bin/probe", "true"]'
	configure '.windows = {layerFolders: 7} | .solaris = {milestone: []} | .freebsd = 1 | .zos = {namespaces: "x"} |
		.process.commandLine = 5 | .process.user.username = ["x"]'
	run_hull run -b "$B" "$ID"
	expect 0
}

@test "ociVersion and root alone are a configuration that can be created and not started" {
	base '{ociVersion: .ociVersion, root: {path: "rootfs"}}'
	configure .
	run_hull create -b "$B" "$ID"
	expect 0 '^$'
	state_is created
	run_hull start "$ID"
	expect fail 'process'
	hull delete --force "$ID"
}

@test "the samples of the specification are read" {
	base .
	for sample in \
		'{ociVersion: "1.0.0", root: {path: "rootfs"}, process: {cwd: "/", args: ["/bin/probe"], user: {uid: 0, gid: 0}}}' \
		'.linux.resources.rdma = {mlx5_1: {hcaHandles: 3, hcaObjects: 10000}, mlx4_0: {hcaObjects: 1000}}' \
		'.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 9223372036854771712}, {pageSize: "64KB", limit: 1000000}]' \
		'.linux.netDevices = {eth0: {name: "container_eth0"}, ens4: {}, ens5: {name: "eth%d"}}' \
		'.process.scheduler = {policy: "SCHED_BATCH", nice: 5} | .process.execCPUAffinity = {initial: "7", final: "0-3,7"}' \
		'.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "2-3", flags: ["MPOL_F_STATIC_NODES"]}' \
		'.linux.timeOffsets = {monotonic: {secs: 172800}, boottime: {secs: 604800}} | .linux.namespaces += [{type: "time"}]' \
		'.process.rlimits = [{type: "RLIMIT_CORE", hard: 1024, soft: 1024}] | .process.consoleSize = {height: 1, width: 2}'; do
		planned "$sample"
	done
}

@test "ociVersion: what is no version, or another major one, is refused" {
	refused '/ociVersion: missing' 'del(.ociVersion)'
	for v in '' 1 1.0 v1.0.0 01.0.0 1.00.0 1.0.0.0 1.0.0- 1.0.0-01 '1.0.0 ' 1.0.0+ 0.9.0 2.0.0 10.0.0; do
		refused /ociVersion ".ociVersion = \"$v\""
	done
}

@test "ociVersion: the same major one is accepted, a newer minor one with a warning" {
	for v in 1.0.0 1.0.0-rc5 1.0.2-dev 1.1.0-rc.2 1.1.0 1.2.1 1.3.0 1.3.0+dev 1.3.7; do
		accepted ".ociVersion = \"$v\""
	done
	accepted '.ociVersion = "1.99.0"' 'ociVersion.*newer'
}

@test "ociVersion: those that features names are accepted" {
	for v in $(hull features | jq -r '.ociVersionMin, .ociVersionMax'); do
		accepted ".ociVersion = \"$v\""
	done
}

@test "ociVersion: of the state it is the runtime's, not the configuration's" {
	created '.ociVersion = "1.0.0"'
	[ "$(state ociVersion)" = 1.3.0 ]
}

@test "annotations: strings, no empty key, any other" {
	refused /annotations '.annotations = {"": "x"}' 'empty key'
	refused /annotations/k '.annotations = {k: 1}'
	accepted '.annotations = {k: "", "foo": "x", "org.opencontainers.image.os": "plan9",
		"org.opencontainers.made.up": "y"}'
	accepted '.annotations = {}'
	accepted 'del(.annotations)'
}

@test "annotations: none of org.opencontainers is made up by the runtime" {
	created 'del(.annotations)'
	hull state "$ID" | jq -e '(.annotations // {}) == {}'
	hull features | jq -e '.annotations | keys | all(startswith("org.opencontainers.") | not)'
}

@test "annotations: stopSignal is what kill sends by default" {
	started '.annotations = {"org.opencontainers.image.stopSignal": "SIGUSR1"}' \
		/bin/sh -c 'trap "exit 3" USR1; trap "" TERM; while :; do sleep 0.05; done'
	sleep 0.2
	hull kill "$ID"
	eventually state_is stopped
}

@test "vm is refused: no hypervisor here" {
	refused /vm '.vm = {kernel: {path: "/k"}}' 'virtual machines'
}

@test "no mounts are made but those that are listed" {
	base '.mounts = [] | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .process.args = ["/bin/ls", "/proc", "/sys"]'
	configure .
	run_hull run -b "$B" "$ID"
	expect 0 '^/proc:

/sys:$'
}
