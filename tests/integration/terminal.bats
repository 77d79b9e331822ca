#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process.terminal, consoleSize, --console-socket.
load helpers

# listen: an agent that takes one terminal
listen() {
	"$PROGRAMS/agent" console "$W/console.sock" >"$W/agent.out" 2>&1 3>&- &
	AGENT_PID=$!
	eventually grep -q ready "$W/agent.out"
}

teardown() {
	[ -z "${AGENT_PID-}" ] || kill "$AGENT_PID" 2>/dev/null || true
	test_end
}

# with_terminal FILTER COMMAND...: runs it to its end; its output is then in agent.out
with_terminal() {
	local filter=$1
	shift
	listen
	bundle "$ID" '.process.terminal = true | .process.args = $ARGS.positional | '"$filter" --args -- "$@"
	run_hull create -b "$B" --console-socket "$W/console.sock" "$ID"
	expect 0 '^$'
	hull start "$ID"
	eventually state_is stopped
	wait "$AGENT_PID"
}

@test "one descriptor and a name come over the socket" {
	with_terminal . /bin/probe true
	grep -qE '^1 descriptor, [1-9][0-9]* bytes: .' agent.out
}

@test "the program has it as 0, 1, 2 and as its controlling terminal" {
	with_terminal . /bin/probe probe
	sed -n '/^{/p' agent.out | tr -d '\r' >"$W/probe.json"
	check '.tty | test("^/dev/(pts/0|console)$")' '.controlling_tty == "ok"' \
	      '[.fds[].link] | unique | length == 1' '[.fds[].fd] == [0, 1, 2]'
}

@test "it is of the container's devpts, and /dev/console is the same" {
	with_terminal . /bin/sh -c 'tty; ls /dev/pts; stat -c "%t:%T" /dev/pts/0 /dev/console; echo direct >/dev/console'
	local text
	text=$(tr -d '\r' <agent.out)
	[[ $text = *'/dev/pts/0'* ]]
	[[ $text = *'direct'* ]]
	[ "$(grep -c '^88:0$' <<<"$text")" = 2 ]
}

@test "consoleSize" {
	with_terminal '.process.consoleSize = {height: 33, width: 99}' /bin/stty size
	grep -q '33 99' agent.out
}

@test "it belongs to the user" {
	with_terminal '.process.user = {uid: 1000, gid: 1000}' /bin/probe stat /dev/pts/0
	grep -q '/dev/pts/0 char .* 1000:' agent.out
}

@test "with a user namespace" {
	with_terminal '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings' /bin/sh -c 'test -t 0 && echo yes'
	grep -q yes agent.out
}

@test "after create nothing of the caller's streams is held" {
	listen
	bundle b '.process.terminal = true | .process.args = ["/bin/probe", "pause"]'
	# Ends when the last holder of the pipe is gone.
	hull create -b "$B" --console-socket "$W/console.sock" "$ID" 2>&1 | timeout $((5 * SLOW)) cat
	state_is created
	for fd in 0 1 2; do
		[[ $(readlink "/proc/$(pid_of)/fd/$fd") != pipe:* ]]
	done
}

@test "a terminal without a console socket is refused by create" {
	bundle b '.process.terminal = true'
	run_hull create -b "$B" "$ID"
	expect fail 'console'
}

@test "a console socket without a terminal is refused" {
	listen
	bundle b .
	run_hull create -b "$B" --console-socket "$W/console.sock" "$ID"
	expect fail 'terminal'
}

@test "a console socket where nobody listens" {
	bundle b '.process.terminal = true'
	run_hull create -b "$B" --console-socket "$W/none.sock" "$ID"
	expect fail 'none.sock'
}

@test "a console socket with a long path" {
	local deep
	deep=$W/$(printf 'd%.0s' {1..120})
	mkdir "$deep"
	cd "$deep"
	"$PROGRAMS/agent" console console.sock >"$W/agent.out" 2>&1 3>&- &
	AGENT_PID=$!
	eventually grep -q ready "$W/agent.out"
	cd "$W"
	bundle b '.process.terminal = true'
	run_hull create -b "$B" --console-socket "$deep/console.sock" "$ID"
	expect 0
}

@test "run in the foreground: bytes go both ways, the size is the caller's" {
	need "no script(1)" command -v script
	bundle b '.process.terminal = true | .process.args = ["/bin/sh", "-c", "tty; stty size; read a; echo got $a; exit 5"]'
	status=0
	output=$(echo word | timeout $((10 * SLOW)) script -qec "stty rows 44 cols 111; '$HULL' --root '$STATE' run -b '$B' '$ID'" /dev/null 3>&- 2>&1 | tr -d '\r') || status=$?
	status=0
	[[ $output = *'/dev/pts/0'*'44 111'*'got word'* ]] || complain "not what the terminal should show"
}
