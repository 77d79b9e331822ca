#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Limits, as Docker and Podman set them; on a machine whose cgroup2 has the controllers.
load helpers

# value FILE: of the container's cgroup
value() {
	cat "/sys/fs/cgroup$(sed -n s/^0:://p "/proc/$(inspect .State.Pid)/cgroup")/$1"
}

value_is() {
	[ "$(value "$1")" = "$2" ] || { echo "$1: $(value "$1")"; return 1; }
}

@test "--memory, --memory-swap, --memory-reservation" {
	with memory
	up --memory 64m --memory-swap 128m --memory-reservation 32m
	value_is memory.max 67108864
	value_is memory.swap.max 67108864
	value_is memory.low 33554432
}

@test "--memory-swap -1" {
	with memory
	up --memory 64m --memory-swap -1
	value_is memory.swap.max max
}

@test "out of memory: 137, and the engine knows why" {
	with memory
	up --memory 16m --memory-swap 16m -- sh -c 'x=x; while :; do x=$x$x; done'
	ended
	inspect_is .State.ExitCode 137
	eventually inspect_is .State.OOMKilled true
}

@test "--cpus" {
	with cpu
	up --cpus 0.5
	value_is cpu.max '50000 100000'
}

@test "--cpu-shares: a weight of its own" {
	with cpu
	up --cpu-shares 512
	low=$(value cpu.weight)
	engine rm -f "$NAME" >/dev/null
	up --cpu-shares 4096
	[ "$low" -lt "$(value cpu.weight)" ]
}

@test "--cpuset-cpus" {
	with cpuset
	up --cpuset-cpus 0
	value_is cpuset.cpus 0
	value_is cpuset.cpus.effective 0
}

@test "--pids-limit" {
	with pids
	up --pids-limit 20
	value_is pids.max 20
	try engine exec "$NAME" sh -c 'for i in $(seq 30); do sleep 5 & done'
	expect fail "can't fork|Resource temporarily unavailable"
}

@test "update: memory, cpu, pids of a running container" {
	with memory cpu pids
	up --memory 64m --memory-swap 128m
	try engine update --memory 96m --memory-swap 200m --cpu-shares 300 "$NAME"
	expect 0
	value_is memory.max 100663296
	value_is memory.swap.max $((104 * 1024 * 1024))
	try engine update --cpu-quota 70000 --cpu-period 100000 --pids-limit 77 "$NAME"
	expect 0
	value_is cpu.max '70000 100000'
	value_is pids.max 77
	value_is memory.max 100663296
}

@test "stats: memory and processes" {
	with memory pids
	up --memory 64m
	try engine stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' "$NAME"
	expect 0 '/ (64MiB|67.11MB)' ' 1$'
}

@test "a limit that this machine cannot set is an error that names the controller" {
	! host_controller memory || skip "this machine can set it"
	box --memory 64m -- true
	# Docker asks the machine first, and leaves out what it does not have.
	[ "$ENGINE" = docker ] && [ "$status" = 0 ] || expect fail memory
}
