#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What Podman alone does: pods, user namespaces, hooks.d, conmon.
load helpers

# Podman 4.3 does not remove the pod whose conmon still ends.
no_pods() {
	engine pod rm -fa -t 0
	[ -z "$(engine pod ls -q)" ]
}

teardown() {
	eventually no_pods >/dev/null || true
	engine_clear >/dev/null 2>&1 || true
	[ ! -s "$W/undo" ] || sh "$W/undo"
	test_end
}

ns() {
	readlink "/proc/$1/ns/$2"
}

pid_of() {
	engine inspect --format '{{.State.Pid}}' "$1"
}

# ---- pods ----

@test "pod: its containers share network, ipc and host name" {
	engine pod create --name "$NAME" --hostname podhost >/dev/null
	engine run -d --pod "$NAME" --name "$NAME.a" "$IMAGE" nc -ll -p 8080 -e echo reached >/dev/null
	engine run -d --pod "$NAME" --name "$NAME.b" "$IMAGE" /bin/probe pause >/dev/null
	try engine exec "$NAME.b" sh -c 'hostname; nc -w 3 127.0.0.1 8080'
	expect 0 podhost reached
	a=$(pid_of "$NAME.a") b=$(pid_of "$NAME.b")
	for kind in net ipc uts; do
		[ "$(ns "$a" $kind)" = "$(ns "$b" $kind)" ]
	done
	[ "$(ns "$a" pid)" != "$(ns "$b" pid)" ]
}

@test "pod: --share pid" {
	engine pod create --name "$NAME" --share pid,net >/dev/null
	engine run -d --pod "$NAME" --name "$NAME.a" "$IMAGE" sleep 1030 >/dev/null
	try engine run --rm --pod "$NAME" "$IMAGE" ps
	expect 0 'sleep 1030'
}

@test "pod: stop, start, restart, kill, rm" {
	engine pod create --name "$NAME" >/dev/null
	engine run -d --pod "$NAME" --name "$NAME.a" "$IMAGE" /bin/probe pause >/dev/null
	engine pod stop -t 1 "$NAME" >/dev/null
	[ "$(engine inspect --format '{{.State.Status}}' "$NAME.a")" = exited ]
	engine pod start "$NAME" >/dev/null
	[ "$(engine inspect --format '{{.State.Status}}' "$NAME.a")" = running ]
	engine pod restart "$NAME" >/dev/null
	[ "$(engine inspect --format '{{.State.Status}}' "$NAME.a")" = running ]
	engine pod kill "$NAME" >/dev/null
	stopped() { [ "$(engine inspect --format '{{.State.Status}}' "$NAME.a")" = exited ]; }
	eventually stopped
	try engine pod rm -f "$NAME"
	expect 0
}

@test "pod: pause and unpause" {
	engine pod create --name "$NAME" >/dev/null
	engine run -d --pod "$NAME" --name "$NAME.a" "$IMAGE" /bin/probe pause >/dev/null
	engine pod pause "$NAME" >/dev/null
	[ "$(engine inspect --format '{{.State.Status}}' "$NAME.a")" = paused ]
	engine pod unpause "$NAME" >/dev/null
	[ "$(engine inspect --format '{{.State.Status}}' "$NAME.a")" = running ]
}

@test "pod: top, stats, a container of it in an infra's user namespace" {
	engine pod create --name "$NAME" --uidmap "$UIDS" --gidmap "$UIDS" >/dev/null
	engine run -d --pod "$NAME" --name "$NAME.a" "$IMAGE" sleep 1031 >/dev/null
	try engine pod top "$NAME"
	expect 0 'sleep 1031'
	try engine exec "$NAME.a" cat /proc/self/uid_map
	expect 0 "^ *${UIDS//:/ +}\$"
}

@test "play kube: a pod from YAML, and down again" {
	network_wanted
	cat >pod.yaml <<-EOF
		apiVersion: v1
		kind: Pod
		metadata:
		  name: $NAME
		spec:
		  restartPolicy: Never
		  containers:
		  - name: one
		    image: $IMAGE
		    imagePullPolicy: Never
		    command: ["sh", "-c", "echo from yaml; cat /shared/file; exec /bin/probe pause"]
		    env:
		    - name: A
		      value: one
		    securityContext:
		      readOnlyRootFilesystem: true
		      capabilities:
		        drop: ["ALL"]
		    volumeMounts:
		    - name: dir
		      mountPath: /shared
		  volumes:
		  - name: dir
		    hostPath:
		      path: $W/dir
	EOF
	mkdir dir
	echo words >dir/file
	try engine play kube pod.yaml
	expect 0
	NAME=$NAME-one
	logged words
	try engine exec "$NAME" sh -c 'echo "$A"; grep CapEff /proc/self/status; touch /new'
	expect 1 one 0000000000000000 'Read-only'
	try engine play kube --down pod.yaml
	expect 0
}

# ---- user namespaces ----

@test "--uidmap, --gidmap" {
	probe --uidmap "$UIDS" --gidmap "$GIDS"
	check ".uid_map[0] | test(\"${UIDS//:/ +}\")" ".gid_map[0] | test(\"${GIDS//:/ +}\")" \
	      '.uid == [0, 0, 0]' ".ns.user != \"$(ours user)\""
	box --uidmap "$UIDS" --gidmap "$GIDS" -- sh -c 'touch /new && stat -c "%u %g" /new'
	expect 0 '^0 0$'
}

@test "--uidmap: volumes, tmpfs, devices, /dev/shm, mqueue" {
	mkdir dir
	chown "$OWNER" dir
	box --uidmap "$UIDS" --gidmap "$GIDS" -v "$W/dir:/m" --tmpfs /t -- \
		sh -c 'touch /m/new /t/new /dev/shm/new && echo x >/dev/null && stat -c %u /m/new'
	expect 0 '^0$'
	[ "$(stat -c %u:%g dir/new)" = "$OWNER" ]
}

@test "--uidmap with the host's network" {
	probe --uidmap "$UIDS" --gidmap "$UIDS" --network host
	check ".ns.net == \"$(ns self net)\"" 'mount("/sys").options | has_all(["ro"])'
}

@test "--userns container:" {
	up --uidmap "$UIDS" --gidmap "$UIDS"
	probe --userns "container:$NAME"
	check ".ns.user == \"$(ns "$(inspect .State.Pid)" user)\""
}

@test "--userns auto" {
	printf 'containers:300000:500000\n' | tee -a /etc/subuid >>/etc/subgid
	echo 'containers:x:300000:300000::/:/bin/false' >>/etc/passwd	# shadow 4.19 asks for one
	echo "sed -i /^containers:/d /etc/subuid /etc/subgid /etc/passwd" >undo
	probe --userns auto:size=1024
	check '.uid_map[0] | test("0 +[0-9]+ +1024")' ".ns.user != \"$(ours user)\""
}

@test "-v :U and :O" {
	mkdir dir
	echo words >dir/file
	give dir
	box -v "$W/dir:/m:O" -- sh -c 'cat /m/file; echo new >/m/file; cat /m/file'
	expect 0 $'^words\nnew$'
	grep -qx words dir/file
	box --user 1000 -v "$W/dir:/m:U" -- stat -c %u /m/file
	expect 0 '^1000$'
}

# ---- cgroups ----

@test "--cgroups disabled" {
	up --cgroups disabled
	status_is running
	grep ^0: "/proc/$(inspect .State.Pid)/cgroup" | grep -vq libpod
	engine exec "$NAME" true
	try engine rm -f "$NAME"
	expect 0
}

@test "--cgroups no-conmon" {
	up --cgroups no-conmon
	status_is running
	engine stop -t 0 "$NAME"
}

# ---- conmon ----

# Without conmon Podman 4.3 does not have the runtime delete the container.
forgotten() {
	try runtime delete --force "$CID"
	expect 0 '^$'
}

@test "conmon is killed: the container ends, and can be removed" {
	up
	pid=$(inspect .State.Pid)
	kill -9 "$(inspect .State.ConmonPid)"
	engine rm -f "$NAME"
	[ ! -d "/proc/$pid" ]
	forgotten
}

@test "conmon is killed: exec still works, kill too" {
	up -- sleep 1032
	pid=$(inspect .State.Pid)
	kill -9 "$(inspect .State.ConmonPid)"
	try engine exec "$NAME" echo works
	expect 0 works
	engine kill "$NAME" || true
	eventually test ! -d "/proc/$pid"
	engine rm -f "$NAME"
	forgotten
}

@test "conmon is killed: health checks go on" {
	up --health-cmd 'test -e /tmp/well'
	kill -9 "$(inspect .State.ConmonPid)"
	try engine healthcheck run "$NAME"
	expect fail
	engine exec "$NAME" touch /tmp/well
	try engine healthcheck run "$NAME"
	expect 0
	engine rm -f "$NAME"
	forgotten
}

# served COMMAND...: podman as a client of the service at $W/podman.sock
served() {
	timeout --foreground -k 2 $((60 * SLOW)) podman --url "unix://$W/podman.sock" "$@" 3>&-
}

service_start() {
	setsid podman system service -t 0 "unix://$W/podman.sock" >>"$W/service.log" 2>&1 3>&- &
	SERVICE=$!
	disown
	eventually test -S "$W/podman.sock"
}

@test "the service is killed and comes back: containers go on, status and log arrive" {
	service_start
	served run -d --name "$NAME" "$IMAGE" sh -c 'echo before; until [ -e /tmp/go ]; do sleep 0.05; done; echo went; exit 7' >/dev/null
	pid=$(pid_of "$NAME")
	kill -9 $SERVICE
	[ -d "/proc/$pid" ]
	rm podman.sock
	service_start
	[ "$(served inspect --format '{{.State.Pid}}' "$NAME")" = "$pid" ]
	# The service leaves a conmon for five minutes with each exec.
	engine exec "$NAME" touch /tmp/go
	ended
	[ "$(served wait "$NAME")" = 7 ]
	try served logs "$NAME"
	kill $SERVICE
	expect 0 before went
}

@test "init, then start" {
	engine create --name "$NAME" "$IMAGE" sh -c 'echo ran; exit 3' >/dev/null
	engine init "$NAME" >/dev/null
	status_is initialized || status_is created
	[ -z "$(engine logs "$NAME")" ]
	[ -d "$(engine_state)/$(inspect .Id)" ]
	try engine start --attach "$NAME"
	expect 3 ran
}

@test "init of a missing program" {
	engine create --name "$NAME" "$IMAGE" nosuchprogram >/dev/null
	try engine init "$NAME"
	expect 127 'executable file not found in \$PATH' || expect fail 'executable file not found in \$PATH'
}

@test "the state is in the default root, and gone after rm" {
	up
	[ -d "$(host_state)/$CID" ]
	engine rm -f "$NAME" >/dev/null
	[ ! -e "$(host_state)/$CID" ]
}

@test "--preserve-fds" {
	echo words >file
	exec 4<file
	try eval 'timeout $((60 * SLOW)) podman run --rm --preserve-fds 2 "$IMAGE" sh -c "cat <&4" 3</dev/null'
	exec 4<&-
	expect 0 '^words$'
}

@test "exec --preserve-fds" {
	up
	echo words >file
	try eval 'timeout $((60 * SLOW)) podman exec --preserve-fds 1 "$NAME" sh -c "cat <&3" 3<file'
	expect 0 '^words$'
}

@test "checkpoint: refused, or it works; the container goes on" {
	up
	try engine container checkpoint --leave-running "$NAME"
	[ "$status" = 0 ] || expect fail '[Cc]heckpoint|CRIU|criu'
	status_is running
}

@test "info: the runtime and its version" {
	try engine info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}} {{.Host.OCIRuntime.Version}}'
	expect 0 "^$RUNTIME_NAME /[a-z/]*/$RUNTIME_NAME " 'spec: [0-9]'
}

@test "--runtime PATH; the container keeps it" {
	try engine --runtime "$RUNTIME" run -d --name "$NAME" "$IMAGE" /bin/probe pause
	expect 0
	inspect_is .OCIRuntime "$RUNTIME"
	try engine exec "$NAME" true
	expect 0
}

@test "--runtime-flag debug" {
	try engine --runtime-flag debug run --rm "$IMAGE" echo hello
	expect 0 hello
}

# bats test_tags=R4
@test "--runtime-flag that the runtime does not know: 126, and it is named" {
	try engine --runtime-flag invalidflag run --rm "$IMAGE" true
	expect 126 invalidflag
}

@test "--log-level debug: the runtime, too" {
	try engine --log-level debug run --rm "$IMAGE" echo hello
	expect 0 hello
}

# ---- devices of a vendor (CDI) ----

# cdi: a device class as a vendor's tool describes it
cdi() {
	mkdir -p /etc/cdi
	echo "rm -rf /etc/cdi" >undo
	echo library >library
	jq -n --arg w "$W" '{cdiVersion: "0.5.0", kind: "test.local/unit", containerEdits: {env: ["ALL=yes"]}, devices: [
		{name: "0", containerEdits: {env: ["UNIT=zero"],
			deviceNodes: [{path: "/dev/unit0", type: "c", major: 1, minor: 5, permissions: "rw"}],
			mounts: [{hostPath: "\($w)/library", containerPath: "/lib/unit/library", options: ["ro", "nosuid", "nodev", "bind"]}],
			hooks: [{hookName: "createContainer", path: "/bin/sh", args: ["sh", "-c", "pwd >\($w)/hooked"]}]}},
		{name: "fuse", containerEdits: {deviceNodes: [{path: "/dev/fuse"}]}}]}' >/etc/cdi/unit.json
}

@test "CDI: node, environment, mount and hook of a device" {
	cdi
	box --device test.local/unit=0 -- sh -c 'echo "$ALL $UNIT"; cat /lib/unit/library; head -c 3 /dev/unit0 | wc -c; stat -c "%t %T" /dev/unit0'
	expect 0 $'^yes zero\nlibrary\n3\n1 5$'
	[ -s hooked ]
	box --device test.local/unit=0 -- touch /lib/unit/library
	expect fail 'Read-only'
}

@test "CDI: two devices; one that is there on the host, also in a user namespace" {
	fuse_wanted
	cdi
	box --device test.local/unit=0 --device test.local/unit=fuse -- sh -c '/bin/probe open-try /dev/fuse; ls /dev/unit0'
	expect 0 '^ok' /dev/unit0
	box --uidmap "$UIDS" --gidmap "$UIDS" --device test.local/unit=fuse -- ls /dev/fuse
	expect 0 /dev/fuse
}

@test "CDI: an unknown device is refused, and without one there is none of it" {
	cdi
	box --device test.local/unit=1 -- true
	expect fail 'test.local/unit=1'
	box -- sh -c 'ls /dev; env; mknod /tmp/u c 1 5 && cat /tmp/u'
	expect fail
	expect_no unit0 ALL=
}

# ---- hooks ----

@test "--hooks-dir: all six stages" {
	mkdir hooks
	cat >tool <<-EOF
		#!/bin/sh
		cat >$W/state.\$1
	EOF
	chmod +x tool
	for stage in prestart createRuntime poststart poststop; do
		jq -n --arg s $stage --arg tool "$W/tool" '{version: "1.0.0", hook: {path: $tool, args: ["tool", $s]},
			when: {always: true}, stages: [$s]}' >hooks/$stage.json
	done
	# The first sees the host's files, by whatever rights its user has there; the second the container's.
	mkdir -m 777 from
	for stage in "createContainer $W/from" "startContainer "; do
		jq -n --arg s "${stage% *}" --arg d "${stage#* }" '{version: "1.0.0", when: {always: true}, stages: [$s],
			hook: {path: "/bin/sh", args: ["sh", "-c", "cat >\($d)/hooked.\($s)"]}}' >"hooks/${stage% *}.json"
	done
	try engine --hooks-dir "$W/hooks" run --name "$NAME" "$IMAGE" sh -c 'ls -d /hooked.startContainer && cat /hooked.*'
	expect 0 '^/hooked.startContainer'
	grep -q '"status" *: *"created"' <<<"$output"
	engine rm "$NAME" >/dev/null
	for stage in prestart createRuntime; do
		jq -e '.status == "creating" and .pid > 0' state.$stage
	done
	jq -e '.pid > 0' state.poststart
	jq -e '.status == "stopped"' state.poststop
	jq -e '.pid > 0' from/hooked.createContainer
}

@test "--hooks-dir: one that fails fails the start, in its words" {
	mkdir hooks
	jq -n '{version: "1.0.0", hook: {path: "/bin/sh", args: ["sh", "-c", "echo the reason >&2; exit 3"]},
		when: {always: true}, stages: ["createRuntime"]}' >hooks/bad.json
	try engine --hooks-dir "$W/hooks" run --rm "$IMAGE" echo hello
	expect 126 || expect fail
	expect_no hello
}

# ---- options of its own ----

@test "--umask" {
	box --umask 0077 -- /bin/sh -c 'umask;'
	expect 0 '^0077$'
}

@test "--timeout" {
	try engine run --rm --timeout 1 "$IMAGE" sleep 1033
	expect 137 || expect fail
	no_process 'sleep 1033'
}

@test "--systemd always: what an init wants" {
	probe --systemd always
	check 'mount("/run").type == "tmpfs"' 'mount("/tmp").type == "tmpfs"' 'mount("/sys/fs/cgroup").type == "cgroup2"' \
	      'mount("/sys/fs/cgroup").options | has_all(["rw"])'
}

@test "--rootfs" {
	cp -a "$SUITE/image/root" rootfs
	give rootfs
	try engine run --rm --rootfs "$W/rootfs" cat /etc/passwd
	expect 0 '^root:'
}

@test "--read-only has a writable /tmp, unless not wanted" {
	box --read-only -- touch /tmp/new
	expect 0
	box --read-only --read-only-tmpfs=false -- touch /tmp/new
	expect fail 'Read-only'
}

@test "--security-opt mask and unmask" {
	box --security-opt mask=/etc/passwd -- cat /etc/passwd
	expect 0 '^$'
	box --security-opt unmask=/proc/keys -- cat /proc/keys
	expect 0 '[a-z]'
}

@test "--security-opt proc-opts" {
	probe --security-opt proc-opts=hidepid=2
	check 'mount("/proc").super | any(startswith("hidepid="))'
}

@test "--tmpfs notmpcopyup" {
	box --tmpfs /home:notmpcopyup -- ls /home
	expect 0 '^$'
}

@test "--mount type=devpts and type=image" {
	probe --mount type=devpts,target=/pts --mount "type=image,source=$IMAGE,target=/other"
	check 'mount("/pts").type == "devpts"' 'mounts | any(.at == "/other")'
}

@test "--secret" {
	echo words | engine secret create "$NAME" - >/dev/null
	box --secret "$NAME" -- cat "/run/secrets/$NAME"
	engine secret rm "$NAME" >/dev/null
	expect 0 '^words$'
}

@test "--ipc none, --uts host" {
	box --ipc none -- ls /dev/shm
	expect_no new
	probe --uts host
	check ".ns.uts == \"$(ns self uts)\""
}

@test "--pidfile, --cidfile" {
	up --pidfile "$W/pidfile" --cidfile "$W/cidfile"
	[ "$(<pidfile)" = "$(inspect .State.Pid)" ]
	[ "$(<cidfile)" = "$CID" ]
}

@test "a volume that is not to be executed from" {
	cp "$SUITE/image/root/bin/busybox" .
	box -v "$W:/m:noexec" -- /m/busybox true
	expect 126 'permission denied'
}

@test "capabilities of an image's user, ambient where there is none" {
	probe --user 1000 --cap-add NET_BIND_SERVICE
	check '.status.CapEff == "0000000000000400"' '.status.CapAmb == "0000000000000400"'
}
