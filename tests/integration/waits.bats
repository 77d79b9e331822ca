#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Waiting: for containers that are paused and for file systems that do not answer. Every wait
# has an end and says what it waited for, signals end it at once, and nothing is left behind.
load helpers

setup() {
	[ -c /dev/fuse ] || skip "no /dev/fuse"
	DEAD=()
	test_begin
}

teardown() {
	local pid
	for pid in "${DEAD[@]}"; do
		kill -9 "$pid" 2>/dev/null || true
	done
	grep -o " ${W}[^ ]*/dead[^ ]* " /proc/self/mountinfo | xargs -r umount -l
	test_end
}

# dead NAME HOW...: a file system on $W/dead-NAME that does not answer; its pid is then in $dead
dead() {
	mkdir -p "$W/dead-$1"
	"$PROGRAMS/deadfs" "$W/dead-$1" "$SUITE/root/bin/probe" "${@:2}" >"$W/dead-$1.log" 3>&- &
	dead=$!
	DEAD+=("$dead")
	disown
	eventually grep -q ready "$W/dead-$1.log"
}

# asked NAME: somebody waits for it
asked() {
	eventually grep -q asked "$W/dead-$1.log"
}

# beside NAME: a container that runs, with dead-NAME on /dead
beside() {
	ID=$1
	started '.mounts += [{destination: "/dead", type: "bind", source: "'"$W/dead-$1"'", options: ["bind"]}]'
}

# A shell without job control has its background ignore SIGINT and SIGQUIT.
unignored() {
	exec env --default-signal "$@"
}

# begin NAME ARG...: hull exec in the background; what it says goes to NAME.said, its pid to $began
begin() {
	local name=$1
	shift
	unignored "$HULL" --root "$STATE" exec "$@" >"$W/$name.said" 2>&1 3>&- &
	began=$!
}

# ends PID STATUS
ends() {
	local status=0
	wait "$1" || status=$?
	[ "$status" = "$2" ] || { echo "ended with $status"; tail -n 5 ./*said; return 1; }
}

# alone ID: nothing but the container's own process lives in its cgroup
alone() {
	[ "$(wc -l <"/sys/fs/cgroup/hull-$1/cgroup.procs")" = 1 ]
}

# ---- signals ----

@test "exec: a signal ends the wait for a program that cannot be looked up, attached and detached" {
	dead here lookup
	beside here
	local signal option
	for option in "" --detach; do
		for signal in TERM INT HUP QUIT; do
			: >dead-here.log
			begin it $option here /dead/program echo ran
			asked here
			kill -$signal "$began"
			ends "$began" $((128 + $(kill -l $signal)))
			grep -q "the container's process is at \"program\": told to end by SIG$signal" it.said
			alone here
		done
	done
}

@test "exec: a signal ends the wait for a program that cannot be opened, and both processes" {
	dead here open
	beside here
	local option
	for option in "" --detach; do
		: >dead-here.log
		begin it $option here /dead/program echo ran
		asked here
		[ "$(wc -l <"/sys/fs/cgroup/hull-here/cgroup.procs")" = 3 ]
		kill "$began"
		ends "$began" 143
		grep -q "executed: the container's process is at \"exec\": told to end by SIGTERM" it.said
		alone here
	done
}

@test "exec: a signal that its caller ignores is ignored" {
	dead here lookup
	beside here
	(trap '' INT; exec "$HULL" --root "$STATE" exec --detach here /dead/program true) >it.said 2>&1 3>&- &
	local pid=$!
	asked here
	kill -INT $pid
	sleep 0.2
	kill -0 $pid
	kill $pid
	ends $pid 143
	alone here
}

@test "exec: after the wait a signal is for the program, as ever" {
	dead here lookup
	beside here
	begin it here /dead/program sleep 20
	asked here
	kill -USR1 "$began"		# none that ends us: the program gets it
	kill -USR1 "$dead"
	ends "$began" 138
	alone here
}

@test "exec: a process that not even SIGKILL ends is told of, and left to the kernel" {
	dead here lookup deaf
	beside here
	begin it here /dead/program true
	asked here
	SECONDS=0
	kill "$began"
	ends "$began" 143
	[ "$SECONDS" -le 13 ]
	grep -qE 'kill process [0-9]+: the process has not ended after 10000 ms' it.said
	kill -USR1 "$dead"
	eventually alone here
}

@test "run: of a process that not even SIGKILL ends the record stays, for delete" {
	dead here lookup deaf
	bundle "$ID" '.mounts += [{destination: "/a", type: "bind", source: "'"$W/dead-here/program"'", options: ["bind"]}]'
	"$HULL" --root "$STATE" run -b "$B" "$ID" >said 2>&1 3>&- &
	began=$!
	asked here
	kill "$began"
	ends "$began" 143
	grep -q "kill the container.s process: the process has not ended after 10000 ms" said
	[ -e "$STATE/$ID" ]
	kill -USR1 "$dead"
	hull delete --force "$ID"
	[ ! -e "$STATE/$ID" ]
	[ ! -e "/sys/fs/cgroup/hull-$ID" ]
}

@test "exec: in a container that is paused a signal ends it, and what was begun" {
	ID=cold
	started .
	hull pause cold
	local option
	for option in "" --detach; do
		begin it $option --ignore-paused cold /bin/sh -c 'touch /ran'
		eventually eval '[ "$(wc -l </sys/fs/cgroup/hull-cold/cgroup.procs)" = 2 ]'
		kill "$began"
		ends "$began" 143
		grep -q "has not begun: told to end by SIGTERM" it.said
		alone cold
	done
	state_is paused
	hull resume cold
	[ ! -e "$B/rootfs/ran" ]
}

@test "run: a signal ends the wait for a source that does not answer, and all is taken back" {
	local option signal source=$W/dead-here/program
	dead here lookup
	for option in "" --detach; do
		for signal in TERM INT; do
			ID=r$option$signal
			: >dead-here.log
			bundle "$ID" '.mounts += [{destination: "/a", type: "bind", source: "'"$source"'", options: ["bind"]}]'
			unignored "$HULL" --root "$STATE" run $option -b "$B" "$ID" >said 2>&1 3>&- &
			began=$!
			asked here
			kill -$signal "$began"
			ends "$began" $((128 + $(kill -l $signal)))
			grep -q "is at \"mount $source on /a\": told to end by SIG$signal" said
			[ ! -e "$STATE/$ID" ]
			[ ! -e "/sys/fs/cgroup/hull-$ID" ]
		done
	done
}

@test "create: a signal ends the wait for a source that we open ourselves, and delete takes back the rest" {
	dead here lookup
	bundle "$ID" '.mounts += [{destination: "/a", type: "bind", source: "'"$W/dead-here/program"'", options: ["bind"]}] |
		.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	"$HULL" --root "$STATE" create -b "$B" "$ID" >said 2>&1 3>&- &
	began=$!
	asked here
	kill "$began"
	ends "$began" 143
	hull delete --force "$ID"
	[ ! -e "/sys/fs/cgroup/hull-$ID" ]
}

@test "create and start: a signal ends the wait for a hook that has no time limit" {
	local hook='[{path: "/bin/sleep", args: ["sleep", "1000"]}]' moment verb
	for moment in prestart createRuntime createContainer; do
		ID=$moment
		bundle "$ID" ".hooks.$moment = $hook"
		"$HULL" --root "$STATE" create -b "$B" "$ID" >said 2>&1 3>&- &
		began=$!
		eventually pgrep -x sleep
		kill "$began"
		ends "$began" 143
		grep -q "told to end by SIGTERM" said
		[ ! -e "$STATE/$ID" ]
		eventually eval '! pgrep -x sleep'
	done
	ID=poststart
	created ".hooks.poststart = $hook"
	"$HULL" --root "$STATE" start "$ID" >said 2>&1 3>&- &
	began=$!
	eventually pgrep -x sleep
	kill "$began"
	ends "$began" 143
	grep -q "error running poststart hook #0: not done yet: told to end by SIGTERM" said
	eventually eval '! pgrep -x sleep'
}

# frozen FILTER: `create` of a container whose cgroup a hook freezes is begun, and told to end
frozen() {
	bundle "$ID" '.linux.cgroupsPath = "/cold/it" | .hooks.prestart = [{path: "/bin/sh",
		args: ["sh", "-c", "echo 1 >/sys/fs/cgroup/cold/cgroup.freeze"]}] | '"$1"
	mkdir /sys/fs/cgroup/cold
	"$HULL" --root "$STATE" create -b "$B" "$ID" >said 2>&1 3>&- &
	began=$!
	eventually grep -q 'frozen 1' /sys/fs/cgroup/cold/it/cgroup.events
	kill "$began"
	ends "$began" 143
	grep -q "told to end by SIGTERM" said
	[ ! -e "$STATE/$ID" ]
	rmdir /sys/fs/cgroup/cold
}

@test "create: when its cgroup is frozen a signal ends it, and all is taken back" {
	frozen .
}

@test "create: when its cgroup is frozen, with namespaces to join" {
	hold --uts
	frozen 'del(.hostname) | .linux.namespaces |= map(if .type == "uts" then .path = "/proc/'"$HOLDER"'/ns/uts" else . end)'
}

# ---- time: all that wait to the end wait at once ----

@test "exec: no answer for 30 s, paused meanwhile, and paused with --ignore-paused" {
	local lookup open meanwhile patient took
	dead lookup lookup
	beside lookup
	dead open open
	beside open
	dead meanwhile lookup
	beside meanwhile
	local meanwhile_fs=$dead
	ID=patient
	started .

	SECONDS=0
	begin lookup lookup /dead/program echo ran
	lookup=$began
	begin open --detach open /dead/program echo ran
	open=$began
	begin meanwhile meanwhile /dead/program echo ran
	meanwhile=$began
	# The process that joins is stopped when it comes back from a file system.
	asked meanwhile
	echo 1 >/sys/fs/cgroup/hull-meanwhile/cgroup.freeze
	kill -USR1 "$meanwhile_fs"
	hull pause patient
	begin patient --ignore-paused patient /bin/probe echo ran
	patient=$began

	ends "$lookup" 255
	took=$SECONDS
	[ "$took" -ge 29 ] && [ "$took" -le 40 ]
	ends "$open" 255
	ends "$meanwhile" 255
	[ "$SECONDS" -le 45 ]
	tail -n 9 ./*.said
	grep -q 'exec lookup: executed: the container.s process is at "program": no sign of life for 30 s' lookup.said
	grep -q 'a file system that does not answer' lookup.said
	grep -q 'exec open: executed: the container.s process is at "exec": no sign of life for 30 s' open.said
	grep -q 'exec meanwhile: .*: the container was paused meanwhile' meanwhile.said
	grep -q 'resume it, or wait for that with --ignore-paused' meanwhile.said
	alone lookup
	alone open
	alone meanwhile
	echo 0 >/sys/fs/cgroup/hull-meanwhile/cgroup.freeze

	eventually grep -q 'the container is paused: waiting until it is resumed' patient.said
	kill -0 "$patient"
	hull resume patient
	ends "$patient" 0
	grep -qx ran patient.said
}
