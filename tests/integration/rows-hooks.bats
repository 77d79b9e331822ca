#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.md, "POSIX-platform Hooks": what hooks.bats does not say yet.
load helpers
load rows

kinds='prestart createRuntime createContainer startContainer poststart'

setup() {
	test_begin
	sh_hook hook 'cat >/dev/null; echo "$1" >>'"$W"'/log; exit ${2-0}'
	sh_hook gone 'cat >state; id=$(sed "s/.*\"id\":\"\([^\"]*\)\".*/\1/" state)
		[ ! -d /sys/fs/cgroup/hooked ] && echo no-cgroup >>log; kill -0 $(cat pid) 2>/dev/null || echo no-process >>log'
	mkdir "$W/shared"
}

# hooked FILTER: a bundle whose hooks log their names; the container's log through /shared
hooked() {
	bundle b 'def h($k): {path: ($w + "/hook"), args: ["hook", $k]};
		def inside($k; $s): {path: "/bin/sh", args: ["sh", "-c", "echo \($k) >>/shared/log; exit \($s)"]};
		.process.args = ["/bin/sh", "-c", "echo program >>/shared/log; exec sleep 60"] |
		.linux.cgroupsPath = "/hooked" |
		.mounts += [{destination: "/shared", type: "bind", source: ($w + "/shared"), options: ["bind"]}] |
		.hooks = {prestart: [h("prestart")], createRuntime: [h("createRuntime")],
			createContainer: [h("createContainer")], startContainer: [inside("startContainer"; 0)],
			poststart: [h("poststart")], poststop: [h("poststop")]} | '"$1" --arg w "$W"
	rm -f log shared/log
}

# fails KIND STATUS-FILTER: the second of three hooks of this kind fails
fails() {
	local kind=$1 bad=$2 before
	hooked ".hooks.$kind = [.hooks.${kind}[0], $bad, (.hooks.${kind}[0] | .args[-1] |= sub(\"$kind\"; \"late\"))]"
	touch log shared/log
	before=$(everything)
	case $kind in
	start* | poststart)
		run_hull create -b "$B" "$ID"
		expect 0
		run_hull start "$ID" ;;
	*)
		run_hull create -b "$B" "$ID" ;;
	esac
	expect fail "$kind hook #1"
	unchanged "$before" "$kind"
	run_hull state "$ID"
	expect fail 'does not exist'
	[ "$(grep -hc late log shared/log | xargs)" = '0 0' ]
	[ "$(tail -n 1 log)" = poststop ]
	rm -rf "$B"
}

@test "a failing hook of any kind: an error, all is destroyed, poststop has run, none after it" {
	local kind
	for kind in $kinds; do
		fails "$kind" '{path: "/bin/sh", args: ["sh", "-c", "exit 3"]}'
	done
	# The kinds after it have not run either: prestart's was the first.
	fails prestart '(h("x") | .args += ["1"])'
	[ "$(cat log)" = $'prestart\nx\npoststop' ]
}

@test "failure is an exit status, a signal, a timeout, and what cannot be executed" {
	touch "$W/plain"
	local bad
	for bad in '{path: "/bin/sh", args: ["sh", "-c", "exit 7"]}' \
		'{path: "/bin/sh", args: ["sh", "-c", "kill -9 $$"]}' \
		'{path: "/bin/sleep", args: ["sleep", "60"], timeout: 1}' \
		'{path: ($w + "/plain")}' '{path: "/none"}' '{path: "/"}'; do
		fails createRuntime "$bad"
		fails poststart "$bad"
	done
}

@test "startContainer: start tells of the failure, and the program never runs" {
	hooked '.hooks.startContainer = [inside("startContainer"; 3)]'
	run_hull create -b "$B" "$ID"
	expect 0
	run_hull start "$ID"
	expect fail 'startContainer hook #0' 'exit status 3'
	[ "$(cat shared/log)" = startContainer ]
	[ "$(tail -n 1 log)" = poststop ]
	[ "$(grep -c poststart log)" = 0 ]
}

@test "poststart: fails after the program has run; it is stopped and destroyed" {
	hooked '.hooks.poststart = [{path: "/bin/sh", args: ["sh", "-c", "sleep 0.3; exit 3"]}]'
	run_hull create -b "$B" "$ID"
	expect 0
	local pid
	pid=$(pid_of)
	run_hull start "$ID"
	expect fail 'poststart hook #0'
	[ "$(cat shared/log)" = $'startContainer\nprogram' ]
	[ ! -d /sys/fs/cgroup/hooked ]
	[ ! -d "/proc/$pid" ]
	[ "$(tail -n 1 log)" = poststop ]
}

@test "run: a failing hook does the same" {
	local kind
	for kind in $kinds; do
		hooked ".hooks.$kind = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"exit 3\"]}]"
		run_hull run -b "$B" "$ID"
		expect fail "$kind hook #0"
		[ -z "$(ls "$STATE")" ]
		[ "$(tail -n 1 log)" = poststop ]
		rm -rf "$B"
	done
}

@test "poststop: the container is gone by then; a failing one is a warning, the next runs" {
	hooked '.hooks.poststop = [{path: "/bin/false"}, {path: "/none"}, {path: ($w + "/gone")},
		{path: "/bin/sleep", args: ["sleep", "60"], timeout: 1}, h("last")]'
	run_hull create -b "$B" "$ID"
	expect 0
	pid_of >"$B/pid"
	hull start "$ID"
	run_hull delete --force "$ID"
	expect 0 'poststop hook #0' 'poststop hook #1' 'poststop hook #3'
	[ "$(cat "$B/log")" = $'no-cgroup\nno-process' ]
	[ "$(tail -n 1 log)" = last ]
	[ -z "$(ls "$STATE")" ]
	jq -e '.status == "stopped"' "$B/state"
}

@test "env: exactly what the hook has, nothing of the runtime's" {
	created '.hooks = {createRuntime: [{path: "/bin/cp", args: ["cp", "/proc/self/environ", ($ENV.W + "/one")], env: ["A=1", "B="]}],
		createContainer: [{path: "/bin/cp", args: ["cp", "/proc/self/environ", ($ENV.W + "/two")], env: ["C=3"]}]}'
	[ "$(tr '\0' ' ' <one)" = 'A=1 B= ' ]
	[ "$(tr '\0' ' ' <two)" = 'C=3 ' ]
}

@test "args: as they are, args[0] too; no search in PATH" {
	created '.hooks = {createRuntime: [{path: "/bin/sh", args: ["zero", "-c", "echo \"$0 $1 $#\" >" + $ENV.W + "/args", "first", "second word"]}]}'
	[ "$(cat args)" = 'first second word 1' ]
	hull delete --force "$ID"
	created '.hooks = {createRuntime: [{path: "/bin/cp", args: ["odd name", "/proc/self/cmdline", ($ENV.W + "/cmdline")]}]}'
	[ "$(tr '\0' '|' <cmdline)" = "odd name|/proc/self/cmdline|$W/cmdline|" ]
	refused /hooks/createRuntime/0/path '.hooks = {createRuntime: [{path: "true", env: ["PATH=/bin"]}]}'
	refused /hooks/createRuntime/0/path '.hooks = {createRuntime: [{path: ""}]}'
	refused /hooks/createRuntime/0/path '.hooks = {createRuntime: [{args: ["true"]}]}' missing
}

@test "timeout: more than zero, whole seconds" {
	each refused <<-'END'
	/hooks/poststop/0/timeout  .hooks = {poststop: [{path: "/bin/true", timeout: 0}]}
	/hooks/poststart/0/timeout  .hooks = {poststart: [{path: "/bin/true", timeout: -1}]}
	/hooks/prestart/0/timeout  .hooks = {prestart: [{path: "/bin/true", timeout: 1.5}]}
	/hooks/prestart/0/timeout  .hooks = {prestart: [{path: "/bin/true", timeout: "1"}]}
	END
	accepted '.hooks = {poststop: [{path: "/bin/true", timeout: 1}]}'
}

@test "timeout: what the hook started goes with it" {
	bundle b '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "sleep 61 & sleep 62"], timeout: 1}]}'
	local start=$SECONDS
	run_hull create -b "$B" "$ID"
	expect fail 'not done after 1 s'
	[ $((SECONDS - start)) -lt 10 ]
	eventually sh -c '! grep -lsE "sleep.6[12]" /proc/[0-9]*/cmdline | grep -q .'
}

@test "timeout: one that is in time is left alone" {
	created '.hooks = {createRuntime: [{path: "/bin/sleep", args: ["sleep", "0.2"], timeout: 30}]}'
	state_is created
}

@test "hooks and each of its kinds may be absent or empty" {
	accepted 'del(.hooks)'
	accepted '.hooks = {}'
	accepted '.hooks = {prestart: [], createRuntime: [], createContainer: [], startContainer: [], poststart: [], poststop: []}'
	refused /hooks/poststop '.hooks = {poststop: {path: "/bin/true"}}'
}

# namespaces KIND: those of a hook of this kind, in $W/ns
namespaces='{path: "/bin/sh", args: ["sh", "-c", "for n in /proc/self/ns/*; do readlink $n; done >$0"], env: ["PATH=/bin:/usr/bin"]}'
here() {
	readlink /proc/self/ns/{cgroup,ipc,mnt,net,pid,pid_for_children,time,time_for_children,user,uts}
}

@test "all namespaces: the runtime's, for hooks that run there" {
	local kind
	for kind in prestart createRuntime poststart poststop; do
		bundle b ".linux.namespaces += [{type: \"time\"}] | .process.args = [\"/bin/probe\", \"pause\"] |
			.hooks = {$kind: [$namespaces | .args += [\$ENV.W + \"/ns\"]]}"
		run_hull create -b "$B" "$ID"
		expect 0
		hull start "$ID"
		hull delete --force "$ID"
		diff ns <(here)
		rm -rf b ns
	done
}

@test "all namespaces: the container's, for createContainer, whose path is the host's, and startContainer" {
	local pid
	created '.linux.namespaces += [{type: "time"}] |
		.mounts += [{destination: "/shared", type: "bind", source: ($ENV.W + "/shared"), options: ["bind"]}] |
		.hooks = {createContainer: ['"$namespaces"' | .args += [$ENV.W + "/ns"]],
			startContainer: ['"$namespaces"' | .args += ["/shared/ns"]]}'
	hull start "$ID"
	pid=$(pid_of)
	readlink /proc/"$pid"/ns/{cgroup,ipc,mnt,net,pid,pid_for_children,time,time_for_children,user,uts} >want
	diff want ns
	diff want shared/ns
	[ "$(sort -u <(here) want | wc -l)" -gt 12 ]
}

@test "createContainer: before the root changes, after the mounts" {
	sh_hook look 'cat >/dev/null; grep -c " $1/extra " /proc/self/mountinfo >'"$W"'/seen; ls '"$W"'/hook >>'"$W"'/seen'
	bundle c '.mounts += [{destination: "/extra", type: "tmpfs", source: "t"}] |
		.hooks = {createContainer: [{path: ($ENV.W + "/look"), args: ["look", ($ENV.W + "/c/rootfs")], env: ["PATH=/bin:/usr/bin"]}]}'
	run_hull create -b "$W/c" "$ID"
	expect 0
	[ "$(cat seen)" = "1
$W/hook" ]
}

@test "createRuntime: the mounts are there, and the namespaces by way of the pid" {
	sh_hook look 'pid=$(sed "s/.*\"pid\":\([0-9]*\).*/\1/"); grep -c "/rootfs/extra " /proc/$pid/mountinfo >'"$W"'/seen
		readlink /proc/$pid/ns/net >>'"$W/seen"
	created '.mounts += [{destination: "/extra", type: "tmpfs", source: "t"}] |
		.hooks = {createRuntime: [{path: ($ENV.W + "/look"), env: ["PATH=/bin:/usr/bin"]}]}'
	[ "$(cat seen)" = "1
$(readlink "/proc/$(pid_of)/ns/net")" ]
	[ "$(tail -n 1 seen)" != "$(readlink /proc/self/ns/net)" ]
}

@test "startContainer: the path is the container's" {
	mkdir -p b
	bundle b '.process.args = ["/bin/probe", "true"] | .hooks = {startContainer: [{path: "/only/inside"}]}'
	mkdir "$B/rootfs/only"
	printf '#!/bin/sh\necho inside >/said\n' >"$B/rootfs/only/inside"
	chmod 755 "$B/rootfs/only/inside"
	run_hull run -b "$B" "$ID"
	expect 0
	[ "$(cat "$B/rootfs/said")" = inside ]
}
