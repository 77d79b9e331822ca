#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a container, as Docker and Podman lead it.
load helpers

# ---- run, and the statuses that it ends with ----

@test "run: output and status 0" {
	box -- echo hello
	expect 0 '^hello$'
}

@test "run: the program's status" {
	box -- sh -c 'exit 9'
	expect 9 '^$'
}

@test "run: 255 stays 255" {
	box -- sh -c 'exit 255'
	expect 255 '^$'
}

@test "run: 137 when the program was killed" {
	up -- sleep 1000
	engine kill "$NAME"
	try engine wait "$NAME"
	expect 0 '^137$'
	inspect_is .State.ExitCode 137
}

@test "run: 143 when SIGTERM ended it" {
	box --pid host -- sh -c 'kill -TERM $$'
	expect 143
}

@test "run: 127 and its words for a program that PATH does not have" {
	box -- nosuchprogram
	expect 127 'nosuchprogram' 'executable file not found in \$PATH'
}

@test "run: 127 for a path that does not exist" {
	box -- /no/such/program
	expect 127 '/no/such/program' 'no such file or directory'
}

@test "run: 126 for a file that is not executable" {
	box -- /etc/passwd
	expect 126 '/etc/passwd' 'permission denied'
}

@test "run: 126 for a directory" {
	box -- /etc
	expect 126 '/etc' 'permission denied|is a directory|is not a regular file'
}

@test "run: nothing that says nothing is printed" {
	box -- true
	expect 0 '^$'
}

@test "run: empty and odd arguments arrive as they are" {
	box -- /bin/probe echo '' 'a  b' $'new\nline' '$HOME' "it's"
	expect 0 $'^ a  b new\nline \\$HOME it\'s$'
}

@test "run --rm: a failed one leaves nothing" {
	box --name "$NAME" -- nosuchprogram
	expect 127
	try engine inspect "$NAME"
	expect fail
}

# ---- create, start, wait, logs ----

@test "create, start, wait, logs, rm" {
	try engine create --name "$NAME" "$IMAGE" sh -c 'echo one; echo two >&2; exit 3'
	expect 0 '^[0-9a-f]{64}$'
	status_is created
	engine start "$NAME" >/dev/null
	try engine wait "$NAME"
	expect 0 '^3$'
	try engine logs "$NAME"
	expect 0 one two
	try engine rm "$NAME"
	expect 0
	try engine inspect "$NAME"
	expect fail
}

@test "create without start, then rm" {
	engine create --name "$NAME" "$IMAGE" true >/dev/null
	try engine rm "$NAME"
	expect 0
}

@test "start --attach: output and status" {
	engine create --name "$NAME" "$IMAGE" sh -c 'echo here; exit 5' >/dev/null
	try engine start --attach "$NAME"
	expect 5 '^here$'
}

@test "start: a second time, as new" {
	engine create --name "$NAME" "$IMAGE" sh -c 'echo $$; touch /tmp/mark; ls /tmp' >/dev/null
	try engine start --attach "$NAME"
	expect 0 $'^1\nmark$'
	try engine start --attach "$NAME"
	expect 0 $'^1\nmark$'
}

@test "start: a missing program, then the container can be removed" {
	engine create --name "$NAME" "$IMAGE" nosuchprogram >/dev/null
	try engine start "$NAME"
	expect fail 'executable file not found'
	try engine rm "$NAME"
	expect 0
}

@test "run -d: an id, a process, running" {
	up
	[[ $CID =~ ^[0-9a-f]{64}$ ]]
	status_is running
	pid=$(inspect .State.Pid)
	[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = '/bin/probe pause ' ]
}

@test "inspect: the end of a container" {
	up -- sh -c 'exit 9'
	ended
	inspect_is .State.ExitCode 9
	inspect_is .State.Pid 0
	inspect_is .State.Running false
}

@test "run -d --rm: goes by itself" {
	up --rm -- true
	eventually gone
}

@test "ps: what runs and what does not" {
	up -- sleep 1000
	try engine ps --format '{{.Names}} {{.Status}}'
	expect 0 "$NAME Up"
	engine stop -t 0 "$NAME"
	try engine ps -a --format '{{.Names}} {{.Status}}'
	expect 0 "$NAME Exited \(137\)"
}

# ---- signals ----

@test "kill: by name, by number, with and without SIG" {
	up -- /bin/probe signal 4
	logged ready
	engine kill -s USR1 "$NAME"
	logged USR1
	engine kill -s SIGUSR2 "$NAME"
	logged USR2
	engine kill -s 1 "$NAME"
	logged HUP
	engine kill -s 15 "$NAME"
	ended
	inspect_is .State.ExitCode 0
}

@test "kill: a stopped container is refused" {
	up -- true
	ended
	try engine kill "$NAME"
	expect fail 'not running|running containers'
}

@test "kill: a signal that does not exist" {
	up
	try engine kill -s NOSUCH "$NAME"
	expect fail '[Ii]nvalid signal'
	status_is running
}

@test "stop: SIGTERM, and time to end" {
	up -- sh -c 'trap "echo ending; exit 143" TERM; echo ready; while :; do sleep 0.1; done'
	logged ready
	try engine stop "$NAME"
	expect 0
	inspect_is .State.ExitCode 143
	try engine logs "$NAME"
	expect 0 ending
}

@test "stop: SIGKILL after the time is up" {
	up -- sleep 1000
	try engine stop -t 1 "$NAME"
	expect 0
	inspect_is .State.ExitCode 137
}

@test "stop: again" {
	up
	engine stop -t 0 "$NAME"
	try engine stop "$NAME"
	expect 0
}

@test "stop: --stop-signal" {
	up --stop-signal USR1 -- /bin/probe signal 1
	logged ready
	engine stop "$NAME"
	logged USR1
	inspect_is .State.ExitCode 0
}

@test "run: signals to the engine's client go to the program" {
	timeout -k 2 $((30 * SLOW)) "$ENGINE" run --rm --name "$NAME" "$IMAGE" /bin/probe signal 1 >"$W/said" 3>&- &
	client=$!
	eventually grep -q ready "$W/said"
	kill -s TERM "$(pgrep -P $client)"
	wait $client
	grep -q TERM "$W/said"
}

@test "rm: a running one is refused, --force kills" {
	up
	try engine rm "$NAME"
	expect fail 'running'
	status_is running
	pid=$(inspect .State.Pid)
	try engine rm -f "$NAME"
	expect 0
	[ ! -d "/proc/$pid" ]
}

@test "the init is killed from outside" {
	up
	kill -9 "$(inspect .State.Pid)"
	ended
	inspect_is .State.ExitCode 137
}

@test "orphans of the container end with it" {
	up -- sh -c 'setsid sleep 1000 & setsid sleep 1000 & echo ready; exec /bin/probe pause'
	logged ready
	try engine rm -f "$NAME"
	expect 0
}

@test "with the host's pids: the others end when the first does" {
	up --pid host -- sh -c 'setsid sleep 1001 & echo ready; exec sleep 1002'
	logged ready
	engine stop -t 0 "$NAME"
	eventually no_process 'sleep 100[12]'
}

# ---- pause ----

@test "pause, unpause" {
	up -- sh -c 'i=0; while :; do i=$((i+1)); echo $i >/tmp/now; sleep 0.02; done'
	eventually engine exec "$NAME" test -s /tmp/now
	engine pause "$NAME"
	status_is paused
	before=$(cat "/proc/$(inspect .State.Pid)/root/tmp/now")
	sleep 0.3
	[ "$(cat "/proc/$(inspect .State.Pid)/root/tmp/now")" = "$before" ]
	engine unpause "$NAME"
	status_is running
	goes_on() { [ "$(cat "/proc/$(inspect .State.Pid)/root/tmp/now")" != "$before" ]; }
	eventually goes_on
}

@test "pause: exec is refused meanwhile" {
	up
	engine pause "$NAME"
	try engine exec "$NAME" true
	expect fail 'paused|running'
	engine unpause "$NAME"
	try engine exec "$NAME" true
	expect 0
}

@test "pause: twice is refused" {
	up
	engine pause "$NAME"
	try engine pause "$NAME"
	expect fail 'paused'
}

@test "a paused container can be removed by force" {
	up
	engine pause "$NAME"
	try engine rm -f "$NAME"
	expect 0
}

# ---- restart ----

@test "restart: another process, the same container" {
	up
	pid=$(inspect .State.Pid)
	try engine restart -t 0 "$NAME"
	expect 0
	status_is running
	[ "$(inspect .State.Pid)" != "$pid" ]
	[ "$(inspect .Id)" = "$CID" ]
}

@test "--restart on-failure:2: three runs" {
	up --restart on-failure:2 -- sh -c 'echo run; exit 1'
	runs() { [ "$(engine logs "$NAME" | grep -c run)" = "$1" ]; }
	eventually runs 3
	ended
	inspect_is .RestartCount 2
}

@test "--restart always: comes back after its init was killed" {
	up --restart always
	pid=$(inspect .State.Pid)
	kill -9 "$pid"
	back() { [ "$(inspect .State.Pid)" != "$pid" ] && status_is running; }
	eventually back
}

# ---- what goes on beside ----

@test "--init: the program is not pid 1, which reaps" {
	up --init -- sh -c 'echo "pid $$"; sh -c "sleep 0.1 & exec true"; sleep 1000'
	logged pid
	try engine logs "$NAME"
	expect_no '^pid 1$'
	engine stop -t 5 "$NAME"
	inspect_is .State.ExitCode 143
}

@test "health: what the check says" {
	up --health-cmd 'test -e /tmp/well' --health-interval 1s --health-retries 1
	case $ENGINE in
	podman)	check_health() { engine healthcheck run "$NAME"; } ;;
	docker)	check_health() { inspect_is .State.Health.Status healthy; } ;;
	esac
	try check_health
	expect fail
	engine exec "$NAME" touch /tmp/well
	eventually check_health
}

@test "top: the processes of a container" {
	up -- sh -c 'sleep 1003 & exec sleep 1004'
	eventually eval "engine top $NAME | grep -q 'sleep 1003'"
	try engine top "$NAME"
	expect 0 'sleep 1003' 'sleep 1004'
}

@test "stats: answers" {
	up
	try engine stats --no-stream --format '{{.Name}}' "$NAME"
	expect 0 "$NAME"
}

@test "diff, export, commit: the image that comes of it" {
	up
	engine exec "$NAME" sh -c 'echo new >/tmp/file; rm /etc/group'
	try engine diff "$NAME"
	expect 0 'A /tmp/file' 'D /etc/group'
	engine export -o "$W/exported" "$NAME"
	tar -xOf exported tmp/file | grep -qx new
	engine commit "$NAME" test.local/committed >/dev/null
	status_is running
	try engine run --rm test.local/committed sh -c 'cat /tmp/file; ls /etc'
	expect 0 new
	expect_no group
	engine rmi -f test.local/committed >/dev/null
}

@test "cp: into and out of a container, running and not" {
	up
	echo words >in
	engine cp in "$NAME":/tmp/in
	try engine exec "$NAME" cat /tmp/in
	expect 0 '^words$'
	engine exec "$NAME" sh -c 'echo back >/tmp/out'
	engine cp "$NAME":/tmp/out out
	grep -qx back out
	engine stop -t 0 "$NAME"
	engine cp in "$NAME":/tmp/late
	engine cp "$NAME":/tmp/late late
	cmp in late
}

@test "rename, and the name is another container's" {
	up
	engine rename "$NAME" "$NAME-old"
	up
	status_is running
	engine rm -f "$NAME-old" >/dev/null
	status_is running
}
