#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Standard streams, terminals, attaching, logs.
load helpers

# ---- pipes ----

@test "standard output and error are apart" {
	engine run --rm "$IMAGE" sh -c 'echo out; echo err >&2' >out 2>err
	grep -qx out out
	grep -qx err err
}

@test "-i: standard input and its end" {
	output=$(printf 'one\ntwo' | engine run --rm -i "$IMAGE" cat)
	[ "$output" = $'one\ntwo' ]
}

@test "without -i: standard input is at its end" {
	output=$(echo words | engine run --rm "$IMAGE" cat)
	[ -z "$output" ]
}

@test "four megabytes through a container, byte by byte" {
	head -c 4194304 /dev/urandom >in
	engine run --rm -i "$IMAGE" cat <in >out
	cmp in out
}

@test "a reader that goes away" {
	try eval "engine run --rm $IMAGE sh -c 'while echo y; do :; done' | head -n 1"
	expect 0 '^y'
}

@test "logs: everything, in order, both streams" {
	up -- sh -c 'for i in 1 2 3; do echo out $i; echo err $i >&2; done'
	ended
	engine logs "$NAME" >out 2>err
	diff <(printf 'out 1\nout 2\nout 3\n') out
	diff <(printf 'err 1\nerr 2\nerr 3\n') err
}

@test "logs -f: ends with the container" {
	up -- sh -c 'echo one; sleep 0.5; echo two'
	try engine logs -f "$NAME"
	expect 0 $'^one\ntwo$'
}

@test "a background process that keeps the output does not keep the container" {
	up -- sh -c 'sleep 1000 & echo done'
	ended
	try engine logs "$NAME"
	expect 0 '^done$'
}

# ---- attach ----

@test "attach: sees output, and Docker's passes the status on" {
	up -- sh -c 'until [ -e /tmp/go ]; do sleep 0.05; done; echo went; exit 6'
	timeout $((30 * SLOW)) "$ENGINE" attach "$NAME" >said 2>&1 3>&- &
	client=$!
	sleep 0.5
	engine exec "$NAME" touch /tmp/go
	status=0
	wait $client || status=$?
	grep -q went said
	# Podman 4.3 ends with 0.
	[ $status = 6 ] || [ "$ENGINE $status" = 'podman 0' ] || { echo "status: $status"; cat said; false; }
	inspect_is .State.ExitCode 6
}

@test "attach: standard input reaches a container with -i" {
	up -i -- sh -c 'read -r line; echo "got $line"'
	(echo words; sleep 1) | engine attach "$NAME" >said 2>&1 || true
	logged 'got words'
}

@test "start --attach --interactive" {
	engine create -i --name "$NAME" "$IMAGE" sh -c 'read -r line; echo "got $line"' >/dev/null
	output=$(echo words | engine start --attach --interactive "$NAME")
	[[ $output = *'got words'* ]]
}

# ---- terminals ----

@test "-t: the program has a terminal" {
	up -t -- sh -c 'tty; test -t 0 && test -t 1 && test -t 2 && echo yes; ls -l /proc/self/fd/0 /dev/console'
	ended
	try engine logs "$NAME"
	expect 0 '^/dev/(pts/0|console)' yes
}

@test "-t: the program leads a session whose terminal this is" {
	up -t -- sh -c 'read -r pid comm state ppid pgrp session tty rest </proc/self/stat; echo "s $session t $tty"'
	ended
	try engine logs "$NAME"
	expect 0 '^s 1 t [1-9]'
}

@test "-it: what is typed, echoed and shown" {
	at_terminal expect='# ' $'send=echo $((6*7))\n' expect=42 $'send=exit 3\n' -- run --rm -it "$IMAGE" sh
	expect 0 42 'exit(ed)?.* 3'
}

@test "-it: ^C ends the program, not the client" {
	at_terminal expect=ready 'send=^C' expect=caught -- \
		run --rm -it "$IMAGE" sh -c 'trap "echo caught; exit 4" INT; echo ready; while :; do sleep 0.1; done'
	expect 0 caught 'exit(ed)?.* 4'
}

@test "-it: the size of the terminal, from the start" {
	at_terminal size=33x77 -- run --rm -it "$IMAGE" sh -c 'sleep 0.3; stty size'
	expect 0 '33 77'
}

@test "-it: the size changes" {
	# Docker's client looks for changes some time after it has told the first size.
	at_terminal size=33x77 expect=ready "wait=$((100 * SLOW))" size=44x99 'expect=44 99' -- run --rm -it "$IMAGE" \
		sh -c 'echo ready; until stty size | grep "44 99"; do sleep 0.1; done'
	expect 0 '44 99'
}

@test "-it: the modes of the user's terminal are as before" {
	at_terminal expect='# ' raw $'send=exit\n' -- run --rm -it "$IMAGE" sh
	expect 0
	expect_no 'modes.*(not|differ)'
}

@test "-dt, attach: detach by keys, the container goes on" {
	up -dit -- sh
	at_terminal $'send=echo $((6*7))\n' expect=42 'send=^P' wait=200 'send=^Q' -- attach "$NAME"
	expect 0 42
	status_is running
	at_terminal $'send=exit 5\n' -- attach "$NAME"
	ended
	inspect_is .State.ExitCode 5
}

@test "a terminal that hangs up: the container goes on" {
	up -dit -- sh
	at_terminal $'send=echo $((6*7))\n' expect=42 close -- attach "$NAME"
	status_is running
}
