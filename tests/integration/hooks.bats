#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# hooks.*: order, what they are told, where they run, what their failure does.
load helpers

# A hook that writes what it sees to $W/NAME and its name to $W/log. Container hooks
# run it in the container: there its path is /hook, and it writes to /out.
setup() {
	test_begin
	mkdir out
	cat >hook <<-'END'
	#!/bin/busybox sh
	cd_was=$(/bin/busybox pwd)
	dir=$1
	name=$2
	/bin/busybox cat >"$dir/$name.state"
	echo "$name" >>"$dir/log"
	/bin/busybox env | /bin/busybox sort >"$dir/$name.env"
	echo "$cd_was" >"$dir/$name.cwd"
	for kind in mnt net pid; do /bin/busybox readlink /proc/self/ns/$kind; done >"$dir/$name.ns"
	/bin/busybox grep Sig /proc/self/status >"$dir/$name.signals"
	/bin/busybox ls /proc/self/fd >"$dir/$name.fds"
	exit ${3:-0}
	END
	chmod 755 hook
	[ -x /bin/busybox ] || skip "no /bin/busybox on this host"
}

# All six; those of the container write to the same directory, bound at /out.
six='def h($k): {path: ($w + "/hook"), args: ["hook", $w + "/out", $k], env: ["KIND=" + $k]};
	.mounts += [{destination: "/out", type: "bind", source: ($w + "/out"), options: ["bind"]}] |
	.hooks = {prestart: [h("prestart")], createRuntime: [h("createRuntime")],
		  createContainer: [h("createContainer")],
		  startContainer: [h("startContainer") | .path = "/hook" | .args[1] = "/out"],
		  poststart: [h("poststart")], poststop: [h("poststop")]}'

# with_hooks FILTER: a created container with all six
with_hooks() {
	bundle "$ID" '.process.args = ["/bin/probe", "pause"] | '"$six | $1" --arg w "$W"
	cp hook "$B/rootfs/hook"
	run_hull create -b "$B" "$ID"
}

status_of() {
	jq -r .status "out/$1.state"
}

@test "order, and at which command" {
	with_hooks .
	expect 0
	[ "$(cat out/log)" = $'prestart\ncreateRuntime\ncreateContainer' ]
	hull start "$ID"
	[ "$(tail -n +4 out/log)" = $'startContainer\npoststart' ]
	hull delete --force "$ID"
	[ "$(tail -n +6 out/log)" = poststop ]
}

@test "several of a kind run in the order of the list" {
	with_hooks '.hooks.createRuntime = [h("a"), h("b"), h("c")]'
	expect 0
	[ "$(cat out/log)" = $'prestart\na\nb\nc\ncreateContainer' ]
}

@test "state on stdin: all of it, status and pid as each should see them" {
	with_hooks '.annotations = {"org.example": "value"}'
	hull start "$ID"
	local pid
	pid=$(pid_of)
	hull delete --force "$ID"
	for k in prestart createRuntime createContainer startContainer poststart poststop; do
		jq -e --arg id "$ID" --arg b "$B" '.id == $id and .bundle == $b and
			(.ociVersion | length) > 4 and .annotations["org.example"] == "value"' "out/$k.state"
	done
	[[ $(status_of prestart) = creat* ]]
	[[ $(status_of createRuntime) = creat* ]]
	[[ $(status_of createContainer) = creat* ]]
	[ "$(status_of startContainer)" = created ]
	[ "$(status_of poststart)" = running ]
	[ "$(status_of poststop)" = stopped ]
	for k in prestart createRuntime poststart; do
		[ "$(jq .pid "out/$k.state")" = "$pid" ]
	done
	for k in createContainer startContainer; do
		[ "$(jq .pid "out/$k.state")" = 1 ]
	done
}

@test "namespaces: the runtime's or the container's" {
	with_hooks .
	hull start "$ID"
	local inside outside k
	inside=$(readlink /proc/"$(pid_of)"/ns/{mnt,net,pid})
	outside=$(readlink /proc/self/ns/{mnt,net,pid})
	hull delete --force "$ID"
	for k in prestart createRuntime poststart poststop; do
		[ "$(cat out/$k.ns)" = "$outside" ]
	done
	for k in createContainer startContainer; do
		[ "$(cat out/$k.ns)" = "$inside" ]
	done
}

@test "cwd: the bundle on the host, / in the container" {
	with_hooks .
	hull start "$ID"
	hull delete --force "$ID"
	for k in prestart createRuntime poststart poststop; do
		[ "$(cat out/$k.cwd)" = "$B" ]
	done
	[ "$(cat out/startContainer.cwd)" = / ]
}

@test "env: exactly what the hook asks for" {
	MARK=1 with_hooks .
	hull start "$ID"
	hull delete --force "$ID"
	for k in prestart createRuntime createContainer startContainer poststart poststop; do
		# These are the shell's own.
		[ "$(grep -vE '^(PATH|PWD|SHLVL|_|OLDPWD)=' out/$k.env)" = "KIND=$k" ]
	done
}

@test "env: the runtime's own when the hook has none" {
	MARK=1 with_hooks 'del(.hooks.createRuntime[0].env)'
	expect 0
	grep -q '^PATH=' out/createRuntime.env
}

@test "signals are as an ordinary program expects them" {
	trap '' PIPE
	with_hooks .
	trap - PIPE
	hull start "$ID"
	hull delete --force "$ID"
	for k in prestart createRuntime createContainer startContainer poststart poststop; do
		grep -q '^SigBlk:.0*$' out/$k.signals
	done
	grep -q '^SigIgn:.0*$' out/startContainer.signals
}

@test "descriptors: 0 to 2 and no other" {
	exec 7</etc/passwd
	with_hooks .
	exec 7<&-
	hull start "$ID"
	hull delete --force "$ID"
	for k in prestart createRuntime createContainer startContainer poststart poststop; do
		# The fourth is the one that lists them.
		[ "$(tr '\n' ' ' <out/$k.fds)" = "0 1 2 3 " ]
	done
}

@test "args: absent means the path" {
	printf '#!/bin/busybox sh\necho "$0 $#" >%s/out/args\n' "$W" >short
	chmod 755 short
	bundle b '.hooks = {createRuntime: [{path: ($w + "/short")}]}' --arg w "$W"
	run_hull create -b "$B" "$ID"
	expect 0
	[ "$(cat out/args)" = "$W/short 0" ]
}

@test "a hook that does not read its input" {
	bundle b '.hooks = {createRuntime: [{path: "/bin/true"}], poststop: [{path: "/bin/true"}]} |
		.annotations = {long: ("x" * 200000)}'
	run_hull run -b "$B" "$ID"
	expect 0
}

@test "timeout: the hook is killed, create fails" {
	bundle b '.hooks = {createRuntime: [{path: "/bin/busybox", args: ["busybox", "sleep", "60"], timeout: 1}]}'
	run_hull create -b "$B" "$ID"
	expect fail 'createRuntime.* 1 s'
	[ -z "$(ls "$STATE")" ]
}

@test "timeout: 0 is refused" {
	bundle b '.hooks = {createRuntime: [{path: "/bin/true", timeout: 0}]}'
	run_hull create -b "$B" "$ID"
	expect fail 'timeout'
}

@test "path: relative is refused" {
	bundle b '.hooks = {createRuntime: [{path: "true"}]}'
	run_hull create -b "$B" "$ID"
	expect fail '/hooks/createRuntime/0/path'
}

@test "failing at create: nothing is left but what poststop did; later hooks do not run" {
	for k in prestart createRuntime createContainer; do
		rm -f out/*
		with_hooks ".hooks.$k = [h(\"bad\") | .args += [\"3\"]] + .hooks.$k"
		expect fail 'hook'
		[ "$(tail -n 2 out/log)" = $'bad\npoststop' ]
		[ -z "$(ls "$STATE")" ]
		rm -rf "$B"
	done
}

@test "failing at start: start fails, the program does not run, poststop does" {
	for k in startContainer poststart; do
		rm -f out/*
		with_hooks ".hooks.${k}[0].args += [\"3\"]"
		expect 0
		run_hull start "$ID"
		expect fail 'hook'
		[ "$(tail -n 1 out/log)" = poststop ]
		hull delete --force "$ID"
		rm -rf "$B"
	done
}

@test "failing at poststop: a warning, the others run, delete works" {
	with_hooks '.hooks.poststop = [(h("bad") | .args += ["3"]), h("good")]'
	expect 0
	run_hull delete --force "$ID"
	expect 0
	[ "$(tail -n 2 out/log)" = $'bad\ngood' ]
	[ -z "$(ls "$STATE")" ]
}

@test "a missing hook names its path" {
	bundle b '.hooks = {createRuntime: [{path: "/none/hook"}]}'
	run_hull create -b "$B" "$ID"
	expect fail '/none/hook'
}

@test "poststart: the program has been executed by then" {
	printf '#!/bin/busybox sh\np=$(/bin/busybox sed "s/.*\\"pid\\": *\\([0-9]*\\).*/\\1/" | /bin/busybox grep -o "^[0-9]*$")\n/bin/busybox tr "\\0" " " </proc/$p/cmdline >%s/out/cmdline\n' "$W" >seen
	chmod 755 seen
	bundle b '.process.args = ["/bin/probe", "pause"] | .hooks = {poststart: [{path: ($w + "/seen")}]}' --arg w "$W"
	run_hull run --detach -b "$B" "$ID"
	expect 0
	[ "$(cat out/cmdline)" = "/bin/probe pause " ]
}

@test "prestart: the network namespace can be furnished" {
	need "no ip command" command -v ip
	cat >net <<-'END'
	#!/bin/sh
	pid=$(sed 's/.*"pid": *\([0-9]*\).*/\1/' | grep -o '^[0-9]*$')
	ip link add hull-test0 type veth peer name hull-test1 && ip link set hull-test0 netns "$pid"
	END
	chmod 755 net
	bundle b '.process.args = ["/bin/probe", "ls", "/sys/class/net"] | .hooks = {prestart: [{path: ($w + "/net")}]}' --arg w "$W"
	need "no veth network devices" unshare --net ip link add hull-test0 type veth peer name hull-test1
	run_hull run -b "$B" "$ID"
	expect 0 'hull-test0'
}
