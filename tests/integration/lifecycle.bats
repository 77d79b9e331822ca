#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# create, start, state, kill, delete, run: statuses, order, words of errors.
load helpers

# Engines tell errors apart by these words.
exists_not='container does not exist'
running_not='container not running'

@test "the way of a container: created, running, stopped, gone" {
	created . /bin/probe pause
	state_is created
	hull start "$ID"
	state_is running
	hull kill "$ID" TERM
	eventually state_is stopped
	hull delete "$ID"
	run_hull state "$ID"
	expect fail "$exists_not"
}

@test "create, start, kill, delete print nothing" {
	bundle b '.process.args = ["/bin/probe", "pause"]'
	run_hull create -b "$B" "$ID"
	expect 0 '^$'
	run_hull start "$ID"
	expect 0 '^$'
	run_hull kill "$ID" KILL
	expect 0 '^$'
	eventually state_is stopped
	run_hull delete "$ID"
	expect 0 '^$'
}

@test "create: warnings are for the log, or for who asks" {
	created '.process.capabilities.effective += ["CAP_NO_SUCH"]'
	[ -z "$(cat "$W/out")" ]
	hull delete --force "$ID"
	run_hull --log-level warning create -b "$B" "$ID"
	expect 0 'CAP_NO_SUCH'
}

@test "state: the document" {
	created '.annotations = {"org.example.a": "b"}'
	hull state "$ID" >state.json
	jq -e --arg id "$ID" --arg b "$B" '.id == $id and .bundle == $b and .status == "created" and
		(.ociVersion | test("^1\\.")) and .pid > 1 and .annotations["org.example.a"] == "b" and
		(.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)$")) and
		.rootfs == $b + "/rootfs"' state.json
}

@test "state: pid is of the program, seen from here" {
	started . /bin/probe pause
	[ "$(tr '\0' ' ' <"/proc/$(pid_of)/cmdline")" = "/bin/probe pause " ]
}

@test "create: the program has not run" {
	created . /bin/sh -c 'touch /ran; sleep 100'
	[ ! -e "$B/rootfs/ran" ]
	hull start "$ID"
	eventually test -e "$B/rootfs/ran"
}

@test "create: the init waits with everything set up, in its cgroup" {
	created '.linux.cgroupsPath = "/waiting"'
	grep -q '^0::/waiting$' "/proc/$(pid_of)/cgroup"
	[ "$(readlink "/proc/$(pid_of)/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

@test "create: an id that exists is refused, the first container goes on" {
	created .
	run_hull create -b "$B" "$ID"
	expect fail 'container with given ID already exists'
	state_is created
	hull start "$ID"
}

@test "create: ids that are no file names are refused" {
	bundle b .
	for id in ../x a/b . .. '' 'a b' $'a\nb'; do
		run_hull create -b "$B" "$id"
		expect fail
	done
	[ -z "$(ls "$STATE" 2>/dev/null)" ]
}

@test "create: a bundle that does not exist" {
	run_hull create -b "$W/none" "$ID"
	expect fail 'none'
	expect_no "$exists_not"
}

@test "create: the bundle may be relative, and come after the id" {
	bundle b .
	run_hull create "$ID" --bundle b
	expect 0
	[ "$(state bundle)" = "$W/b" ]
}

@test "create: the bundle is the working directory by default" {
	bundle b .
	cd "$B"
	run_hull create "$ID"
	cd "$W"
	expect 0
	[ "$(state bundle)" = "$W/b" ]
}

@test "create: a missing command" {
	container . /bin/none
	expect fail 'exec: "/bin/none": stat /bin/none: no such file or directory'
	bundle "$ID" '.process.args = ["none"]'
	run_hull create -b "$B" "$ID"
	expect fail 'exec: "none": executable file not found in \$PATH'
	expect_no 'ermission denied'
}

@test "create: a command that may not be executed" {
	bundle b '.process.args = ["/etc/passwd"]'
	run_hull create -b "$B" "$ID"
	expect fail 'exec: "/etc/passwd": permission denied'
}

@test "create: a command that is a directory" {
	bundle b '.process.args = ["/etc"]'
	run_hull create -b "$B" "$ID"
	expect fail 'exec: "/etc": permission denied' 'the path `/etc` is not a regular file'
}

@test "start: reports that execve failed" {
	bundle b '.process.args = ["/bin/text"]'
	echo 'no program' >"$B/rootfs/bin/text"
	chmod 755 "$B/rootfs/bin/text"
	run_hull create -b "$B" "$ID"
	expect 0
	run_hull start "$ID"
	expect fail '/bin/text' 'exec format error'
}

@test "start: an unknown id" {
	run_hull start none
	expect fail "$exists_not"
}

@test "start: a second time is refused, the container goes on" {
	started .
	run_hull start "$ID"
	expect fail
	state_is running
}

@test "start: a stopped container is refused" {
	created .
	hull kill "$ID" KILL
	eventually state_is stopped
	run_hull start "$ID"
	expect fail
}

@test "start: a container without a process is refused, though it was created" {
	bundle b 'del(.process)'
	run_hull create -b "$B" "$ID"
	expect 0
	state_is created
	run_hull start "$ID"
	expect fail 'process'
	hull delete --force "$ID"
}

@test "kill: an unknown id" {
	run_hull kill none TERM
	expect fail 'does not exist'
}

@test "kill: a stopped container" {
	started .
	hull kill "$ID" KILL
	eventually state_is stopped
	run_hull kill "$ID" TERM
	expect fail "$running_not"
}

@test "kill: forms of a signal" {
	started . /bin/probe signal 6
	for s in 10 USR2 SIGHUP sigint term SIGRTMIN+1; do
		run_hull kill "$ID" "$s"
		expect 0
	done
	eventually state_is stopped
}

@test "kill: SIGTERM by default" {
	started . /bin/probe signal
	hull kill "$ID"
	eventually state_is stopped
}

@test "kill: an unknown signal" {
	started .
	run_hull kill "$ID" NOSUCH
	expect fail 'NOSUCH'
	state_is running
}

@test "kill: a created container" {
	created .
	hull kill "$ID" KILL
	eventually state_is stopped
}

@test "kill --all: every process, also without the pid namespace" {
	started '.linux.namespaces |= map(select(.type != "pid"))' /bin/probe fork 3
	hull kill --all "$ID" KILL
	eventually state_is stopped
	eventually sh -c '! grep -qs probe /proc/[0-9]*/comm'
}

@test "kill --all: what is left when the init is gone" {
	started '.linux.namespaces |= map(select(.type != "pid"))' /bin/probe fork 3
	hull kill "$ID" KILL
	eventually state_is stopped
	run_hull kill --all "$ID" KILL
	expect 0
	eventually sh -c '! grep -qs probe /proc/[0-9]*/comm'
}

@test "delete: an unknown id" {
	run_hull delete none
	expect fail "$exists_not"
}

@test "delete --force: an unknown id is no error, and silent" {
	run_hull delete --force none
	expect 0 '^$'
}

@test "delete: a running container is refused, and goes on" {
	started .
	run_hull delete "$ID"
	expect fail 'running'
	state_is running
}

@test "delete --force: a running one" {
	started .
	run_hull delete --force "$ID"
	expect 0 '^$'
	[ -z "$(ls "$STATE")" ]
}

@test "delete: a created one" {
	created .
	run_hull delete "$ID"
	expect 0
	[ -z "$(ls "$STATE")" ]
}

@test "delete: the id may be used again" {
	created .
	hull delete --force "$ID"
	run_hull create -b "$B" "$ID"
	expect 0
}

@test "delete --force: processes that outlive the init, without a pid namespace" {
	started '.linux.namespaces |= map(select(.type != "pid"))' /bin/probe fork 3
	hull delete --force "$ID"
	eventually sh -c '! grep -qs probe /proc/[0-9]*/comm'
}

@test "stopped: noticed when the init was killed from outside" {
	started .
	kill -9 "$(pid_of)"
	eventually state_is stopped
	run_hull delete "$ID"
	expect 0
}

@test "the configuration counts as it was at create" {
	created . /bin/sh -c 'echo first >/said'
	reconfigure '.process.args = ["/bin/sh", "-c", "echo second >/said"] | .hooks = {poststop: [{path: "/none"}]}'
	hull start "$ID"
	eventually state_is stopped
	[ "$(cat "$B/rootfs/said")" = first ]
	run_hull delete "$ID"
	expect 0 '^$'
}

@test "--pid-file: the number and nothing else" {
	bundle b '.process.args = ["/bin/probe", "pause"]'
	echo old >pid
	run_hull create -b "$B" --pid-file pid "$ID"
	expect 0
	[ "$(state pid)" = "$(cat pid)" ]
	[ "$(tail -c 1 pid | tr -d 0-9 | wc -c)" = 0 ]
	[ "$(echo *pid*)" = pid ]
}

@test "run: the program's output and status" {
	container . /bin/sh -c 'echo out; echo err >&2; exit 42'
	expect 42 '^out
err$'
}

@test "run: leaves nothing" {
	container . /bin/probe true
	expect 0
	[ -z "$(ls "$STATE")" ]
}

@test "run: 128 and the signal" {
	container '.linux.namespaces |= map(select(.type != "pid"))' /bin/probe kill-self 15
	expect 143
	container '.linux.namespaces |= map(select(.type != "pid"))' /bin/probe kill-self 9
	expect 137
}

@test "run: standard input is the caller's" {
	bundle b '.process.args = ["/bin/sh", "-c", "read a; echo got $a"]'
	run_hull run -b "$B" "$ID" <<<word
	expect 0 '^got word$'
}

@test "run: --keep leaves the stopped container" {
	bundle b '.process.args = ["/bin/probe", "exit", "3"] | .linux.cgroupsPath = "/kept"'
	run_hull run --keep -b "$B" "$ID"
	expect 3
	state_is stopped
	[ -d /sys/fs/cgroup/kept ]
	hull delete "$ID"
	[ ! -d /sys/fs/cgroup/kept ]
}

@test "run --detach: returns when the program runs" {
	bundle b '.process.args = ["/bin/probe", "pause"]'
	run_hull run --detach --pid-file pid -b "$B" "$ID"
	expect 0 '^$'
	state_is running
	grep -q probe "/proc/$(cat pid)/comm"
}

# foreground COMMAND...: `run` in the background of the test; $RUN is its pid
foreground() {
	bundle b '.process.args = $ARGS.positional' --args -- "$@"
	"$HULL" --root "$STATE" run -b "$B" "$ID" >out 2>&1 3>&- &
	RUN=$!
	eventually grep -q ready out
}

@test "run: forwards signals" {
	foreground /bin/probe signal 4
	for s in USR1 HUP TERM INT; do
		kill -$s $RUN
		eventually grep -q $s out
	done
	wait $RUN
	[ "$(cat out)" = $'ready\nUSR1\nHUP\nTERM\nINT' ]
}

@test "run: ends with what a forwarded signal makes of the program" {
	foreground /bin/sh -c 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'
	kill -TERM $RUN
	status=0
	wait $RUN || status=$?
	[ "$status" = 7 ]
}

@test "run: state, kill and delete from elsewhere" {
	foreground /bin/probe signal
	state_is running
	run_hull delete "$ID"
	expect fail
	hull kill "$ID" KILL
	status=0
	wait $RUN || status=$?
	[ "$status" = 137 ]
}

@test "root: --root is made, and may be named twice" {
	bundle b .
	run_hull --root "$W/one" --root="$W/two" create -b "$B" "$ID"
	expect 0
	[ ! -e "$W/one" ]
	[ -d "$W/two/$ID" ]
	hull --root "$W/two" delete --force "$ID"
}

# There is none, or it does not know processes of the test's own pid namespace.
systemd_was_asked() {
	[ "$status" = 0 ] || [[ $stderr = *"does not run systemd"* || $stderr = *StartTransientUnit* ]] ||
		complain "hull-dynamic: $stderr"
}

@test "a static hull becomes hull-dynamic for systemd, beside it or as installed, or says what is missing" {
	[[ $(ldd "$HULL" 2>&1) = *static* ]] || skip "this hull is not linked statically"
	[ ! -e /usr/local/libexec/hull/hull-dynamic ] || skip "a hull is installed"
	bundle b .
	mkdir -p usr/bin usr/libexec/hull
	cp "$HULL" usr/bin/hull
	run --separate-stderr usr/bin/hull --root "$STATE" --systemd-cgroup run -b "$B" "$ID" </dev/null
	[ "$status" = 1 ]
	[[ $stderr = *"hull-dynamic"*"ENOENT"*"make install"* ]]
	cp "${HULL%/*}/hull-dynamic" usr/libexec/hull/
	run --separate-stderr usr/bin/hull --root "$STATE" --systemd-cgroup run -b "$B" "$ID" </dev/null
	systemd_was_asked
	mv usr/libexec/hull/hull-dynamic usr/bin/
	run --separate-stderr usr/bin/hull --root "$STATE" --systemd-cgroup run -b "$B" "$ID" </dev/null
	systemd_was_asked
}
