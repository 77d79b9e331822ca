#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Buildah: a working container, and commands in it.
load helpers

setup() {
	test_begin
	BOX=$(engine from --pull=never "$IMAGE")
}

# inside OPTION... -- COMMAND...: `buildah run`
inside() {
	split "$@"
	try timeout --foreground -k 2 $((60 * SLOW)) buildah run "${FIRST[@]}" "$BOX" -- "${REST[@]}" 3>&-
}

probe() {
	inside "$@" -- /bin/probe probe
	expect 0
	printf '%s\n' "$output" >"$W/probe.json"
}

@test "output and status" {
	inside -- echo hello
	expect 0 '^hello$'
	inside -- sh -c 'exit 9'
	expect 9
}

@test "137 when it was killed" {
	inside -- sh -c 'sh -c "kill -9 \$\$"; exit $?'
	expect 137
}

@test "a missing program" {
	inside -- nosuchprogram
	expect fail 'executable file not found in \$PATH'
	inside -- /no/such
	expect fail 'no such file or directory'
}

@test "standard input, output and error" {
	output=$(printf 'one\ntwo' | timeout $((60 * SLOW)) buildah run "$BOX" -- cat 3>&-)
	[ "$output" = $'one\ntwo' ]
	timeout $((60 * SLOW)) buildah run "$BOX" -- sh -c 'echo out; echo err >&2' >out 2>err 3>&-
	grep -qx out out
	grep -qx err err
}

@test "a terminal" {
	CLIENT=buildah at_terminal size=33x77 'expect=# ' $'send=stty size; exit 3\n' 'expect=33 77' -- run -t "$BOX" -- sh
	expect 0 33 'exit(ed)?.* 3'
}

@test "what is written stays for the next" {
	inside -- sh -c 'echo words >/file'
	expect 0
	inside -- cat /file
	expect 0 '^words$'
}

@test "user, working directory, environment" {
	buildah config --user user --workingdir /home/user --env A=1 "$BOX"
	probe
	check '.uid == [1000, 1000, 1000]' '.cwd == "/home/user"' '.environ | index("A=1") != null'
}

@test "--volume, read-only and not" {
	mkdir dir
	inside -v "$W/dir:/m" -- touch /m/new
	expect 0
	inside -v "$W/dir:/m:ro" -- touch /m/other
	expect fail 'Read-only'
	[ "$(ls dir)" = new ]
}

@test "--mount type=tmpfs" {
	probe --mount type=tmpfs,destination=/t
	check 'mount("/t").type == "tmpfs"'
}

@test "--cap-drop, --cap-add" {
	probe --cap-drop CAP_CHOWN --cap-add CAP_NET_ADMIN
	check '.status.CapEff == "00000000800415fa"' '.status.CapBnd == "00000000800415fa"'
}

@test "--network none and host" {
	probe --network none
	check ".ns.net != \"$(readlink /proc/self/ns/net)\""
	probe --network host
	check ".ns.net == \"$(readlink /proc/self/ns/net)\""
}

@test "--pid, --ipc, --uts host" {
	probe --pid host --ipc host --uts host
	for ns in pid ipc uts; do
		check ".ns.$ns == \"$(readlink /proc/self/ns/$ns)\""
	done
}

@test "--hostname" {
	inside --hostname abc -- hostname
	expect 0 '^abc$'
}

@test "seccomp is on, only standard streams are open" {
	probe
	check '.status.Seccomp == "2"' '[.fds[].fd] == [0, 1, 2]'
}

@test "--runtime-flag reaches the runtime" {
	inside --runtime-flag "log=$W/runtime.log" --runtime-flag debug -- true
	expect 0
	[ -s runtime.log ]
}

@test "two commands at the same time in one container" {
	timeout $((60 * SLOW)) buildah run "$BOX" -- sh -c 'until [ -e /go ]; do sleep 0.05; done; echo went' >said 3>&- &
	client=$!
	inside -- touch /go
	expect 0
	wait $client
	grep -qx went said
}

@test "interrupted: nothing stays" {
	timeout $((60 * SLOW)) buildah run "$BOX" -- sleep 1016 >said 2>&1 3>&- &
	eventually pgrep -f '^(/bin/)?sleep 1016'
	pkill -INT -x buildah
	eventually no_process '^(/bin/)?sleep 1016'
}

@test "commit, and from the result" {
	inside -- sh -c 'echo words >/file'
	buildah commit -q "$BOX" "test.local/$NAME" >/dev/null
	try engine run --rm "test.local/$NAME" cat /file
	buildah rmi -f "test.local/$NAME" >/dev/null
	expect 0 '^words$'
}

@test "fifty commands at the same time" {
	one_run() {
		[ "$(timeout $((300 * SLOW)) buildah run "$BOX" -- sh -c "echo $1 >/of.$1; cat /of.$1" 3>&-)" = "$1" ]
	}
	numbered 50 one_run
	inside -- sh -c 'ls /of.* | wc -l'
	expect 0 '^50$'
}
