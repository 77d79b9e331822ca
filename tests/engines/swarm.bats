#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Services of a swarm: their containers have the default runtime, which nobody can choose per service.
load helpers

# Tasks of services that were removed end by and by, on all nodes; so do networks.
teardown() {
	engine_clear >/dev/null 2>&1 || true
	eventually no_containers
	[ ! "${NETWORK-}" ] || eventually engine network rm "$NETWORK"
	engine node update --availability active "$(node_id 3)" >/dev/null 2>&1
	test_end
}

# eventually of helpers.bash, but with the minute that a swarm may need
eventually() {
	local end=$((SECONDS + 60 * SLOW))
	while ((SECONDS < end)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.2
	done
	echo "never came true: $*"
	engine service ps --no-trunc "$NAME" || true
	return 1
}

no_containers() {
	local i
	for i in "${NODES[@]}"; do
		[ -z "$(node "$i" ps -aq)" ]
		[ -z "$(ls "/run/node$i/runtime-runc/node$i" 2>/dev/null)" ]
	done
}

node_id() {
	node "$1" info --format '{{.Swarm.NodeID}}'
}

# service OPTION... -- COMMAND...: a service $NAME
service() {
	split "$@"
	engine service create -q -d --no-resolve-image --name "$NAME" --stop-grace-period 1s "${FIRST[@]}" "$IMAGE" "${REST[@]}" >said 2>&1 || {
		cat said
		return 1
	}
}

# has COUNT: as many tasks of the service run as are wanted
has() {
	[ "$(engine service ls --filter "name=$NAME" --format '{{.Replicas}}')" = "$1/$1" ]
}

# tasks N: the containers of node N
tasks() {
	node "$1" ps -q --filter "label=com.docker.swarm.service.name=$NAME"
}

# of_task N FORMAT: a member of the container of node N
of_task() {
	node "$1" inspect --format "{{$2}}" "$(tasks "$1" | head -n 1)"
}

@test "three nodes are ready" {
	ready() { [ "$(engine node ls --format '{{.Status}}' | grep -c Ready)" = 3 ]; }
	eventually ready
	[ "$(engine node ls --format '{{.Hostname}} {{.ManagerStatus}}' | sort | tr -d '\n')" = 'node1 Leadernode2 node3 ' ]
}

@test "a global service: one task a node, with the runtime" {
	service --mode global -- /bin/probe pause
	eventually has 3
	for i in "${NODES[@]}"; do
		[ "$(of_task "$i" .HostConfig.Runtime)" = "$RUNTIME_NAME" ]
		"$RUNTIME" --root "/run/node$i/runtime-runc/node$i" state "$(of_task "$i" .Id)" | jq -e '.status == "running"'
	done
}

@test "a global service with limits: they are in the cgroups of its tasks" {
	with cpu memory pids
	service --mode global --limit-memory 64m --limit-cpu 0.5 --limit-pids 42 -- /bin/probe pause
	eventually has 3
	for i in "${NODES[@]}"; do
		cgroup=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(of_task "$i" .State.Pid)/cgroup")
		diff <(printf '67108864\n50000 100000\n42\n') <(cat "$cgroup"/{memory.max,cpu.max,pids.max})
	done
}

@test "a killed task is replaced" {
	service --mode global --restart-delay 100ms -- /bin/probe pause
	eventually has 3
	killed=$(of_task 2 .Id)
	node 2 kill "$killed" >/dev/null
	replaced() { local now; now=$(of_task 2 .Id) && [ "$now" != "$killed" ] && has 3; }
	eventually replaced
	engine service ps --filter node=node2 --format '{{.CurrentState}} {{.Error}}' "$NAME" | grep -E 'Failed.*137'
}

@test "a program that ends by itself is started anew, and its status known" {
	service --replicas 1 --restart-delay 100ms --restart-max-attempts 2 -- sh -c 'exit 7'
	failed() { [ "$(engine service ps --format '{{.Error}}' "$NAME" | grep -c 'non-zero exit (7)')" -ge 2 ]; }
	eventually failed
}

@test "a program that is not there: the swarm says why" {
	service --replicas 1 --restart-condition none -- /not/there
	told() { engine service ps --no-trunc --format '{{.Error}}' "$NAME" | grep -F '/not/there'; }
	eventually told
	told | grep -F 'no such file or directory'
}

@test "scaled up and down" {
	service --replicas 2 -- /bin/probe pause
	eventually has 2
	engine service scale -d "$NAME=7" >/dev/null
	eventually has 7
	all() { local i; for i in "${NODES[@]}"; do tasks "$i"; done; }
	[ "$(all | wc -l)" = 7 ]
	engine service scale -d "$NAME=1" >/dev/null
	one() { [ "$(all | wc -l)" = 1 ]; }
	eventually one
}

@test "a rolling update, and back" {
	service --mode global --update-delay 0s --env VERSION=one -- sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	eventually has 3
	versions() {
		local i
		for i in "${NODES[@]}"; do
			[ "$(node "$i" exec "$(tasks "$i" | head -n 1)" sh -c 'echo $VERSION')" = "$1" ] || return
		done
	}
	versions one
	engine service update -d --env-add VERSION=two "$NAME" >/dev/null
	eventually versions two
	[ "$(engine service inspect --format '{{.UpdateStatus.State}}' "$NAME")" = completed ] ||
		eventually eval '[ "$(engine service inspect --format "{{.UpdateStatus.State}}" "$NAME")" = completed ]'
	engine service rollback -d "$NAME" >/dev/null
	eventually versions one
}

@test "a node is drained: its tasks go elsewhere, and it gets none" {
	service --replicas 6 -- /bin/probe pause
	eventually has 6
	[ -n "$(tasks 3)" ]
	engine node update --availability drain "$(node_id 3)" >/dev/null
	drained() { [ -z "$(tasks 3)" ] && [ "$( (tasks 1; tasks 2) | wc -l)" = 6 ]; }
	eventually drained
}

@test "secrets and configurations arrive as files" {
	echo hidden | engine secret create "$NAME" - >/dev/null
	echo open | engine config create "$NAME" - >/dev/null
	service --replicas 1 --secret "source=$NAME,target=key,mode=0400" --config "source=$NAME,target=/etc/open" -- /bin/probe pause
	eventually has 1
	for i in "${NODES[@]}"; do
		[ -z "$(tasks "$i")" ] || output=$(node "$i" exec "$(tasks "$i")" sh -c 'cat /run/secrets/key /etc/open; stat -c %a:%T /run/secrets/key; grep -c /run/secrets /proc/mounts')
	done
	engine service rm "$NAME" >/dev/null
	eventually engine secret rm "$NAME"
	eventually engine config rm "$NAME"
	status=0
	expect 0 $'^hidden\nopen\n400' '[1-9]$'
}

@test "an overlay network: each task is reached by name, from each node" {
	need "no vxlan" ip link add try0 type vxlan id 7 dstport 0
	ip link del try0
	NETWORK=$NAME-net
	engine network create -d overlay --attachable "$NETWORK" >/dev/null
	service --mode global --network "$NETWORK" --endpoint-mode dnsrr --hostname '{{.Node.Hostname}}' -- nc -ll -p 80 -e hostname
	eventually has 3
	for i in "${NODES[@]}"; do
		reached() {
			node "$i" run --rm --network "$NETWORK" "$IMAGE" sh -c "for i in 1 2 3 4 5 6; do for a in \$(nslookup tasks.$NAME | sed -n 's/^Address.*: \(10\..*\)/\1/p'); do nc \$a 80 </dev/null; done; done" | sort -u >names
			[ "$(tr '\n' ' ' <names)" = 'node1 node2 node3 ' ]
		}
		eventually reached
	done
}

@test "a virtual address reaches all tasks, from each node" {
	need "this kernel has no ip_vs" test -e /proc/net/ip_vs
	NETWORK=$NAME-net
	engine network create -d overlay --attachable "$NETWORK" >/dev/null
	service --mode global --network "$NETWORK" --hostname '{{.Node.Hostname}}' -- nc -ll -p 80 -e hostname
	eventually has 3
	for i in 2 3; do
		reached() {
			node "$i" run --rm --network "$NETWORK" "$IMAGE" sh -c "for i in 1 2 3 4 5 6; do nc $NAME 80 </dev/null; done" | sort -u >names
			[ "$(tr '\n' ' ' <names)" = 'node1 node2 node3 ' ]
		}
		eventually reached
	done
}
