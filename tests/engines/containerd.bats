#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# containerd with its shim, by ctr.
load helpers

IMAGE=test.local/box:latest CLIENT=ctr

# For programs whose output counts: ctr 1.6 loses what is written before it has opened its pipes.
LATER=(sh -c "usleep $((300000 * SLOW))"'; exec "$@"' sh)

# task OPTION... -- COMMAND...: `ctr run --rm`
task() {
	split "$@"
	try engine run --rm "${FIRST[@]}" $IMAGE "$NAME" "${REST[@]}"
}

# up OPTION... [-- COMMAND...]: a task $NAME in the background
up() {
	split "$@"
	[ ${#REST[@]} != 0 ] || REST=(/bin/probe pause)
	engine run -d --pid-file "$W/pid" "${FIRST[@]}" $IMAGE "$NAME" "${REST[@]}" >"$W/said" 2>&1 || {
		cat "$W/said"
		return 1
	}
	PID=$(<"$W/pid")
}

probe() {
	task "$@" -- "${LATER[@]}" /bin/probe probe
	expect 0
	printf '%s\n' "$output" >"$W/probe.json"
}

task_is() {
	[ "$(engine tasks ls | awk -v id="$NAME" '$1 == id { print $3 }')" = "$1" ]
}

task_gone() {
	! engine tasks ls -q | grep -qx "$NAME"
}

# inside OPTION... -- COMMAND...: exec
inside() {
	split "$@"
	try engine tasks exec --exec-id "e$RANDOM" "${FIRST[@]}" "$NAME" "${REST[@]}"
}

# ---- run ----

@test "run: output and status" {
	task -- "${LATER[@]}" echo hello
	expect 0 '^hello$'
	task -- sh -c 'exit 9'
	expect 9
}

@test "run: standard input, output and error" {
	# ctr 1.6 may lose an end of file that comes before the start, and what is written before its pipes are open.
	output=$( (printf 'one\ntwo'; sleep "$SLOW") | engine run --rm $IMAGE "$NAME" cat)
	[ "$output" = $'one\ntwo' ]
	engine run --rm $IMAGE "$NAME" sh -c "sleep $SLOW; echo out; echo err >&2" >out 2>err
	grep -qx out out
	grep -qx err err
}

@test "run: a missing program: why, and nothing is left" {
	task -- nosuchprogram
	expect fail 'OCI runtime create failed: .*exec: "nosuchprogram": executable file not found in \$PATH'
	task -- /no/such
	expect fail 'exec: "/no/such": stat /no/such: no such file or directory'
	task -- /etc/passwd
	expect fail 'exec: "/etc/passwd": permission denied'
	engine containers rm "$NAME" 2>/dev/null || true
	task -- true
	expect 0
}

@test "run -d: a pid file, a running task; kill, status, delete" {
	up
	[ "$(tr '\0' ' ' <"/proc/$PID/cmdline")" = '/bin/probe pause ' ]
	task_is RUNNING
	engine tasks kill -s KILL "$NAME"
	eventually task_is STOPPED
	try engine tasks rm "$NAME"
	expect 0 'exit code 137'
	engine containers rm "$NAME"
}

@test "containers create, tasks start" {
	# Without an option of ctr, the shim takes the `runc` of its PATH: the runtime by that name.
	engine containers create $IMAGE "$NAME" /bin/probe exit 4
	try engine tasks start "$NAME"
	expect 4 '^$'
	engine tasks rm "$NAME" 2>/dev/null || true
	engine containers rm "$NAME"
}

@test "kill: TERM by default, names, numbers" {
	up -- sh -c 'trap "exit 11" USR1; trap "exit 12" TERM; while :; do sleep 0.1; done'
	sleep "$SLOW"
	engine tasks kill -s SIGUSR1 "$NAME"
	eventually task_is STOPPED
	try engine tasks rm "$NAME"
	expect 0 'exit code 11'
	engine containers rm "$NAME"
}

@test "kill: a task that is gone" {
	up -- true
	eventually task_is STOPPED
	try engine tasks kill "$NAME"
	expect fail 'process already finished: not found'
	try engine tasks kill nosuch
	expect fail 'not found'
}

@test "kill --all" {
	up -- sh -c 'setsid sleep 1010 & setsid sleep 1011 & exec /bin/probe pause'
	eventually pgrep -f 'sleep 1011'
	engine tasks kill --all -s KILL "$NAME"
	eventually no_process 'sleep 101[01]'
	eventually task_is STOPPED
}

@test "the init is killed from outside" {
	up
	kill -9 "$PID"
	eventually task_is STOPPED
}

@test "with the host's pids, the others end with the first" {
	up --with-ns "pid:/proc/self/ns/pid" -- sh -c 'setsid sleep 1012 & exec sleep 1013'
	eventually pgrep -f 'sleep 1012'
	kill -9 "$PID"
	eventually task_is STOPPED
	engine tasks rm "$NAME" || true
	eventually no_process 'sleep 1012'
}

# ---- exec ----

@test "exec: output and status" {
	up
	inside -- "${LATER[@]}" echo hello
	expect 0 '^hello$'
	inside -- sh -c 'exit 9'
	expect 9
	inside -- sh -c 'kill -9 $$'
	expect 137
}

@test "exec: a missing program" {
	up
	inside -- nosuchprogram
	expect fail 'OCI runtime exec failed: .*exec: "nosuchprogram": executable file not found in \$PATH'
	inside -- true
	expect 0
}

@test "exec: standard input; --cwd, --user, --env" {
	up
	output=$( (echo words; sleep "$SLOW") | engine tasks exec --exec-id in "$NAME" cat)
	[ "$output" = words ]
	inside --cwd /home -- "${LATER[@]}" pwd
	expect 0 '^/home$'
	inside --user 1000 -- "${LATER[@]}" id -u
	expect 0 '^1000$'
}

@test "exec -d: goes on in the background" {
	up
	inside -d -- sleep 1014
	expect 0
	eventually pgrep -f 'sleep 1014'
}

@test "exec -t: a terminal" {
	up
	at_terminal size=33x77 'expect=/dev/pts/0' 'expect=33 77' -- tasks exec -t --exec-id tty "$NAME" sh -c "tty; sleep $SLOW; stty size"
	expect 0 33
}

# ---- terminals ----

@test "run -t: typed, shown, resized" {
	# ctr looks for changes of the size some time after the start.
	at_terminal size=33x77 expect='# ' $'send=echo $((6*7))\n' expect=42 "wait=$((500 * SLOW))" size=44x99 \
		$'send=until stty size | grep "44[ ]99"; do sleep 1; done\n' 'expect=44 99' $'send=exit 3\n' \
		-- run --rm --runc-binary "$RUNTIME" --cpu-shares 0 -t $IMAGE "$NAME" sh
	expect 0 42 'exit(ed)?.* 3'
}

@test "run -d -t, attach" {
	at_terminal -- run -d -t --runc-binary "$RUNTIME" --cpu-shares 0 $IMAGE "$NAME" sh
	expect 0
	at_terminal $'send=echo $((6*7))\n' expect=42 $'send=exit 5\n' -- tasks attach "$NAME"
	expect 0 42 'exit(ed)?.* 5'
}

# ---- a running task ----

@test "pause, resume" {
	up
	engine tasks pause "$NAME"
	task_is PAUSED
	at=$(sed -n s/^0:://p "/proc/$PID/cgroup")
	grep -qx 'frozen 1' "/sys/fs/cgroup$at/cgroup.events"
	engine tasks resume "$NAME"
	task_is RUNNING
	inside -- "${LATER[@]}" echo works
	expect 0 works
}

@test "ps: the pids of the container" {
	up -- sh -c 'sleep 1015 & exec /bin/probe pause'
	eventually pgrep -f 'sleep 1015'
	try engine tasks ps "$NAME"
	expect 0 "$PID" "$(pgrep -f '^sleep 1015')"
}

@test "metrics: are of the container's cgroup" {
	up
	try engine tasks metrics "$NAME"
	expect 0 "$NAME"
}

@test "events: create, start, exit, delete, in that order" {
	timeout $((30 * SLOW)) ctr events >seen 3>&- &
	client=$!
	sleep "$SLOW"
	task -- true
	expect 0
	eventually grep -q tasks/delete seen
	kill $client
	wait $client || true
	[ "$(grep -o '/tasks/[a-z]*' seen | xargs)" = '/tasks/create /tasks/start /tasks/exit /tasks/delete' ]
}

@test "checkpoint is refused in words" {
	up
	try engine tasks checkpoint --image-path "$W/image" "$NAME"
	expect fail
	expect_no panic
	task_is RUNNING
}

# ---- what is configured ----

@test "the process: directory, environment, read-only root" {
	probe --cwd /home --env A=1 --read-only
	check '.cwd == "/home"' '.environ | index("A=1") != null' \
	      'mount("/").options | has_all(["ro"])' '.status.NoNewPrivs == "1"'
}

@test "capabilities and seccomp" {
	probe --cap-drop CAP_CHOWN --cap-add CAP_NET_ADMIN --seccomp
	check '.status.CapEff == "00000000a80435fa"' '.status.Seccomp == "2"'
}

@test "namespaces that are joined" {
	hold --net --uts
	probe --with-ns "network:/proc/$HOLDER/ns/net" --with-ns "uts:/proc/$HOLDER/ns/uts"
	check ".ns.net == \"$(readlink "/proc/$HOLDER/ns/net")\"" ".ns.uts == \"$(readlink "/proc/$HOLDER/ns/uts")\""
	unhold
}

@test "--net-host" {
	probe --net-host
	check ".ns.net == \"$(readlink /proc/self/ns/net)\""
}

@test "--mount: bind and tmpfs" {
	mkdir dir
	echo host >dir/file
	task --mount "type=bind,src=$W/dir,dst=/m,options=rbind:ro" --mount 'type=tmpfs,src=tmpfs,dst=/t,options=size=1m' -- \
		sh -c 'cat /m/file; touch /t/new; touch /m/new'
	expect fail 'host' 'Read-only'
}

@test "--device" {
	test -c /dev/fuse || skip "no /dev/fuse on this machine"
	task --device /dev/fuse -- "${LATER[@]}" /bin/probe open-try /dev/fuse
	expect 0 '^ok'
	task -- sh -c 'ls /dev'
	expect_no fuse
}

@test "--cgroup: where it says, and it goes" {
	up --cgroup "/place/$NAME"
	grep -qx "0::/place/$NAME" "/proc/$PID/cgroup"
	engine tasks kill -s KILL "$NAME"
	eventually task_is STOPPED
	engine tasks rm "$NAME" || true
	[ ! -d "/sys/fs/cgroup/place/$NAME" ]
	rmdir /sys/fs/cgroup/place 2>/dev/null || [ ! -d /sys/fs/cgroup/place ]
}

@test "--runc-root: the state is there" {
	up --runc-root "$W/state"
	[ -d "$W/state/default/$NAME" ]
	engine tasks kill -s KILL "$NAME"
	eventually task_is STOPPED
	engine tasks rm "$NAME" || true
	[ ! -d "$W/state/default/$NAME" ]
}

@test "--no-pivot" {
	task --no-pivot -- "${LATER[@]}" cat /etc/passwd
	expect 0 '^root:'
}

@test "--privileged" {
	probe --privileged
	check '.status.Seccomp == "0"' '.status.CapEff == .status.CapBnd'
}

@test "--uidmap, --gidmap: a user namespace" {
	probe --uidmap 0:100000:65536 --gidmap 0:100000:65536
	check '.uid_map[0] | test("0 +100000 +65536")' '.uid == [0, 0, 0]'
}

@test "a specification of one's own, with hooks" {
	engine containers create $IMAGE "$NAME" true
	engine containers info "$NAME" | jq --arg w "$W" '.Spec | del(.linux.resources.cpu) |
		.process.args = ["sh", "-c", "echo program"] |
		.hooks = ({createRuntime: "a", poststart: "b", poststop: "c"} | map_values([{path: "/bin/sh",
			args: ["sh", "-c", "jq -r .status >>\($w)/hooks"], env: ["PATH=/usr/bin:/bin"]}]))' >spec.json
	engine containers rm "$NAME"
	sed -i 's|"path": "rootfs"|"path": "'"$SUITE/image/root"'"|' spec.json
	try engine run --rm --config spec.json "$NAME"
	expect 0 '^program$'
	diff <(printf 'creating\ncreated\nstopped\n') <(sed s/running/created/ hooks)
}

# ---- containerd and its shims die ----

@test "containerd is killed and comes back: tasks go on, exec, kill and delete work" {
	up
	daemon_stop containerd KILL
	[ -d "/proc/$PID" ]
	containerd_start
	task_is RUNNING
	inside -- "${LATER[@]}" echo works
	expect 0 works
	engine tasks kill -s KILL "$NAME"
	eventually task_is STOPPED
	try engine tasks rm "$NAME"
	expect 0 'exit code 137'
	engine containers rm "$NAME"
}

@test "containerd is killed, the program ends meanwhile" {
	up -- sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 7'
	daemon_stop containerd KILL
	touch "/proc/$PID/root/tmp/go"
	eventually no_process 'while . ! -e /tmp/go'
	containerd_start
	# containerd 2 removes what it finds ended.
	if [ "$(containerd_major)" -ge 2 ]; then
		eventually task_gone
		return
	fi
	eventually task_is STOPPED
	try engine tasks rm "$NAME"
	expect 0 'exit code 7'
}

@test "containerd is killed: what is said goes to the log all the same" {
	up --log-uri "file://$W/log" -- sh -c 'echo before; while [ ! -e /tmp/go ]; do sleep 0.05; done; echo meanwhile; read -r x </tmp/fifo; echo after'
	eventually grep -q before log
	engine tasks exec --exec-id mk "$NAME" mknod /tmp/fifo p
	daemon_stop containerd KILL
	touch "/proc/$PID/root/tmp/go"
	eventually grep -q meanwhile log
	containerd_start
	# It may be killed by the end of the container.
	inside -- sh -c 'echo >/tmp/fifo'
	eventually grep -q after log
	eventually task_is STOPPED
}

@test "out of memory: an event, also after containerd was killed" {
	with memory
	up --memory-limit 16777216 -- sh -c 'until [ -e /tmp/go ]; do sleep 0.05; done; x=x; while :; do x=$x$x; done'
	daemon_stop containerd KILL
	containerd_start
	timeout $((60 * SLOW)) ctr events >seen 3>&- &
	client=$!
	# It sees what happens once it is there.
	seen() { ctr namespaces label default "seen=$RANDOM"; grep -q . seen; }
	eventually seen
	# Where there is room to swap to, that would have to be full first.
	echo 0 >"/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$PID/cgroup")/memory.swap.max"
	touch "/proc/$PID/root/tmp/go"
	eventually grep -q tasks/oom seen
	eventually task_is STOPPED
	kill $client
	wait $client || true
	try engine tasks rm "$NAME"
	expect 0 'exit code 137'
}

@test "a shim is killed: the container is cleaned up" {
	up
	shim=$(pgrep -f "containerd-shim.*-id $NAME")
	kill -9 "$shim"
	eventually task_gone
	eventually test ! -d "/proc/$PID"
	engine containers rm "$NAME"
}

@test "fifty containers run and go at the same time" {
	one_run() {
		[ "$(timeout $((300 * SLOW)) ctr run --rm --runc-binary "$RUNTIME" --cpu-shares 0 $IMAGE "$NAME.$1" \
			sh -c "sleep $SLOW; echo $1" 3>&-)" = "$1" ]
	}
	numbered 50 one_run
}

@test "fifty containers start, answer and are removed at the same time" {
	one_up() {
		timeout $((300 * SLOW)) ctr run -d --runc-binary "$RUNTIME" --cpu-shares 0 $IMAGE "$NAME.$1" /bin/probe pause 3>&-
	}
	one_exec() {
		[ "$(timeout $((300 * SLOW)) ctr tasks exec --exec-id one "$NAME.$1" sh -c "sleep $SLOW; echo $1" 3>&-)" = "$1" ]
	}
	one_end() {
		timeout $((300 * SLOW)) ctr tasks rm -f "$NAME.$1" 3>&- || [ $? = 137 ]
		timeout $((300 * SLOW)) ctr containers rm "$NAME.$1" 3>&-
	}
	numbered 50 one_up
	numbered 50 one_exec
	numbered 50 one_end
	[ -z "$(engine tasks ls -q)" ]
}
