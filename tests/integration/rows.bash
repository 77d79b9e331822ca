# SPDX-License-Identifier: Apache-2.0
#
# What the rows-*.bats files share: tables of configurations. A table changes
# one base configuration again and again, in one bundle.

# base FILTER [JQ-OPTIONS...]: the configuration that the tables of this test change
base() {
	bundle b "$@"
	cp b/config.json "$W/base.json"
}

configure() {
	[ -e "$W/base.json" ] || base .
	jq "$@" <"$W/base.json" >"$B/config.json"
}

everything() {
	host_digest
	find "$W" -path '*/rootfs/*' -prune -o ! -name output ! -path "$STATE" -print | sort
	cat /proc/sys/kernel/domainname /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward
}

# refused POINTER FILTER [PATTERN]: create fails, says where, and leaves all as it was
refused() {
	local pointer=$1 before=${DIGEST-}
	configure "$2"
	[ -n "$before" ] || before=$(everything)
	DIGEST=${DIGEST+$before}
	run_hull create -b "$B" "$ID"
	expect fail "config\.json:[0-9]+:[0-9]+" "$pointer" "${3-}" || { echo "filter: $2"; return 1; }
	unchanged "$before" "$2"
}

# unchanged DIGEST WORDS
unchanged() {
	local after _
	for _ in {1..50}; do
		after=$(everything)
		[ "$1" != "$after" ] || return 0
		sleep 0.02
	done
	echo "left behind: $2"
	diff <(printf '%s\n' "$1") <(printf '%s\n' "$after")
}

# accepted FILTER [PATTERN]: create works, and says only what matches
accepted() {
	configure "$1"
	run_hull --log-level warning create -b "$B" "$ID"
	expect 0 "${2-^$}" || { echo "filter: $1"; return 1; }
	hull delete --force "$ID"
}

# planned FILTER [JQ-OPTIONS...]: what would be done, as JSON, in $W/plan.json
planned() {
	configure "$@"
	run_hull create --dry-run=json -b "$B" "$ID"
	expect 0 || { echo "filter: $1"; return 1; }
	printf '%s\n' "$output" >"$W/plan.json"
}

# each FUNCTION <<TABLE: one line an entry, fields between tabs or two and more blanks
each() {
	# What the first finds on the host is what all must leave there.
	local line fields DIGEST=
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		fields=()
		while [[ $line =~ ^(.*[^[:space:]])([[:space:]]{2,}|	+)(.*)$ ]]; do
			fields=("${BASH_REMATCH[3]}" "${fields[@]}")
			line=${BASH_REMATCH[1]}
		done
		"$@" "$line" "${fields[@]}"
	done
}

# A state document as the schema has it; prints nothing.
is_state() {
	jq -e 'type == "object" and (.ociVersion | type == "string") and
		(.id | type == "string" and length > 0) and
		(.status | IN("creating", "created", "running", "stopped")) and
		(.bundle | type == "string" and startswith("/")) and
		((has("pid") | not) or (.pid | type == "number" and . >= 0 and . == floor)) and
		((has("annotations") | not) or (.annotations | type == "object" and all(type == "string"))) and
		(if .status == "created" or .status == "running" then .pid > 0 else true end)' \
		"$@" >/dev/null
}

# plan_has EXPRESSION...: one action of plan.json each
plan_has() {
	local e
	for e; do
		jq -e "any(.[]; $e)" plan.json >/dev/null || {
			echo "no action: $e"
			jq -c '.[]' plan.json
			return 1
		}
	done
}

# sh_hook NAME SCRIPT: an executable of the host, $W/NAME; its arguments are in $@
sh_hook() {
	printf '#!/bin/sh\n%s\n' "$2" >"$W/$1"
	chmod 755 "$W/$1"
}
