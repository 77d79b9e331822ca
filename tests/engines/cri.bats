#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pods and containers as a kubelet makes them, through containerd's CRI plugin.
load helpers

CLIENT=$HERE/cri IMAGE=test.local/box:latest

# ---- requests ----

# pod [FILTER [NAME]]: a sandbox from a configuration that FILTER (jq) changes; sets $POD
pod() {
	local filter=${1:-.} name=${2:-$NAME}
	jq -n --arg name "$name" --arg parent "$(parent)" --arg logs "$W/logs" '{
		metadata: {name: $name, uid: $name, namespace: "tests", attempt: 0},
		hostname: $name, log_directory: $logs,
		linux: {cgroup_parent: $parent, security_context: {seccomp: {profile_type: "RuntimeDefault"}}}} |
		'"$filter" >"$W/pod.json"
	POD=$(engine RunPodSandbox "$(jq -n --arg handler "${HANDLER-$RUNTIME_NAME}" \
		'{config: input, runtime_handler: $handler}' "$W/pod.json")" | jq -r .pod_sandbox_id)
	[ "$POD" ]
}

# What a kubelet has made, for the driver that it and the engine have.
parent() {
	if [ "${CGROUPS-}" = systemd ]; then echo pods.slice; else echo /pods; fi
}

# made [FILTER] [-- COMMAND...]: a container in $POD, not started; sets $CID. Its log is logs/main.log.
made() {
	split "$@"
	[ ${#REST[@]} != 0 ] || REST=(/bin/probe pause)
	CID=$(engine CreateContainer "$(jq -n --arg pod "$POD" --arg image $IMAGE --slurpfile sandbox "$W/pod.json" '{
		pod_sandbox_id: $pod, sandbox_config: $sandbox[0],
		config: ({metadata: {name: "main", attempt: 0}, image: {image: $image}, command: $ARGS.positional,
			log_path: "main.log", linux: {security_context: {seccomp: {profile_type: "RuntimeDefault"},
			namespace_options: {pid: "CONTAINER"}}}} | '"${FIRST[0]-.}"')}' --args -- "${REST[@]}")" | jq -r .container_id)
	[ "$CID" ]
}

start() {
	engine StartContainer "{\"container_id\": \"$CID\"}" >"$W/answer"
}

# up [FILTER] [-- COMMAND...]: a pod with a container that runs
up() {
	[ "${POD-}" ] || pod
	made "$@"
	start
}

# pod_status EXPRESSION: of the pod
pod_status() {
	engine PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}" | jq -r ".status$1"
}

# status EXPRESSION: of the container
status() {
	engine ContainerStatus "{\"container_id\": \"$CID\"}" | jq -r ".status$1"
}

status_is() {
	[ "$(status .state)" = "CONTAINER_$1" ]
}

stop() {
	engine StopContainer "{\"container_id\": \"$CID\", \"timeout\": ${1:-0}}" >"$W/answer"
}

# inside COMMAND...: exec, waiting for its end
inside() {
	try engine execsync "$CID" 0 "$@"
}

# ran [FILTER] -- COMMAND...: the container's program to its end; its output in $output, its status in $status
ran() {
	rm -f "$W/logs/main.log"
	up "$@"
	eventually status_is EXITED
	status=$(status .exit_code)
	output=$(awk '{ sub(/^[^ ]+ (stdout|stderr) [FP] /, "") } 1' "$W/logs/main.log")
}

probe() {
	ran "$@" -- /bin/probe probe
	expect 0
	printf '%s\n' "$output" >"$W/probe.json"
}

# The host's pid of what runs in the container.
pid() {
	engine ContainerStatus "{\"container_id\": \"$CID\", \"verbose\": true}" | jq -r .info.info | jq .pid
}

# The id of a namespace in the container, or in the sandbox.
namespace() {
	readlink "/proc/$(pid)/ns/$1"
}

# security MEMBERS: a filter for `made`
security() {
	echo ".linux.security_context += {$1}"
}

# ---- the engine ----

@test "the runtime is ready, and so is the network" {
	try engine Version
	expect 0 '"runtime_name": "containerd"' '"runtime_api_version": "v1"'
	engine Status | jq -e '[.status.conditions[] | select(.status).type] | contains(["RuntimeReady", "NetworkReady"])'
}

@test "what the engine reads from \`features\`" {
	[ "$(containerd_major)" -ge 2 ] || skip "containerd $(containerd_major) does not ask for features"
	[ "$(basename "$RUNTIME_PATH")" = hull ] || skip "not hull"
	engine Status | jq -e --arg name "$RUNTIME_NAME" '.runtime_handlers[] | select(.name == $name).features |
		.recursive_read_only_mounts and .user_namespaces'
}

# ---- pods ----

@test "a pod: ready, with an address; stopped, removed" {
	pod
	[ "$(pod_status .state)" = SANDBOX_READY ]
	[[ $(pod_status .network.ip) = 10.88.7.* ]]
	[ -d "$(engine_state)/$POD" ]
	engine StopPodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	[ "$(pod_status .state)" = SANDBOX_NOTREADY ]
	[ ! -e "$(engine_state)/$POD" ]
	engine RemovePodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	try engine PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\"}"
	expect 1 NOT_FOUND
}

@test "RuntimeClass: the handler's runtime, and none of that name" {
	pod
	[ "$(pod_status .runtime_handler)" = "$RUNTIME_NAME" ]
	engine PodSandboxStatus "{\"pod_sandbox_id\": \"$POD\", \"verbose\": true}" | jq -r .info.info >info
	cat info
	jq -e --arg path "$RUNTIME" '.runtimeOptions | .binary_name // .BinaryName == $path' info
	"$RUNTIME" --root "$(engine_state)" state "$POD" | jq -e '.status == "running"'
	HANDLER=nothing
	try pod . other
	expect 1 'no runtime for "nothing" is configured'
}

@test "without a handler: default_runtime_name of contrib's configuration" {
	HANDLER='' pod
	[ -d "$(engine_state)/$POD" ]
}

@test "hostname, sysctls, names of the cluster" {
	pod '.hostname = "of-the-pod" | .linux.sysctls = {"net.ipv4.ip_unprivileged_port_start": "81", "kernel.shm_rmid_forced": "1"} |
		.dns_config = {servers: ["10.88.0.10"], searches: ["tests.svc"]}'
	ran -- sh -c 'hostname; cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shm_rmid_forced /etc/resolv.conf'
	expect 0 $'^of-the-pod\n81\n1\n' 'nameserver 10.88.0.10' 'search tests.svc'
}

@test "an unsafe sysctl of the pod is one clear error, and nothing is left" {
	try pod '.linux.sysctls = {"kernel.panic": "1"}'
	expect 1 'kernel.panic'
	[ -z "$(ls "$(engine_state)")" ]
}

@test "two pods reach each other" {
	pod
	address=$(pod_status .network.ip)
	up -- sh -c 'echo hello | nc -l -p 8000'
	POD='' pod . other
	made '.log_path = "other.log"' -- sh -c "until nc $address 8000 </dev/null; do sleep 0.1; done"
	start
	eventually status_is EXITED
	grep -F 'stdout F hello' "$W/logs/other.log"
}

@test "the host's namespaces" {
	pod '.linux.security_context.namespace_options = {network: "NODE", ipc: "NODE", pid: "NODE"} | del(.hostname)'
	up "$(security 'namespace_options: {network: "NODE", ipc: "NODE", pid: "NODE"}')"
	for name in net ipc pid; do
		[ "$(namespace $name)" = "$(readlink /proc/self/ns/$name)" ]
	done
	[ "$(namespace mnt)" != "$(readlink /proc/self/ns/mnt)" ]
}

@test "containers of a pod share what they should" {
	up
	first=$(for n in net ipc uts pid mnt; do namespace $n; done)
	made '.metadata.name = "second" | .log_path = "second.log"'
	start
	second=$(for n in net ipc uts pid mnt; do namespace $n; done)
	[ "$(head -n 3 <<<"$first")" = "$(head -n 3 <<<"$second")" ]
	[ "$(comm -12 <(tail -n 2 <<<"$first" | sort) <(tail -n 2 <<<"$second" | sort))" = "" ]
}

@test "one pid namespace for the pod: its first process is the sandbox's" {
	pod '.linux.security_context.namespace_options.pid = "POD"'
	up "$(security 'namespace_options: {pid: "POD"}')" -- sh -c 'tr "\0" " " </proc/1/cmdline; echo "I am $$"; sleep 1000'
	eventually grep -qF 'pause I am' "$W/logs/main.log"
	output=$(<"$W/logs/main.log")
	expect_no 'I am 1$'
	stop
	[ "$(status .exit_code)" = 137 ]
}

@test "a container joins the pid namespace of another (kubectl debug)" {
	up -- sleep 1017
	made '.metadata.name = "debug" | .log_path = "debug.log" | .linux.security_context.namespace_options =
		{pid: "TARGET", target_id: "'"$CID"'"}' -- ps
	start
	eventually status_is EXITED
	grep -F 'sleep 1017' "$W/logs/debug.log"
}

# ---- containers ----

@test "a container: created, running, exited, removed" {
	pod
	made
	status_is CREATED
	start
	status_is RUNNING
	[ -d "$(engine_state)/$CID" ]
	stop
	status_is EXITED
	[ "$(status .exit_code)" = 137 ]
	[ ! -e "$(engine_state)/$CID" ]
	engine RemoveContainer "{\"container_id\": \"$CID\"}"
	try engine ContainerStatus "{\"container_id\": \"$CID\"}"
	expect 1 NOT_FOUND
}

@test "stop: the program has its time" {
	up -- sh -c 'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.1; done'
	eventually grep -q ready "$W/logs/main.log"
	stop 30
	[ "$(status .exit_code)" = 5 ]
	grep -F 'stdout F bye' "$W/logs/main.log"
}

@test "how a program ended: status and reason" {
	ran -- true
	[ "$(status .reason)" = Completed ]
	ran '.metadata.attempt = 1' -- sh -c 'exit 7'
	expect 7
	[ "$(status .reason)" = Error ]
}

@test "a program that is not there: StartError with the reason" {
	pod
	made -- /not/there
	try start
	expect 1 'stat /not/there: no such file or directory|exec: "/not/there"'
	status_is EXITED
	[ "$(status .exit_code)" = 128 ]
	[ "$(status .reason)" = StartError ]
	[[ $(status .message) = *'no such file or directory'* ]]
}

@test "environment, directory, words" {
	ran '.envs = [{key: "A", value: "b c"}] | .working_dir = "/tmp" | .args = ["$A $PWD"]' -- sh -c 'eval "echo \"$0\""'
	expect 0 '^b c /tmp$'
}

@test "the log: both streams, whole and partial lines" {
	ran -- sh -c 'echo out; echo err >&2; printf end'
	grep -xE '[0-9TZ:.+-]+ stdout F out' "$W/logs/main.log"
	grep -xE '[0-9TZ:.+-]+ stderr F err' "$W/logs/main.log"
	grep -xE '[0-9TZ:.+-]+ stdout [PF] end' "$W/logs/main.log"
}

@test "the log is rotated" {
	up -- sh -c 'while [ ! -e /go ]; do sleep 0.05; done; echo after; sleep 1018'
	mv "$W/logs/main.log" "$W/logs/main.log.1"
	engine ReopenContainerLog "{\"container_id\": \"$CID\"}"
	inside touch /go
	eventually grep -qF 'stdout F after' "$W/logs/main.log"
}

@test "a megabyte of output" {
	ran -- sh -c 'yes=0; while [ $yes -lt 1024 ]; do printf "%01023d\n" $yes; yes=$((yes + 1)); done'
	expect 0
	[ "$(wc -c <<<"$output")" = 1048576 ]
}

# ---- exec and attach ----

@test "exec sync: output, errors, status" {
	up
	engine execsync "$CID" 0 sh -c 'echo out; echo err >&2; exit 7' >out 2>err || status=$?
	[ "$status" = 7 ]
	[ "$(<out)" = out ]
	[ "$(<err)" = err ]
}

@test "exec sync: what cannot be run" {
	up
	inside /not/there
	expect 1 'exec.*"/not/there".*no such file or directory'
	inside not-there
	expect 1 'executable file not found in \$PATH'
}

@test "exec sync: its time is over" {
	up
	try engine execsync "$CID" 1 sleep 1019
	expect 1 'DEADLINE_EXCEEDED|timeout'
	eventually no_process 'sleep 1019'
	status_is RUNNING
}

@test "exec, as a stream: both outputs, input, status" {
	up
	printf 'a line\n' | engine exec -i "$CID" sh -c 'read -r l; echo "got $l"; echo err >&2; exit 9' >out 2>err || status=$?
	[ "$status" = 9 ]
	[ "$(<out)" = 'got a line' ]
	[ "$(<err)" = err ]
}

@test "exec, as a stream: 4 MiB, byte by byte" {
	up
	engine exec "$CID" sh -c 'dd if=/dev/zero bs=1024 count=4096 2>/dev/null | tr "\0" x' >out
	[ "$(tr -d x <out | wc -c)" = 0 ]
	[ "$(wc -c <out)" = 4194304 ]
}

@test "exec, as a stream: what cannot be run" {
	up
	try engine exec "$CID" /not/there
	expect 1 'exec.*"/not/there".*no such file or directory'
}

@test "exec at a terminal: a dialogue" {
	up
	at_terminal expect='# ' $'send=echo $((6*7))\n' expect=42 $'send=exit 3\n' -- exec -i -t "$CID" sh
	expect 0 42 'exit(ed)?.* 3'
}

@test "exec at a terminal: its size, and when it changes" {
	up
	at_terminal size=33x77 'expect=33 77' size=44x99 'expect=44 99' -- exec -i -t "$CID" \
		sh -c 'until stty size | grep "33 77"; do sleep 0.1; done; until stty size | grep "44 99"; do sleep 0.1; done'
	expect 0
}

@test "attach: input and both outputs of the program" {
	up '.stdin = true | .stdin_once = true' -- sh -c 'read -r l; echo "got $l"; echo err >&2; exit 4'
	printf 'a line\n' | engine attach -i "$CID" >out 2>err
	[ "$(<out)" = 'got a line' ]
	[ "$(<err)" = err ]
	eventually status_is EXITED
	[ "$(status .exit_code)" = 4 ]
}

@test "attach at a terminal: a dialogue, the size, its end" {
	up '.stdin = true | .tty = true' -- sh
	at_terminal size=33x77 $'send=stty size\n' 'expect=33 77' size=44x99 wait=300 $'send=stty size\n' 'expect=44 99' \
		$'send=exit 5\n' -- attach -i -t "$CID"
	expect 0
	eventually status_is EXITED
	[ "$(status .exit_code)" = 5 ]
}

# ---- rights ----

@test "seccomp: RuntimeDefault, Unconfined" {
	probe
	check '.status.Seccomp == "2"'
	probe '.metadata.attempt = 1 | .linux.security_context.seccomp.profile_type = "Unconfined"'
	check '.status.Seccomp == "0"'
}

@test "seccomp: Localhost, and a profile that is not there" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"],
		"action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}' >profile.json
	ran '.linux.security_context.seccomp = {profile_type: "Localhost", localhost_ref: "'"$W"'/profile.json"}' -- mkdir /new
	expect 1 'No space left on device'
	try made '.metadata.attempt = 1 | .linux.security_context.seccomp = {profile_type: "Localhost", localhost_ref: "/not/there.json"}'
	[ "$status" = 0 ] && try start
	expect 1 'there.json|no such file'
}

@test "seccomp: what the default forbids" {
	up
	inside unshare -U true
	expect 1
	inside mount -t tmpfs tmpfs /tmp
	expect 1 'not permitted|denied'
}

@test "capabilities: added, dropped, all dropped" {
	pod
	has() { jq -e --argjson bit "$1" '.status.CapEff | explode | reverse | .[$bit / 4 | floor] | [.] | implode |
		ascii_downcase | . as $c | "0123456789abcdef" | index($c) / pow(2; $bit % 4) | floor % 2 == 1' "$W/probe.json" >/dev/null; }
	probe "$(security 'capabilities: {add_capabilities: ["NET_ADMIN"], drop_capabilities: ["CHOWN"]}')"
	has 12
	run ! has 0
	probe "$(security 'capabilities: {drop_capabilities: ["ALL"]}') | .metadata.attempt = 1"
	check '.status.CapEff == "0000000000000000"' '.status.CapBnd == "0000000000000000"'
}

@test "privileged: all capabilities, no filter, devices" {
	pod '.linux.security_context.privileged = true'
	probe "$(security 'privileged: true, seccomp: {profile_type: "Unconfined"}')"
	check '.status.Seccomp == "0"' ".status.CapEff == \"$(awk '$1 == "CapBnd:" { print $2 }' /proc/self/status)\""
	ran "$(security 'privileged: true') | .metadata.attempt = 1" -- sh -c 'mount -t tmpfs tmpfs /tmp && test -c /dev/kmsg && echo fine'
	expect 0 fine
}

@test "user, groups, no new privileges" {
	probe "$(security 'run_as_user: {value: 1000}, run_as_group: {value: 1000}, supplemental_groups: [2000, 3000], no_new_privs: true')"
	check '.uid == [1000, 1000, 1000] or (.uid | tostring | contains("1000"))' '.groups | contains([2000, 3000])' \
		'.status.NoNewPrivs == "1"' '.status.CapEff == "0000000000000000"'
}

@test "a read-only root; masked and read-only paths" {
	ran "$(security 'readonly_rootfs: true, masked_paths: ["/proc/version"], readonly_paths: ["/proc/sys"]')" -- \
		sh -c 'touch /x; echo 1 >/proc/sys/kernel/shm_rmid_forced; wc -c </proc/version'
	expect 0 'Read-only file system.*Read-only file system' '(^|[^0-9])0($|[^0-9])'	# two streams, in any order
}

@test "mounts: read-only, propagated" {
	mkdir -p source
	mount --bind source source
	mount --make-shared source
	mkdir source/below
	echo text >source/file
	up '.mounts = [{host_path: "'"$W"'/source", container_path: "/ro", readonly: true},
		{host_path: "'"$W"'/source", container_path: "/host", propagation: "PROPAGATION_HOST_TO_CONTAINER"}]'
	inside sh -c 'cat /ro/file; touch /ro/new'
	expect 1 text 'Read-only file system'
	mount -t tmpfs tmpfs source/below
	touch source/below/new
	try engine execsync "$CID" 0 ls /host/below
	umount source/below
	stop
	umount source
	expect 0 new
}

@test "mounts: read-only with all below" {
	[ "$(containerd_major)" -ge 2 ] || skip "containerd $(containerd_major) knows no recursive read-only mounts"
	mkdir -p source/below
	mount -t tmpfs tmpfs source/below
	try up '.mounts = [{host_path: "'"$W"'/source", container_path: "/ro", readonly: true, recursive_read_only: true}]'
	[ "$status" != 0 ] || inside touch /ro/below/new
	umount source/below
	expect 1 'Read-only file system'
}

@test "a device" {
	up '.devices = [{host_path: "/dev/null", container_path: "/dev/hole", permissions: "rw"}]'
	inside sh -c 'echo x >/dev/hole && stat -c %t:%T /dev/hole'
	expect 0 '^1:3$'
}

@test "a device by CDI" {
	[ "$(containerd_major)" -ge 2 ] || skip "containerd $(containerd_major) knows no CDI"
	mkdir -p /var/run/cdi
	echo '{"cdiVersion": "0.5.0", "kind": "tests.local/card", "devices": [{"name": "first", "containerEdits": {
		"env": ["CARD=first"], "deviceNodes": [{"path": "/dev/card0", "hostPath": "/dev/zero"}],
		"mounts": [{"hostPath": "'"$W"'", "containerPath": "/card", "options": ["ro", "bind"]}]}}]}' >/var/run/cdi/card.json
	ran '.CDI_devices = [{name: "tests.local/card=first"}]' -- sh -c 'echo $CARD; head -c 3 /dev/card0 | wc -c; ls -d /card/logs'
	rm /var/run/cdi/card.json
	expect 0 $'^first\n3\n/card/logs$'
}

@test "a user namespace" {
	[ "$(containerd_major)" -ge 2 ] || skip "containerd $(containerd_major) knows no user namespaces"
	own='userns_options: {mode: "POD", uids: [{host_id: 200000, container_id: 0, length: 65536}],
		gids: [{host_id: 200000, container_id: 0, length: 65536}]}'
	mkdir -p volume
	pod ".linux.security_context.namespace_options = {$own}"
	made "$(security "namespace_options: {pid: \"CONTAINER\", $own}")"' | .mounts = [{host_path: "'"$W"'/volume",
		container_path: "/volume", uidMappings: [{host_id: 200000, container_id: 0, length: 65536}],
		gidMappings: [{host_id: 200000, container_id: 0, length: 65536}]}]'
	start
	inside sh -c 'id -u; cat /proc/self/uid_map; touch /volume/file /own; stat -c %u /own /bin/sh'
	expect 0 '^0' '0 +200000 +65536' $'\n0\n0$'
	[ "$(awk '$1 == "Uid:" { print $2 }' "/proc/$(pid)/status")" = 200000 ]
	# Idmapped: on the host the file is root's.
	[ "$(stat -c %u volume/file)" = 0 ]
}

# ---- resources ----

@test "stats: processor, memory, layer" {
	up -- sh -c 'echo text >/file; i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; echo counted; sleep 1020'
	eventually grep -q counted "$W/logs/main.log"
	engine ContainerStats "{\"container_id\": \"$CID\"}" >stats
	jq -e --arg id "$CID" '.stats.attributes.id == $id' stats
	engine ListContainerStats | jq -e --arg id "$CID" '[.stats[].attributes.id] == [$id]'
	with cpu memory
	jq -e '(.stats.cpu.usage_core_nano_seconds.value | tonumber) > 1000000' stats
	jq -e '(.stats.memory.working_set_bytes.value | tonumber) > 4096' stats
}

@test "limits: in the cgroup, and changed" {
	with memory
	up '.linux.resources = {memory_limit_in_bytes: 67108864, cpu_period: 100000, cpu_quota: 50000, cpu_shares: 512, cpuset_cpus: "1"}'
	cgroup=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid)/cgroup")
	[[ $cgroup = *pods* ]]
	diff <(printf '67108864\n50000 100000\n1\n') <(cat "$cgroup"/{memory.max,cpu.max,cpuset.cpus})
	engine UpdateContainerResources "{\"container_id\": \"$CID\", \"linux\": {\"memory_limit_in_bytes\": 100663296, \"cpu_quota\": 70000, \"cpu_period\": 100000}}"
	diff <(printf '100663296\n70000 100000\n1\n') <(cat "$cgroup"/{memory.max,cpu.max,cpuset.cpus})
}

@test "out of memory: OOMKilled" {
	with memory
	ran '.linux.resources = {memory_limit_in_bytes: 16777216, memory_swap_limit_in_bytes: 16777216}' -- \
		sh -c 'tail /dev/zero'
	[ "$(status .exit_code)" = 137 ]
	eventually eval '[ "$(status .reason)" = OOMKilled ]'
}

@test "oom_score_adj" {
	with cpu
	probe '.linux.resources.oom_score_adj = 500'
	check '.oom_score_adj == ["500"]'
}

# ---- many, and death ----

@test "ten pods at the same time" {
	one() (
		NAME=$NAME.$1 W=$W/$1
		mkdir -p "$W"
		up -- sh -c "echo $1; exec sleep 1021"
		eventually grep -q "$1" "$W/logs/main.log"
		engine StopPodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
		engine RemovePodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	)
	numbered 10 one
	engine ListPodSandbox | jq -e '.items == []'
}

@test "containerd is killed and comes back: pods go on, and obey" {
	up -- sh -c 'echo begun; while [ ! -e /go ]; do sleep 0.05; done; echo went; sleep 1022'
	daemon_stop containerd KILL
	[ -d "$(engine_state)/$CID" ]
	containerd_start
	daemon_ready cri_ready
	status_is RUNNING
	inside touch /go
	expect 0
	eventually grep -qF 'stdout F went' "$W/logs/main.log"
	at_terminal expect='# ' $'send=exit 3\n' -- exec -i -t "$CID" sh
	expect 0 'exit(ed)?.* 3'
	stop
	[ "$(status .exit_code)" = 137 ]
}

@test "containerd is killed, a program ends meanwhile" {
	up -- sh -c 'while [ ! -e /go ]; do sleep 0.05; done; exit 7'
	pid=$(pid)
	daemon_stop containerd KILL
	touch "/proc/$pid/root/go"
	eventually test ! -d "/proc/$pid/root/bin"
	containerd_start
	daemon_ready cri_ready
	eventually status_is EXITED
	# containerd 2 takes the shim of what has no process for a leaked one, and does not ask it.
	local code=7
	[ "$(containerd_major)" -lt 2 ] || code=255
	[ "$(status .exit_code)" = $code ]
}

@test "a sandbox that is killed is not ready; its pod can be removed" {
	up
	kill -9 "$("$RUNTIME" --root "$(engine_state)" state "$POD" | jq .pid)"
	not_ready() { [ "$(pod_status .state)" = SANDBOX_NOTREADY ]; }
	eventually not_ready
	engine StopPodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	engine RemovePodSandbox "{\"pod_sandbox_id\": \"$POD\"}"
	[ -z "$(ls "$(engine_state)")" ]
	# containerd 2 forgets its shim, whatever the runtime.
	[ "$(containerd_major)" -lt 2 ] || pkill -f "containerd-shim.* -id $POD"
}
