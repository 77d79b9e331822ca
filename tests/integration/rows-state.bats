#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# runtime.md, "State": the document, and that it is true.
load helpers
load rows

doc() {
	hull state "$ID" >"$W/doc"
	is_state "$W/doc"
}

@test "the document has the form of the schema, at every time of life" {
	sh_hook hook 'cat >'"$W"'/$1.doc'
	created 'def h($k): {path: ($ENV.W + "/hook"), args: ["hook", $k], env: ["PATH=/bin:/usr/bin"]};
		.annotations = {"org.example.a": "b", "empty": ""} |
		.hooks = {prestart: [h("prestart")], createRuntime: [h("createRuntime")],
			  createContainer: [h("createContainer")], poststart: [h("poststart")], poststop: [h("poststop")]}'
	doc
	jq -e --arg id "$ID" --arg b "$B" '.status == "created" and .id == $id and .bundle == $b and
		.ociVersion == "1.3.0" and .annotations == {"org.example.a": "b", "empty": ""}' doc
	[ -d "/proc/$(jq .pid doc)" ]
	hull start "$ID"
	doc
	jq -e '.status == "running"' doc
	[ "$(cat "/proc/$(jq .pid doc)/comm")" = probe ]
	hull kill "$ID" KILL
	eventually state_is stopped
	doc
	jq -e '.status == "stopped" and ((.pid // 0) == 0)' doc
	hull delete "$ID"
	local k
	for k in prestart createRuntime createContainer poststart poststop; do
		is_state "$k.doc"
		jq -e '.annotations == {"org.example.a": "b", "empty": ""}' "$k.doc"
	done
	jq -e '.status == "creating" and .pid > 1' prestart.doc createRuntime.doc
	jq -e '.status == "creating" and .pid == 1' createContainer.doc
	jq -e '.status == "running" and .pid > 1' poststart.doc
	jq -e '.status == "stopped" and ((.pid // 0) == 0)' poststop.doc
}

@test "creating: what others see while hooks of create run" {
	sh_hook hook '"$HULL" --root "$STATE" state "$ID" >"$W/doc"'
	bundle b '.hooks = {createRuntime: [{path: ($ENV.W + "/hook")}]}'
	export STATE ID
	run_hull create -b "$B" "$ID"
	expect 0
	is_state doc
	jq -e '.status == "creating"' doc
}

@test "pid: in the container's view for hooks in it, also when the pid namespace is shared" {
	sh_hook hook 'cat >'"$W"'/out/$1.doc'
	mkdir out
	bundle b '.linux.namespaces |= map(select(.type != "pid")) |
		.hooks = {createContainer: [{path: ($ENV.W + "/hook"), args: ["hook", "shared"], env: ["PATH=/bin:/usr/bin"]}]}'
	run_hull create -b "$B" "$ID"
	expect 0
	[ "$(jq .pid out/shared.doc)" = "$(pid_of)" ]
}

@test "bundle: absolute, also when it was not given so" {
	bundle b .
	cd b
	run_hull create -b . "$ID"
	expect 0
	[ "$(state bundle)" = "$W/b" ]
	hull delete --force "$ID"
	run_hull create -b ../b/rootfs/.. "$ID"
	expect 0
	[ "$(state bundle)" = "$W/b" ]
	cd "$W"
}

@test "annotations: none" {
	created 'del(.annotations)'
	doc
	hull state "$ID" | jq -e '(.annotations // {}) == {}'
}

@test "stopped: noticed when the process is a zombie, or another has its pid" {
	# Its parent does not wait: it stays a zombie.
	bundle b '.process.args = ["/bin/probe", "pause"]'
	sh -c 'sleep 0.1; "$HULL" --root "$0" create -b "$1" "$2"; exec sleep 60' "$STATE" "$B" "$ID" 3>&- &
	HOLDER=$!
	disown
	eventually state_is created
	kill -9 "$(pid_of)"
	eventually state_is stopped
	jq --argjson pid "$HOLDER" '.pid = $pid' "$STATE/$ID/state.json" >record
	cat record >"$STATE/$ID/state.json"
	state_is stopped
	run_hull kill "$ID" KILL
	expect fail 'not running'
	kill -0 "$HOLDER"
	hull delete "$ID"
	kill -0 "$HOLDER"
}

@test "paused: told while the cgroup is frozen" {
	started '.linux.cgroupsPath = "/frozen"'
	echo 1 >/sys/fs/cgroup/frozen/cgroup.freeze
	state_is paused
	echo 0 >/sys/fs/cgroup/frozen/cgroup.freeze
	eventually state_is running
}
