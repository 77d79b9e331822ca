#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# One more program in a container.
load helpers

# inside OPTION... -- COMMAND...: exec in $NAME
inside() {
	split "$@"
	try engine exec "${FIRST[@]}" "$NAME" "${REST[@]}"
}

# exec_probe OPTION...: by exec, the probe tells `check` what it sees
exec_probe() {
	inside "$@" -- /bin/probe probe
	expect 0
	printf '%s\n' "$output" >"$W/probe.json"
}

# A missing program; Docker 20.10 makes it 126 all the same.
expect_missing() {
	[ "$ENGINE" = docker ] && [ "$status" = 126 ] || expect 127
	expect "$status" "$@"
}

@test "output and status" {
	up
	inside -- echo hello
	expect 0 '^hello$'
	inside -- sh -c 'exit 9'
	expect 9 '^$'
}

@test "137 when it was killed" {
	up
	inside -- sh -c 'kill -9 $$'
	expect 137
}

@test "127 for a program that PATH does not have" {
	up
	inside -- nosuchprogram
	expect_missing 'executable file not found in \$PATH'
}

@test "127 for a path that does not exist" {
	up
	inside -- /no/such/program
	expect_missing 'no such file or directory'
}

@test "126 for a file that is not executable" {
	up
	inside -- /etc/passwd
	expect 126 'permission denied'
}

@test "126 for a directory" {
	up
	inside -- /etc
	expect 126 'permission denied|is a directory|is not a regular file'
}

@test "the container outlives a failed exec, and leaves no zombie" {
	up
	inside -- nosuchprogram
	expect_missing
	inside -- true
	expect 0
	inside -- sh -c 'grep -l "^State:.Z" /proc/[0-9]*/status; true'
	expect 0 '^$'
}

@test "-i: standard input and its end" {
	up
	output=$(printf 'one\ntwo' | engine exec -i "$NAME" cat)
	[ "$output" = $'one\ntwo' ]
}

@test "four megabytes, byte by byte" {
	up
	head -c 4194304 /dev/urandom >in
	engine exec -i "$NAME" cat <in >out
	cmp in out
}

@test "standard output and error are apart" {
	up
	engine exec "$NAME" sh -c 'echo out; echo err >&2' >out 2>err
	grep -qx out out
	grep -qx err err
}

@test "-d: returns at once, the program runs" {
	up
	inside -d -- sh -c 'echo there >/tmp/mark; exec sleep 1005'
	expect 0
	eventually engine exec "$NAME" grep -q there /tmp/mark
	eventually pgrep -f 'sleep 1005'
}

@test "-d: a missing program is an error" {
	up
	inside -d -- nosuchprogram
	# Docker answers before it has tried, Podman calls it a failure of its own.
	[ "$ENGINE" = docker ] || expect 125 'executable file not found in \$PATH'
	inside -- true
	expect 0
}

@test "-t: a terminal, and the status" {
	up
	inside -t -- sh -c 'tty; exit 3'
	expect 3 '/dev/pts/0'
}

@test "-it: typed and shown" {
	up
	at_terminal expect='# ' $'send=echo $((6*7))\n' expect=42 $'send=exit 3\n' -- exec -it "$NAME" sh
	expect 0 42 'exit(ed)?.* 3'
}

@test "-it: the size, and when it changes" {
	up
	# Docker's client looks for changes some time after it has told the first size.
	at_terminal size=33x77 'expect=33 77' "wait=$((300 * SLOW))" size=44x99 'expect=44 99' -- exec -it "$NAME" \
		sh -c 'until stty size | grep "33 77"; do sleep 0.1; done; until stty size | grep "44 99"; do sleep 0.1; done'
	expect 0
}

@test "-u: numbers and names" {
	up
	exec_probe -u 1000:1001
	check '.uid == [1000, 1000, 1000]' '.gid == [1001, 1001, 1001]'
	exec_probe -u user
	check '.uid == [1000, 1000, 1000]' '.gid == [1000, 1000, 1000]'
	check '.status.CapEff == "0000000000000000"'
}

@test "-w: the working directory" {
	up
	inside -w /home/user -- pwd
	expect 0 '^/home/user$'
}

@test "-w: one that does not exist" {
	up
	inside -w /no/such/directory -- pwd
	[[ $status = 12[67] ]]
	expect $status 'no such file or directory'
}

@test "-e: the environment" {
	up -e A=container -e B=container
	inside -e A=exec -e 'C=two  words' -- sh -c 'echo "$A,$B,$C"'
	expect 0 '^exec,container,two  words$'
}

@test "HOME is that of the user" {
	up
	inside -u user -- sh -c 'echo "$HOME"'
	expect 0 '^/home/user$'
}

@test "all namespaces and the cgroup are the container's" {
	up
	exec_probe
	pid=$(inspect .State.Pid)
	for ns in ipc mnt net pid uts; do
		check ".ns.$ns == \"$(readlink "/proc/$pid/ns/$ns")\""
	done
	inside -d -- sleep 1006
	eventually pgrep -f 'sleep 1006'
	[ "$(grep ^0: "/proc/$(pgrep -f 'sleep 1006')/cgroup")" = "$(grep ^0: "/proc/$pid/cgroup")" ]
}

@test "the rights are the container's" {
	up --cap-drop ALL --cap-add KILL --security-opt no-new-privileges
	exec_probe
	check '.status.CapBnd == "0000000000000020"' '.status.CapEff == "0000000000000020"' \
	      '.status.NoNewPrivs == "1"' '.status.Seccomp == "2"'
}

@test "--privileged: has more" {
	up --cap-drop ALL
	inside --privileged -- grep CapEff /proc/self/status
	if setpriv --dump | grep -qi 'bounding.*sys_resource'; then
		expect 0
		expect_no 0000000000000000
	else
		# The machine itself does not have all.
		expect fail 'capabilit|operation not permitted' || expect 0
	fi
}

@test "only standard streams are open" {
	up
	inside -- /bin/probe fds
	expect 0
	expect_no '^([3-9]|[1-9][0-9])'
}

@test "in a stopped container: refused" {
	up
	engine stop -t 0 "$NAME"
	inside -- true
	expect fail 'not running|running containers'
}

@test "ends when the container ends" {
	up
	timeout $((30 * SLOW)) "$ENGINE" exec "$NAME" sleep 1007 >said 2>&1 3>&- &
	client=$!
	eventually pgrep -f '^sleep 1007'
	engine kill "$NAME"
	status=0
	wait $client || status=$?
	[ $status = 137 ]
}

@test "twenty at the same time" {
	up
	for i in {1..20}; do
		engine exec "$NAME" sh -c "echo $i; exit $i" >"said.$i" 2>&1 &
		pids[i]=$!
	done
	for i in {1..20}; do
		status=0
		wait "${pids[i]}" || status=$?
		[ $status = "$i" ]
		[ "$(cat "said.$i")" = "$i" ]
	done
}

@test "of a program that leaves children behind" {
	up
	inside -- sh -c 'sleep 1008 >/dev/null 2>&1 </dev/null & echo gone'
	expect 0 '^gone$'
	eventually pgrep -f '^sleep 1008'
}
