#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run and exec in the foreground: a terminal between two, pipes, signals, and how it ends.
load helpers

# at_terminal STEP... -- FILTER COMMAND...: `run` of a container with a terminal, at one
at_terminal() {
	local steps=()
	while [ "$1" != -- ]; do
		steps+=("$1")
		shift
	done
	bundle "$ID" '.process.terminal = true | .process.args = $ARGS.positional | '"$2" --args -- "${@:3}"
	at_pty "${steps[@]}" -- "$HULL" --root "$STATE" run --bundle "$B" "$ID"
}

at_pty() {
	status=0
	output=$(timeout -k 2 $((40 * SLOW)) "$PROGRAMS/pty" "$@" 3>&- 2>&1) || status=$?
	[ "$status" = 0 ] || complain "the terminal saw something else"
}

# ---- a terminal ----

@test "terminal: modes of ours are raw meanwhile, and restored" {
	at_terminal raw 'send=word^M' 'expect=got word' cooked -- . /bin/sh -c 'read a; echo got $a; exit 7'
	expect 0 'exit 7' 'modes restored'
}

@test "terminal: the size is the caller's from the first moment" {
	local i
	for i in 1 2 3 4 5; do
		at_terminal size=33x99 -- '.process.consoleSize = {height: 1, width: 2}' /bin/stty size
		expect 0 '^33 99
'
	done
}

@test "terminal: the size follows" {
	at_terminal size=33x99 expect=ready raw size=44x111 'expect=44 111' -- . \
		/bin/sh -c 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.05; done'
	expect 0 'exit 0' 'modes restored'
}

@test "terminal: the keys that send signals are the container's" {
	at_terminal expect=ready raw "send=^C" expect=INT "send=^Z" expect=TSTP "send=^\\" expect=QUIT -- . \
		/bin/sh -c 'trap "echo INT" INT; trap "echo TSTP" TSTP; trap "echo QUIT; exit 3" QUIT; echo ready
			while :; do sleep 0.05; done'
	expect 0 'exit 3' 'modes restored'
}

@test "terminal: restored when the container is killed" {
	at_terminal raw expect=ready "host='$HULL' --root '$STATE' kill $ID KILL" -- . /bin/sh -c 'echo ready; sleep 100'
	expect 0 'exit 137' 'modes restored'
}

@test "terminal: restored when we are told to end" {
	at_terminal raw expect=ready kill=15 -- . /bin/sh -c 'trap "exit 4" TERM; echo ready; while :; do sleep 0.05; done'
	expect 0 'exit 4' 'modes restored'
}

@test "terminal: restored when the program cannot be executed" {
	bundle "$ID" '.process.terminal = true | .process.args = ["/bin/broken"]'
	echo nothing >"$B/rootfs/bin/broken"
	chmod 755 "$B/rootfs/bin/broken"
	at_pty -- "$HULL" --root "$STATE" run --bundle "$B" "$ID"
	expect 0 'exec format error' 'exit 1' 'modes restored'
}

@test "terminal: after a stop it is raw again" {
	at_terminal raw expect=ready kill=19 wait=100 reset cooked kill=18 raw 'send=x^M' -- . /bin/sh -c 'echo ready; read a; exit 5'
	expect 0 'exit 5' 'modes restored'
}

@test "terminal: a caller's that hangs up ends the container" {
	at_terminal raw expect=ready close -- . /bin/sh -c 'trap "exit 6" HUP; echo ready; while :; do sleep 0.05; done'
	expect 0 'exit 6'
}

@test "terminal: nothing is lost at the end" {
	at_terminal -- . /bin/sh -c 'seq 1 50000'
	[ "$(grep -cE '^[0-9]+$' <<<"$output")" = 50000 ]
	expect 0 'exit 0' 'modes restored'
}

@test "terminal: a caller who reads slowly" {
	at_terminal raw wait=700 expect=100000 -- . /bin/sh -c 'seq 1 100000'
	[ "$(grep -cE '^[0-9]+$' <<<"$output")" = 100000 ]
}

@test "terminal: a program that closes it and opens it again" {
	at_terminal expect=one expect=two -- . \
		/bin/sh -c 'exec <&- >&- 2>&-; echo one >/dev/console; sleep 0.2; echo two >/dev/console; sleep 0.1'
	expect 0 'exit 0' 'modes restored'
}

@test "terminal: the end of standard input is the end of the container's" {
	bundle "$ID" '.process.terminal = true | .process.args = ["/bin/sh", "-c", "cat; echo end"]'
	output=$(printf 'one\ntwo' | hull run -b "$B" "$ID" | tr -d '\r')
	[[ $output = *one*two*end* ]]
}

@test "terminal: exec --tty" {
	started .
	at_pty size=35x77 raw 'send=word^M' 'expect=got word' -- "$HULL" --root "$STATE" exec --tty "$ID" \
		/bin/sh -c 'stty size; tty; read a; echo got $a; exit 9'
	expect 0 '35 77' '/dev/pts/' 'exit 9' 'modes restored'
	at_pty expect=ready raw 'send=^C' -- "$HULL" --root "$STATE" exec -t "$ID" /bin/sh -c 'echo ready; sleep 100'
	expect 0 'exit 130' 'modes restored'
}

@test "terminal: a console socket that nobody reads is not waited for longer than ten seconds" {
	bundle "$ID" '.process.terminal = true'
	# Listens, with a queue that is full.
	python3 - "$W/full.sock" <<-'END' &
		import socket, sys, time
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen(0)
		c = socket.socket(socket.AF_UNIX)
		c.connect(sys.argv[1])
		time.sleep(60)
	END
	local peer=$! start
	eventually test -S "$W/full.sock"
	sleep 0.2
	start=$SECONDS
	run_hull create -b "$B" --console-socket "$W/full.sock" "$ID"
	kill $peer
	expect 1 'console socket: connect .*full.sock: nobody accepted for 10 s'
	[ $((SECONDS - start)) -le $((11 + 2 * SLOW)) ]
}

# ---- no terminal ----

@test "pipes: a file of the host stays outside" {
	echo secret >in
	bundle "$ID" '.process.args = ["/bin/probe", "fds"]'
	hull run -b "$B" "$ID" <in >out 2>err
	[ "$(<out)" = $'0 fifo\n1 fifo\n2 fifo' ]
	hull run -b "$B" "$ID" <in >out 2>&1
	[ "$(<out)" = $'0 fifo\n1 fifo\n2 fifo' ]
	started .
	hull exec "$ID" /bin/probe fds <in >out 2>err
	[ "$(<out)" = $'0 fifo\n1 fifo\n2 fifo' ]
}

@test "pipes: a socket and a terminal of the host, too" {
	bundle "$ID" '.process.args = ["/bin/probe", "fds"]'
	at_pty -- "$HULL" --root "$STATE" run --bundle "$B" "$ID"
	expect 0 '0 fifo
1 fifo
2 fifo'
}

@test "pipes: what is a pipe or /dev/null already is passed straight on" {
	bundle "$ID" '.process.args = ["/bin/sh", "-c", "readlink /proc/self/fd/1; readlink /proc/self/fd/0"]'
	output=$(hull run -b "$B" "$ID" </dev/null)
	[[ $output = pipe:*$'\n'/dev/null ]]
	bundle other '.process.args = ["/bin/probe", "fds"]'
	[ "$(hull run -b "$B" "$ID" </dev/null 2>/dev/null)" = $'0 char\n1 fifo\n2 char' ]
}

@test "pipes: the order of two streams into one file is kept" {
	local want i
	want=$(for i in {1..200}; do echo "out $i"; echo "err $i"; done)
	bundle "$ID" '.process.args = ["/bin/sh", "-c", "for i in $(seq 200); do echo out $i; echo err $i >&2; done"]'
	hull run -b "$B" "$ID" >both 2>&1
	[ "$(<both)" = "$want" ]
}

@test "pipes: appended to a file as it was" {
	echo first >log
	bundle "$ID" '.process.args = ["/bin/echo", "second"]'
	hull run -b "$B" "$ID" >>log
	[ "$(<log)" = $'first\nsecond' ]
	{ echo a; hull run -b "$B" "$ID"; echo b; } >log
	[ "$(<log)" = $'a\nsecond\nb' ]
}

@test "pipes: 256 MiB through both, byte by byte" {
	bundle "$ID" '.process.args = ["/bin/cat"]'
	head -c 268435456 /dev/urandom >data
	hull run -b "$B" "$ID" <data >copy
	cmp data copy
	rm copy
	hull run -b "$B" "$ID" <data > >(cmp - "$W/data" && touch "$W/same")
	eventually test -e same
	hull run -b "$B" "$ID" < <(cat data) >copy
	cmp data copy
	rm copy data
}

@test "pipes: the end of standard input is passed on, also if it is empty" {
	bundle "$ID" '.process.args = ["/bin/sh", "-c", "cat; echo end"]'
	: >empty
	hull run -b "$B" "$ID" <empty >out
	[ "$(<out)" = end ]
	started . /bin/probe pause
	hull exec "$ID" /bin/sh -c 'cat; echo end' <empty >out
	[ "$(<out)" = end ]
}

@test "pipes: a container that reads nothing does not take what it does not read" {
	bundle "$ID" '.process.args = ["/bin/true"]'
	head -c 4000000 /dev/zero >data
	hull run -b "$B" "$ID" <data >out
	[ ! -s out ]
}

@test "pipes: a reader who goes ends the writer, as without us" {
	bundle "$ID" '.process.args = ["/bin/sh", "-c", "while :; do echo y || exit 3; done; true"]'
	timeout $((20 * SLOW)) "$HULL" --root "$STATE" run -b "$B" "$ID" 3>&- | head -1 >out
	[ "$(<out)" = y ]
	# By way of a socket, which is not handed on.
	python3 - "$HULL" "$STATE" "$B" "$ID" <<-'END'
		import socket, subprocess, sys
		a, b = socket.socketpair()
		p = subprocess.Popen([sys.argv[1], "--root", sys.argv[2], "run", "-b", sys.argv[3], sys.argv[4]],
				     stdout=b, stdin=subprocess.DEVNULL)
		b.close()
		assert a.recv(2) == b"y\n"
		a.close()
		assert p.wait(20) != 0, p.returncode
	END
}

@test "pipes: a reader who is slow gets all, and we wait without working" {
	bundle "$ID" '.process.args = ["/bin/sh", "-c", "seq 1 200000"]'
	python3 - "$HULL" "$STATE" "$B" "$ID" <<-'END'
		import socket, subprocess, sys, time, os
		a, b = socket.socketpair()
		p = subprocess.Popen([sys.argv[1], "--root", sys.argv[2], "run", "-b", sys.argv[3], sys.argv[4]],
				     stdout=b, stdin=subprocess.DEVNULL)
		b.close()
		time.sleep(0.7 * int(os.environ["SLOW"]))
		ticks = lambda: sum(map(int, open("/proc/%d/stat" % p.pid).read().rsplit(")", 1)[1].split()[11:13]))
		before = ticks()
		time.sleep(1)
		assert ticks() - before <= 1, ticks() - before
		text = b"".join(iter(lambda: a.recv(65536), b""))
		assert p.wait(20) == 0
		assert text == b"".join(b"%d\n" % i for i in range(1, 200001)), len(text)
	END
}

@test "pipes: a standard output that the program closes is closed for the caller" {
	bundle "$ID" '.process.args = ["/bin/sh", "-c", "echo out; exec >&-; sleep 3; true"]'
	python3 - "$HULL" "$STATE" "$B" "$ID" <<-'END'
		import socket, subprocess, sys, time
		a, b = socket.socketpair()
		start = time.monotonic()
		p = subprocess.Popen([sys.argv[1], "--root", sys.argv[2], "run", "-b", sys.argv[3], sys.argv[4]],
				     stdout=b, stdin=subprocess.DEVNULL)
		b.close()
		assert a.recv(10) == b"out\n"
		assert a.recv(10) == b""
		assert time.monotonic() - start < 2
		assert p.wait(20) == 0
	END
}

@test "pipes: descriptors of the caller stay as they are" {
	bundle "$ID" '.process.args = ["/bin/true"]'
	python3 - "$HULL" "$STATE" "$B" "$ID" <<-'END'
		import fcntl, os, subprocess, sys
		master, slave = os.openpty()
		subprocess.check_call([sys.argv[1], "--root", sys.argv[2], "run", "-b", sys.argv[3], sys.argv[4]],
				      stdin=slave, stdout=slave)
		assert not fcntl.fcntl(slave, fcntl.F_GETFL) & os.O_NONBLOCK
	END
}

@test "idle: an attached container costs nothing" {
	bundle "$ID" '.process.args = ["/bin/probe", "pause"]'
	"$HULL" --root "$STATE" run -b "$B" "$ID" </dev/zero >out 2>&1 3>&- &
	local pid=$! before after
	eventually state_is running
	sleep 0.3
	before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	sleep 1
	after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	[ "$before" = "$after" ]
	hull kill "$ID" KILL
	wait $pid || [ $? = 137 ]
}

@test "signals: all are handed on, but those that are about us" {
	bundle "$ID" '.process.args = ["/bin/probe", "signal", "5"]'
	"$HULL" --root "$STATE" run -b "$B" "$ID" >out 2>&1 3>&- &
	local pid=$! signal
	eventually grep -q ready out
	for signal in WINCH URG HUP USR1 USR2 PIPE INT; do
		kill -$signal $pid
		sleep 0.05
	done
	wait $pid
	[ "$(tr '\n' ' ' <out)" = "ready HUP USR1 USR2 PIPE INT " ]
}
