#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# An engine in a container of the engine, the same runtime below both.
load helpers

setup_file() {
	debian_image nested
}

setup() {
	debian_wanted nested
	test_begin
	cp "$SUITE/image/root.tar" box.tar
	IMAGE=test.local/nested
}

# nested OPTION... -- COMMAND...: a container with what this engine is configured with, and the runtime as the only one
nested() {
	local place
	split "$@"
	FIRST+=(--privileged -v "$W/box.tar:/box.tar:ro")
	for place in $(printf '%s\n' "$RUNTIME" /usr/bin/runc /usr/bin/crun | sort -u); do
		FIRST+=(-v "$RUNTIME:$place:ro")
	done
	# The engine's own controllers are for groups below, where no process may be in between.
	up "${FIRST[@]}" -- sh -c 'mkdir -p /sys/fs/cgroup/init
		while read -r pid; do echo $pid; done </sys/fs/cgroup/cgroup.procs | while read -r pid; do
			echo $pid >/sys/fs/cgroup/init/cgroup.procs
		done 2>/dev/null
		exec "$@"' sh "${REST[@]}"
}

# inside COMMAND...: exec
inside() {
	try engine exec "$NAME" "$@"
}

# life_within ENGINE MEMBER: run, exec, logs, signals, rights; MEMBER of `inspect` is the runtime
life_within() {
	local within=$1
	inside "$within" import -c 'ENV PATH=/bin' /box.tar test.local/box
	expect 0
	inside "$within" run --rm test.local/box sh -c 'echo hello from $(hostname); exit 7'
	expect 7 '^hello from [0-9a-f]{12}$'
	inside "$within" run -d --name within test.local/box sh -c 'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.1; done'
	expect 0
	inside "$within" exec within sh -c 'echo in $(cat /proc/1/comm); exit 3'
	expect 3 '^in sh'
	inside "$within" inspect --format "{{$2}}" within
	expect 0 "^$RUNTIME_NAME\$"
	inside "$within" stop within
	expect 0
	inside "$within" inspect --format '{{.State.ExitCode}}' within
	expect 0 '^5$'
	inside "$within" logs within
	expect 0 $'ready\nbye'
	inside "$within" rm within
	expect 0
	inside "$within" run --rm --read-only --cap-drop all --security-opt no-new-privileges test.local/box \
		sh -c 'grep -E "CapEff|NoNewPrivs|Seccomp:" /proc/self/status; touch /x'
	expect 1 'CapEff:.0000000000000000' 'NoNewPrivs:.1' 'Seccomp:.2' 'Read-only file system'
}

@test "Docker in Docker" {
	[ "$ENGINE" = docker ] || skip "it is Docker's"
	nested -v /var/lib/docker -v /etc/docker/daemon.json:/etc/docker/daemon.json:ro -- dockerd --exec-opt native.cgroupdriver=cgroupfs
	daemon_ready engine exec "$NAME" docker version
	inside docker info --format '{{.DefaultRuntime}}'
	expect 0 "^$RUNTIME_NAME"
	life_within docker .HostConfig.Runtime
	engine rm -fv "$NAME"
}

@test "Podman in Podman" {
	[ "$ENGINE" = podman ] || skip "it is Podman's"
	sed s/systemd/cgroupfs/ /etc/containers/containers.conf.d/test.conf >test.conf
	nested -v /var/lib/containers -v /etc/containers/containers.conf:/etc/containers/containers.conf:ro \
		-v "$W/test.conf:/etc/containers/containers.conf.d/test.conf:ro" -- sleep 1051
	inside podman info --format '{{.Host.OCIRuntime.Name}}'
	expect 0 "^$RUNTIME_NAME"
	life_within podman .OCIRuntime
	engine rm -f -t 0 -v "$NAME"
}
