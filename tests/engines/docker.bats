#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What Docker alone does: runtimes of a daemon, and a daemon that dies.
load helpers

@test "info: the default runtime, and its version" {
	try engine info --format '{{.DefaultRuntime}}'
	expect 0 "^$RUNTIME_NAME$"
	try engine version
	expect 0 "$RUNTIME_NAME:" "Version: +[0-9]"
}

@test "run --runtime: by name; an unknown one" {
	box --runtime "$RUNTIME_NAME" -- echo hello
	expect 0 '^hello$'
	box --runtime nosuch -- true
	expect 125 'nosuch'
}

@test "SIGHUP: a runtime is added, with arguments, and becomes the default" {
	cp /etc/docker/daemon.json daemon.json
	jq --arg path "$RUNTIME" '.runtimes.other = {path: $path, runtimeArgs: ["--debug"]} |
		."default-runtime" = "other"' daemon.json >/etc/docker/daemon.json
	kill -HUP "$(cat "$SUITE/dockerd.pid")"
	default() { [ "$(engine info --format '{{.DefaultRuntime}}')" = "$1" ]; }
	eventually default other
	up
	used=$(inspect .HostConfig.Runtime)
	engine rm -f "$NAME" >/dev/null
	cp daemon.json /etc/docker/daemon.json
	kill -HUP "$(cat "$SUITE/dockerd.pid")"
	eventually default "$RUNTIME_NAME"
	[ "$used" = other ]
}

@test "a shim is killed: the container counts as ended, and can start again" {
	up
	pid=$(inspect .State.Pid)
	pkill -9 -f "containerd-shim.*-id $CID"
	ended
	eventually test ! -d "/proc/$pid"
	engine start "$NAME" >/dev/null
	status_is running
}

@test "dockerd is killed: with --live-restore containers go on" {
	daemon_stop dockerd
	docker_start --live-restore
	up -- sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; echo went; exit 7'
	pid=$(inspect .State.Pid)
	daemon_stop dockerd KILL
	[ -d "/proc/$pid" ]
	docker_start --live-restore
	status_is running
	[ "$(inspect .State.Pid)" = "$pid" ]
	engine exec "$NAME" touch /tmp/go
	ended
	inspect_is .State.ExitCode 7
	logged went
	daemon_stop dockerd
	docker_start
}

@test "dockerd is killed, the program ends meanwhile" {
	daemon_stop dockerd
	docker_start --live-restore
	up -- sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 7'
	pid=$(inspect .State.Pid)
	daemon_stop dockerd KILL
	touch "/proc/$pid/root/tmp/go"
	eventually test ! -d "/proc/$pid"
	docker_start --live-restore
	ended
	daemon_stop dockerd
	docker_start
}

@test "dockerd is killed: out of memory is known after it" {
	with memory
	daemon_stop dockerd
	docker_start --live-restore
	up --memory 16m --memory-swap 16m -- sh -c 'until [ -e /tmp/go ]; do sleep 0.05; done; x=x; while :; do x=$x$x; done'
	daemon_stop dockerd KILL
	docker_start --live-restore
	engine exec "$NAME" touch /tmp/go
	ended
	inspect_is .State.ExitCode 137
	eventually inspect_is .State.OOMKilled true	# an event of its own
	daemon_stop dockerd
	docker_start
}

# again COMMAND...: once containerd is back, which takes seconds
again() {
	for _ in {1..20}; do
		! "$@" 2>/dev/null || return 0
		sleep 1
	done
	"$@"
}

@test "its containerd is killed: containers go on, exec and stop work" {
	up
	pid=$(inspect .State.Pid)
	pkill -9 -x containerd
	works() { [ "$(engine exec "$NAME" echo works)" = works ]; }
	again works
	[ "$(inspect .State.Pid)" = "$pid" ]
	try engine stop -t 1 "$NAME"
	expect 0
}

@test "its containerd is killed: the end of a program, its status and output arrive" {
	up -- sh -c 'until [ -e /tmp/go ]; do sleep 0.05; done; echo went; exit 7'
	pkill -9 -x containerd
	again engine exec "$NAME" touch /tmp/go
	ended
	inspect_is .State.ExitCode 7
	logged went
}

@test "its containerd is killed: health checks go on" {
	up --health-cmd 'test -e /tmp/well' --health-interval 1s --health-retries 1
	eventually inspect_is .State.Health.Status unhealthy
	pkill -9 -x containerd
	again engine exec "$NAME" touch /tmp/well
	again inspect_is .State.Health.Status healthy
}

@test "dockerd is stopped: its containers end, and --restart brings them back" {
	up --restart always
	pid=$(inspect .State.Pid)
	daemon_stop dockerd
	[ ! -d "/proc/$pid" ]
	docker_start
	eventually status_is running
	[ "$(inspect .State.Pid)" != "$pid" ]
}

@test "--userns-remap" {
	printf 'remapped:x:990:990::/:/bin/false\n' >>/etc/passwd
	printf 'remapped:x:990:\n' >>/etc/group
	printf 'remapped:400000:65536\n' | tee -a /etc/subuid >>/etc/subgid
	daemon_stop dockerd
	docker_start --userns-remap remapped
	docker import -c 'CMD ["/bin/sh"]' -c 'ENV PATH=/bin' "$SUITE/image/root.tar" test.local/box:latest >/dev/null
	probe
	box --userns host -- grep -c 4294967295 /proc/self/uid_map
	mapped=$status
	up
	engine exec "$NAME" true
	engine rm -f "$NAME" >/dev/null
	daemon_stop dockerd
	docker_start
	sed -i /^remapped:/d /etc/passwd /etc/group /etc/subuid /etc/subgid
	check '.uid_map[0] | test("0 +400000 +65536")' '.uid == [0, 0, 0]'
	[ "$mapped" = 0 ]
}

@test "--ipc none; --mount without what is below" {
	mkdir -p dir/sub
	mount -t tmpfs tmpfs dir/sub
	echo host >dir/sub/file
	box --ipc none --mount "type=bind,source=$W/dir,target=/m,bind-nonrecursive=true" -- \
		sh -c 'echo "there is: $(ls /m/sub)."'
	umount dir/sub
	# Newer clients also say that the word is old.
	expect 0 'there is: \.'
}

@test "update --restart, events, and the status of an exec" {
	up
	engine update --restart no "$NAME" >/dev/null
	engine exec "$NAME" sh -c 'exit 3' || true
	try engine events --since 1m --until "$(($(date +%s) + 1))" --filter "container=$NAME" --format '{{.Action}}'
	expect 0 'exec_start: sh -c exit 3' exec_die
}
