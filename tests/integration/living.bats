#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A container that lives: ps, pause, resume, wait, kill, what is known of its end, and what
# it gets from and tells to those around: LISTEN_FDS, NOTIFY_SOCKET, --pidfd-socket.
load helpers

teardown() {
	[ -z "${PEER-}" ] || kill "$PEER" 2>/dev/null || true
	test_end
}

@test "create: on a busy machine the container outlives it" {
	local i busy=()
	for i in 1 2 3 4; do
		while :; do :; done 3>&- &
		busy+=($!)
	done
	bundle "$ID" '.process.args = ["/bin/probe", "pause"]'
	for i in {1..15}; do
		hull create -b "$B" "$ID" >/dev/null 2>&1
		[ "$(state status)" = created ] || { kill "${busy[@]}"; return 1; }
		hull delete --force "$ID"
	done
	kill "${busy[@]}"
}

# ---- ps ----

@test "ps: json, the host's numbers on one line" {
	started . /bin/probe fork 2
	eventually eval '[ "$(hull ps --format json "$ID" | jq length)" = 3 ]'
	run_hull ps -f json "$ID"
	expect 0 '^\[[0-9]+(,[0-9]+)*\]$'
	[ "$(jq -c sort <<<"$output")" = "$(sort -n "/sys/fs/cgroup/hull-$ID/cgroup.procs" | jq -sc .)" ]
	[ "$(jq "index($(pid_of)) != null" <<<"$output")" = true ]
}

@test "ps: a table of ps(1), of these processes alone" {
	started . /bin/probe fork 2
	eventually eval '[ "$(hull ps --format json "$ID" | jq length)" = 3 ]'
	run_hull ps "$ID"
	expect 0 '^UID +PID +PPID .*CMD' 'probe fork 2'
	[ "$(wc -l <<<"$output")" = 4 ]
	run_hull ps "$ID" -- -o pid,args -e
	expect 0 '^ *PID COMMAND'
	[ "$(wc -l <<<"$output")" = 4 ]
	run_hull ps "$ID" -eo args,pid
	expect 0 'COMMAND +PID'
	run_hull ps "$ID" -- -eo args
	expect 1 'no column PID'
	# Cells of several words before it.
	run_hull ps "$ID" -eo lstart,pid,args
	expect 0 'STARTED +PID COMMAND'
	[ "$(wc -l <<<"$output")" = 4 ]
	# And those that are wider than their column.
	run_hull ps "$ID" -eo args:3,user:2,pid,ppid,comm
	[ "$(wc -l <<<"$output")" = 4 ]
	run_hull ps "$ID" aux
	expect 0 'USER +PID' 'probe fork 2'
	[ "$(wc -l <<<"$output")" = 4 ]
	run_hull ps "$ID" -C nothing
	expect 0 '^ *PID TTY'
	[ "$(wc -l <<<"$output")" = 1 ]
}

@test "ps: what ps(1) does not like is our error" {
	started .
	run_hull ps "$ID" --bogus
	expect 1 'ps: error: '
	[ "$(wc -l <<<"$output")" = 1 ]
	run_hull ps --format xml "$ID"
	expect 1 '--format: expected one of table, json, not "xml"'
	run_hull ps
	expect 1 'ps needs at least 1 argument'
}

@test "ps: without ps(1) a table of our own" {
	started . /bin/probe pause
	mkdir empty
	PATH=$W/empty "$HULL" --root "$STATE" ps "$ID" >out 3>&-
	grep -qE '^UID +PID +PPID CMD$' out
	grep -qE "^0 +$(pid_of) +[0-9]+ /bin/probe pause$" out
	status=0
	PATH=$W/empty "$HULL" --root "$STATE" ps "$ID" -- -ef >out 2>&1 3>&- || status=$?
	[ "$status" = 1 ]
	grep -q 'ps: no such file or directory' out
}

@test "ps: --container-pids" {
	started . /bin/probe fork 1
	eventually eval '[ "$(hull ps --format json "$ID" | jq length)" = 2 ]'
	[ "$(hull ps --container-pids -f json "$ID" | jq -c sort)" = "[1,2]" ]
	run_hull ps --container-pids "$ID"
	expect 0 ' 1 +0 /bin/probe fork' ' 2 +1 /bin/probe fork'
}

@test "ps: of a stopped container, of none" {
	started . /bin/probe true
	eventually state_is stopped
	run_hull ps -f json "$ID"
	expect 0 '^\[\]$'
	run_hull ps none
	expect 1 'container does not exist'
}

# ---- pause, resume ----

@test "pause and resume" {
	started . /bin/sh -c 'while :; do echo; done >/dev/null'
	run_hull pause "$ID"
	expect 0 '^$'
	state_is paused
	grep -q 'frozen 1' "/sys/fs/cgroup/hull-$ID/cgroup.events"
	run_hull pause "$ID"
	expect 1 'container not running'
	run_hull resume "$ID"
	expect 0 '^$'
	state_is running
	run_hull resume "$ID"
	expect 1 'container not paused'
}

@test "pause: of created, stopped and missing containers" {
	created .
	run_hull pause "$ID"
	expect 0
	state_is paused
	hull resume "$ID"
	state_is created
	hull start "$ID"
	hull kill "$ID" KILL
	eventually state_is stopped
	run_hull pause "$ID"
	expect 1 'container not running'
	run_hull resume "$ID"
	expect 1 'container not paused'
	run_hull pause none
	expect 1 'container does not exist'
}

@test "a cgroup above that is frozen: told at once, and paused for itself" {
	mkdir /sys/fs/cgroup/above
	started '.linux.cgroupsPath = "/above/deep/it"'
	echo 1 >/sys/fs/cgroup/above/cgroup.freeze
	eventually state_is paused
	run_hull pause "$ID"
	expect 0 '^$'
	echo 0 >/sys/fs/cgroup/above/cgroup.freeze
	state_is paused
	echo 1 >/sys/fs/cgroup/above/cgroup.freeze
	SECONDS=0
	run_hull resume "$ID"
	expect 1 'cgroup /sys/fs/cgroup/above above it is frozen, too' 'as soon as that is thawed'
	[ $SECONDS -le 2 ]
	echo 0 >/sys/fs/cgroup/above/cgroup.freeze
	eventually state_is running
	hull delete --force "$ID"
	find /sys/fs/cgroup/above -depth -type d -exec rmdir {} + 2>/dev/null || true
}

@test "paused and created: it cannot be started" {
	created .
	hull pause "$ID"
	run_hull start "$ID"
	expect 1 'cannot start a container in the paused state'
	hull resume "$ID"
	hull start "$ID"
	state_is running
}

@test "pause leaves alone what the container froze itself" {
	started '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)' /bin/sh -c '
		mkdir /sys/fs/cgroup/a
		(echo 0 >/sys/fs/cgroup/a/cgroup.procs; exec /bin/probe sleep 600) &
		/bin/probe sleep 0.2
		echo 1 >/sys/fs/cgroup/a/cgroup.freeze
		/bin/probe pause'
	eventually grep -q 'frozen 1' "/sys/fs/cgroup/hull-$ID/a/cgroup.events"
	state_is running
	run_hull pause "$ID"
	expect 0 '^$'
	run_hull resume "$ID"
	expect 0 '^$'
	state_is running
	grep -q 'frozen 1' "/sys/fs/cgroup/hull-$ID/a/cgroup.events"
}

@test "pause: what cannot be stopped is named, and all run again" {
	need "no FUSE on this host" test -w /dev/fuse
	started '.root.readonly = false' /bin/sh -c '
		while [ ! -e /go ]; do usleep 10000; done; ls /mnt & exec /bin/probe pause'
	mkdir -p "$B/rootfs/mnt"
	# A file system that nobody serves: who looks into it waits, and only SIGKILL ends that.
	exec 9<>/dev/fuse
	nsenter -t "$(pid_of)" -m /bin/busybox mount -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0 none /mnt
	touch "$B/rootfs/go"
	eventually eval 'pid=$(pgrep -P "$(pid_of)"); grep -q "^State:.D" "/proc/$pid/status"'
	# Killed while it waits for that: the container counts as paused, and can be resumed.
	"$HULL" --root "$STATE" pause "$ID" 3>&- 9>&- &
	eventually state_is paused
	kill -9 $!
	wait $! || true
	run_hull exec "$ID" /bin/probe true
	expect 255 'cannot exec in a paused container'
	run_hull resume "$ID"
	expect 0 '^$'
	state_is running
	SECONDS=0
	run_hull pause "$ID" 9>&-
	expect 1 'does not stand still within 10 s: the kernel cannot stop process '"$pid"' \((ls|busybox|sh): D' \
		'all of its processes run again'
	expect_no ', [0-9]+ \('
	[ $SECONDS -le 12 ]
	state_is running
	hull delete --force "$ID"
	exec 9>&-
}

@test "signals to a paused container: KILL at once, others when it runs again" {
	started . /bin/sh -c 'trap "exit 9" TERM; while :; do usleep 10000; done'
	hull pause "$ID"
	hull kill "$ID" TERM
	state_is paused
	hull resume "$ID"
	eventually state_is stopped
	hull delete "$ID"
	rm -r "$B"
	started . /bin/sh -c '/bin/probe pause & wait'
	hull pause "$ID"
	hull kill "$ID" KILL
	eventually state_is stopped
	# containerd resumes it all the same.
	run_hull resume "$ID"
	expect 1 'container not paused: it is stopped'
	run_hull delete "$ID"
	expect 0 '^$'
}

@test "pause: without a cgroup of its own" {
	bundle b '.process.args = ["/bin/probe", "pause"]'
	hull --cgroup-manager disabled create -b "$B" "$ID" >/dev/null 2>&1
	run_hull pause "$ID"
	expect 1 'the container has no cgroup, so it cannot be paused'
	run_hull resume "$ID"
	expect 1 'container not paused: it is created'
}

@test "delete --force of a paused container" {
	started .
	hull pause "$ID"
	run_hull delete --force "$ID"
	expect 0 '^$'
	[ ! -e "/sys/fs/cgroup/hull-$ID" ]
}

# ---- the end ----

@test "wait: prints the status when the container ends" {
	grep -qE '^([7-9]|6\.(1[5-9]|[2-9][0-9]))' /proc/sys/kernel/osrelease || skip "Linux before 6.15 does not tell"
	started . /bin/sh -c 'trap "exit 42" TERM; while :; do sleep 0.05; done'
	hull wait "$ID" >out 2>&1 3>&- &
	local pid=$!
	sleep 0.3
	[ ! -s out ]
	hull kill "$ID"
	wait $pid
	[ "$(<out)" = 42 ]
}

@test "wait: after the end only if it was written down" {
	started . /bin/probe true
	eventually state_is stopped
	run_hull wait "$ID"
	expect 1 'its status is not known'
	run_hull wait none
	expect 1 'container does not exist'
}

@test "run --keep: the record says how and when it ended" {
	bundle "$ID" '.process.args = ["/bin/sh", "-c", "exit 3"]'
	run_hull run --keep -b "$B" "$ID"
	expect 3
	state_is stopped
	jq -e '.exitStatus == 3 and (.ended | test("^[0-9]{4}-.*Z$")) and (has("exitSignal") | not)' "$STATE/$ID/state.json"
	[ "$(hull wait "$ID")" = 3 ]
	hull delete "$ID"
	bundle second '.process.args = ["/bin/sh", "-c", "echo up; sleep 100"]'
	hull run --keep -b "$B" "$ID" >up 3>&- &
	local pid=$!
	eventually grep -q up up
	hull kill "$ID" KILL
	wait $pid || [ $? = 137 ]
	jq -e '.exitStatus == 137 and .exitSignal == 9' "$STATE/$ID/state.json"
}

@test "run --keep: the OOM killer" {
	need "no memory controller" controller memory
	bundle "$ID" '.process.args = ["/bin/sh", "-c", "head -c 100000000 /dev/zero | tail"] |
		.linux.resources.memory = {limit: 10000000, swap: 10000000}'
	run_hull run --keep -b "$B" "$ID"
	jq -e '.oomKilled' "$STATE/$ID/state.json"
}

# ---- kill, delete ----

@test "kill: forms of signals" {
	bundle "$ID" '.process.args = ["/bin/probe", "signal", "9"]'
	hull create -b "$B" "$ID" >out 2>&1
	hull start "$ID"
	eventually grep -q ready out
	local form
	for form in HUP SIGINT quit sigusr1 12 RTMIN RTMIN+3 SIGRTMAX-1 rtmax; do
		hull kill "$ID" "$form"
		sleep 0.02
	done
	eventually state_is stopped
	[ "$(tr '\n' ' ' <out)" = "ready HUP INT QUIT USR1 USR2 RT RT RT RT " ]
	for form in NONE SIG 0 -1 65 99999999999 RTMIN+99 RTMIN- '' 1x; do
		run_hull kill "$ID" "$form"
		expect 1
	done
}

@test "kill: KILL takes all of a container without a pid namespace" {
	started '.linux.namespaces |= map(select(.type != "pid"))' /bin/probe fork 3
	eventually eval '[ "$(hull ps -f json "$ID" | jq length)" = 4 ]'
	hull kill "$ID" KILL
	eventually state_is stopped
	eventually grep -q 'populated 0' "/sys/fs/cgroup/hull-$ID/cgroup.events"
}

@test "kill --all: what is left, also when the first process is gone" {
	started '.linux.namespaces |= map(select(.type != "pid"))' /bin/probe fork 2
	eventually eval '[ "$(hull ps -f json "$ID" | jq length)" = 3 ]'
	hull kill "$ID" TERM
	eventually state_is stopped
	[ "$(hull ps -f json "$ID" | jq length)" = 2 ]
	run_hull kill "$ID" TERM
	expect 1 'container not running'
	hull kill --all "$ID" TERM
	eventually grep -q 'populated 0' "/sys/fs/cgroup/hull-$ID/cgroup.events"
	run_hull kill --all "$ID" TERM
	expect 0 '^$'
}

@test "kill and delete: --regex" {
	local id
	for id in ra1 ra2 rb1; do
		bundle "$id" '.process.args = ["/bin/probe", "pause"]'
		hull run -d -b "$B" "$id" >/dev/null 2>&1
	done
	hull kill --regex '^ra' TERM
	ID=ra1
	eventually state_is stopped
	ID=ra2
	eventually state_is stopped
	ID=rb1
	state_is running
	hull delete --regex '^ra'
	[ "$(hull list -q)" = rb1 ]
	run_hull delete --regex '('
	expect 1 'not a regular expression'
	hull delete --force --regex .
	[ -z "$(hull list -q)" ]
}

@test "delete --force: at once" {
	started . /bin/sh -c 'trap "" TERM; while :; do sleep 1; done'
	local start=${EPOCHREALTIME/./}
	hull delete --force "$ID"
	[ $((${EPOCHREALTIME/./} - start)) -lt 1500000 ]
}

# ---- descriptors ----

# activated COMMAND...: runs it with LISTEN_PID as its own
activated() {
	sh -c 'export LISTEN_PID=$$; exec "$@"' sh "$@"
}

@test "LISTEN_FDS: handed on with their names" {
	bundle "$ID" '.process.args = ["/bin/probe", "probe"]'
	LISTEN_FDS=2 LISTEN_FDNAMES=a:b activated "$HULL" --root "$STATE" run -b "$B" "$ID" >out 3</dev/null 4</dev/zero 5</dev/null
	mv out probe.json
	check '[.fds[].fd] == [0, 1, 2, 3, 4]' '.environ | index("LISTEN_FDS=2") != null and index("LISTEN_PID=1") != null and
		index("LISTEN_FDNAMES=a:b") != null'
}

@test "LISTEN_FDS: without a pid namespace, too, and behind --preserve-fds" {
	bundle "$ID" '.process.args = ["/bin/sh", "-c", "echo $LISTEN_FDS $((LISTEN_PID == $$)); ls /proc/self/fd"] |
		.linux.namespaces |= map(select(.type != "pid"))'
	LISTEN_FDS=1 activated "$HULL" --root "$STATE" run --preserve-fds 1 -b "$B" "$ID" >out 3</dev/null 4</dev/zero 5</dev/null
	[ "$(tr '\n' ' ' <out)" = "1 1 0 1 2 3 4 5 " ]
}

@test "LISTEN_FDS: of another process are not ours" {
	bundle "$ID" '.process.args = ["/bin/probe", "probe"]'
	LISTEN_PID=1 LISTEN_FDS=2 LISTEN_FDNAMES=a:b "$HULL" --root "$STATE" run -b "$B" "$ID" >out 3</dev/null 4</dev/zero
	mv out probe.json
	check '[.fds[].fd] == [0, 1, 2]' '[.environ[] | select(startswith("LISTEN"))] == []'
}

@test "LISTEN_FDS: numbers that are none" {
	bundle "$ID" '.process.args = ["/bin/probe", "probe"]'
	local n
	for n in -1 x 99999999999 4294967295 ''; do
		LISTEN_FDS=$n activated "$HULL" --root "$STATE" run -b "$B" "$ID" >out 3</dev/null
		mv out probe.json
		check '[.fds[].fd] == [0, 1, 2]'
	done
}

@test "--preserve-fds: not what opens the host" {
	bundle "$ID" .
	status=0
	output=$("$HULL" --root "$STATE" run --preserve-fds 3 -b "$B" "$ID" 2>&1 3</dev/null 5</) || status=$?
	expect 1 'descriptor 5, which is to be kept, is a directory'
	status=0
	output=$("$HULL" --root "$STATE" run --preserve-fds 1 -b "$B" "$ID" 2>&1 3</proc/self/ns/net) || status=$?
	expect 1 'descriptor 3, which is to be kept, is a namespace'
	"$HULL" --root "$STATE" run --preserve-fds 2 -b "$B" "$ID" 3</dev/null 4>&- 5</
}

# peer KIND: python3 at the other end of $W/KIND.sock, output in $W/peer
peer() {
	python3 - "$W/$1.sock" <&0 >"$W/peer" 2>&1 3>&- &
	PEER=$!
	eventually test -S "$W/$1.sock"
}

@test "--pidfd-socket: create, run and exec" {
	local kind
	peer pidfd <<-'END'
		import array, os, select, signal, socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.bind(sys.argv[1])
		s.listen(5)
		for i in range(3):
		    c, _ = s.accept()
		    text, fds, _, _ = socket.recv_fds(c, 100, 4)
		    pid = [l.split()[1] for l in open("/proc/self/fdinfo/%d" % fds[0]) if l.startswith("Pid:")][0]
		    print(text.decode(), len(fds), pid, flush=True)
	END
	bundle "$ID" '.process.args = ["/bin/probe", "pause"]'
	hull create -b "$B" --pidfd-socket "$W/pidfd.sock" --pid-file pid "$ID" >/dev/null 2>&1
	eventually grep -q "^standard 1 $(<pid)$" peer
	hull start "$ID"
	hull exec -d --pidfd-socket "$W/pidfd.sock" --pid-file pid2 "$ID" /bin/probe pause >/dev/null 2>&1
	eventually grep -q "^setns 1 $(<pid2)$" peer
	hull delete --force "$ID"
	run_hull run -d -b "$B" --pidfd-socket "$W/none.sock" "$ID"
	expect 1 'pidfd socket: connect .*none.sock'
}

# ---- NOTIFY_SOCKET ----

# systemd: takes datagrams at $W/notify.sock, prints them; closes what comes with them
systemd() {
	peer notify <<-'END'
		import os, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		while True:
		    text, fds, _, _ = socket.recv_fds(s, 5000, 4)
		    print("[%s]%s" % (text.decode().strip().replace("\n", "|"), " +fd" * len(fds)), flush=True)
		    for fd in fds:
		        os.close(fd)
	END
	export NOTIFY_SOCKET=$W/notify.sock
}

# tell PID MESSAGE...: to the socket that the container of this process has
tell() {
	local pid=$1
	shift
	python3 - "/proc/$pid/root/run/notify/notify.sock" "$@" <<-'END'
		import os, socket, sys, select
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		fd = os.open(os.path.dirname(sys.argv[1]), os.O_PATH)
		s.connect("/proc/self/fd/%d/notify.sock" % fd)
		for text in sys.argv[2:]:
		    if text == "BARRIER=1":
		        r, w = os.pipe()
		        socket.send_fds(s, [text.encode()], [w])
		        os.close(w)
		        assert select.select([r], [], [], 5)[0], "no barrier"
		        print("barrier passed")
		    else:
		        s.send(text.replace("|", "\n").encode())
	END
}

@test "NOTIFY_SOCKET: run --detach returns when the container is ready" {
	systemd
	bundle "$ID" '.process.args = ["/bin/probe", "pause"]'
	hull run --detach -b "$B" "$ID" >out 2>&1 3>&- &
	local pid=$!
	eventually state_is running
	sleep 0.3
	kill -0 $pid
	[ "$(tr '\0' '\n' <"/proc/$(pid_of)/environ" | grep NOTIFY)" = NOTIFY_SOCKET=/run/notify/notify.sock ]
	tell "$(pid_of)" 'STATUS=going up' 'X_SECRET=1|FDSTORE=1|STATUS=up|READY=1'
	wait $pid
	[ ! -s out ]
	eventually grep -qF 'BARRIER=1] +fd' peer
	[ "$(<peer)" = "[STATUS=going up]
[STATUS=up|READY=1|MAINPID=$(pid_of)]
[BARRIER=1] +fd" ]
}

@test "NOTIFY_SOCKET: start waits, too, and create makes the place" {
	systemd
	created . /bin/probe pause
	hull start "$ID" 3>&- &
	local pid=$!
	eventually state_is running
	eventually test -S "$STATE/$ID/notify/notify.sock"
	tell "$(pid_of)" READY=1
	wait $pid
	grep -qF "[READY=1|MAINPID=$(pid_of)]" peer
}

@test "NOTIFY_SOCKET: an attached container is handed on to its end" {
	systemd
	bundle "$ID" '.process.args = ["/bin/probe", "fork", "1"]'
	hull run -b "$B" "$ID" >out 2>&1 3>&- &
	local pid=$!
	eventually grep -q ready out
	tell "$(pid_of)" 'READY=1' 'RELOADING=1' 'MAINPID=2|STATUS=two' BARRIER=1 >told
	grep -q 'barrier passed' told
	[ "$(<peer)" = "[READY=1]
[RELOADING=1]
[STATUS=two|MAINPID=$(hull ps -f json "$ID" | jq 'sort[1]')]
[BARRIER=1] +fd" ]
	hull kill "$ID" KILL
	wait $pid || [ $? = 137 ]
}

@test "NOTIFY_SOCKET: a container that ends without being ready" {
	systemd
	bundle "$ID" '.process.args = ["/bin/true"]'
	run_hull run --detach -b "$B" "$ID"
	expect 1 'has ended without saying READY=1'
	[ -z "$(hull list -q)" ]
}

@test "NOTIFY_SOCKET: in a user namespace, by a user" {
	systemd
	bundle "$ID" '.process.args = ["/bin/probe", "stat", "/run/notify", "/run/notify/notify.sock"] |
		.process.user = {uid: 1000, gid: 1000} | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings'
	chown -hR 100000:100000 "$B/rootfs"
	run_hull run -b "$B" "$ID"
	expect 0 '/run/notify dir 0755' '/run/notify/notify.sock socket 0777'
}

@test "NOTIFY_SOCKET: one where nobody listens is only warned of" {
	NOTIFY_SOCKET=$W/none run_hull run -b "$(bundle "$ID" . && echo "$B")" "$ID"
	expect 0 'none: no such file or directory'
}
