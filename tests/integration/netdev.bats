#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.netDevices. What is the host here is a network namespace of the test's own.
load helpers

setup() {
	test_begin
	need "no iproute2" command -v ip
	need "no nsenter" command -v nsenter
	hold --net
	NET=/proc/$HOLDER/ns/net
	OTHERS=("$HOLDER")
	need "no veth devices" on_host ip link add v0 type veth peer name v1
}

teardown() {
	local id
	# As long as there is a host to delete them from.
	for id in "$STATE"/*; do
		[ ! -d "$id" ] || hull delete --force "${id##*/}" || true
	done
	kill -9 "${OTHERS[@]}" 2>/dev/null || true
	test_end
}

on_host() {
	nsenter --net="$NET" "$@"
}

hull() {
	on_host timeout --foreground -k 2 $((30 * SLOW)) "$HULL" --root "$STATE" "$@" 3>&-
}

# another: $OTHER is the path of one more network namespace
another() {
	rm holder
	hold --net
	OTHERS+=("$HOLDER")
	OTHER=/proc/$HOLDER/ns/net
}

# inside COMMAND...: in the network namespace of the container
inside() {
	nsenter --net="/proc/$(pid_of)/ns/net" "$@"
}

# link HOW NAME: what `ip` says about a device there, as one object
link() {
	"$1" ip -d -j addr show dev "$2" | jq '.[0]'
}

# has HOW NAME: whether there is such a device
has() {
	"$1" ip link show dev "$2" >/dev/null 2>&1
}

gone() {
	! has "$@"
}

# says HOW NAME EXPRESSION...: each must hold for the device
says() {
	local object e
	object=$(link "$1" "$2")
	[ -n "$object" ]
	for e in "${@:3}"; do
		jq -e "$e" <<<"$object" >/dev/null || { echo "does not hold: $e"; echo "$object"; return 1; }
	done
}

# refused FILTER PATTERN...: create fails, and the devices are where they were
refused() {
	local before
	before=$(on_host ip -j addr)
	bundle "$ID" "$1"
	run_hull create -b "$B" "$ID"
	expect fail "${@:2}"
	[ "$(on_host ip -j addr)" = "$before" ]
	[ ! -e "$STATE/$ID" ]
}

# joining FILTER: create of a container in $OTHER
joining() {
	bundle "$ID" "$1"' | .linux.namespaces |= map(if .type == "network" then .path = $p else . end)' \
		--arg p "$OTHER"
	run_hull create -b "$B" "$ID"
}

move='.linux.netDevices = {v0: {}}'

@test "moved: it is inside under its name and up, and no more on the host" {
	created "$move"
	gone on_host v0
	says inside v0 '.flags | index("UP")' '.ifname == "v0"'
}

@test "moved: the container sees it" {
	shell "$move"' | .linux.netDevices.v0.name = "net0"' 'cat /sys/class/net/net0/flags 2>/dev/null ||
		grep -c net0: /proc/net/dev'
	expect 0 '^(0x1003|1)$'
}

@test "renamed; the name that it had may be taken inside" {
	created '.linux.netDevices = {v0: {name: "eth0"}, v1: {name: "v0"}}'
	gone on_host v0
	gone on_host v1
	says inside eth0 '.link == "v0"'
	says inside v0 '.link == "eth0"'
}

@test "two exchange their names" {
	local mac0 mac1
	mac0=$(link on_host v0 | jq .address)
	mac1=$(link on_host v1 | jq .address)
	created '.linux.netDevices = {v0: {name: "v1"}, v1: {name: "v0"}}'
	says inside v0 ".address == $mac1"
	says inside v1 ".address == $mac0"
}

@test "attributes stay as they are" {
	on_host ip link set v0 mtu 1234 address 02:00:00:00:00:07 txqueuelen 77 alias "the one"
	on_host ip link set v0 promisc off allmulticast on group 5
	created "$move"
	says inside v0 '.mtu == 1234' '.address == "02:00:00:00:00:07"' '.txqlen == 77' \
		'.ifalias == "the one"' '.flags | index("ALLMULTI")' '.group == "5"'
}

@test "addresses: the permanent global ones of both families, in order" {
	on_host ip addr add 10.1.0.1/24 brd 10.1.0.255 dev v0
	on_host ip addr add 10.1.0.2/24 dev v0
	on_host ip addr add 10.2.0.1/32 peer 10.2.0.9/32 metric 77 noprefixroute dev v0
	on_host ip addr add fd00::1/64 dev v0
	on_host ip addr add fd00::2/128 nodad dev v0
	on_host ip link set v0 up
	created "$move"
	says inside v0 '[.addr_info[] | select(.scope == "global" and .family == "inet") | .local] |
			sort == ["10.1.0.1", "10.1.0.2", "10.2.0.1"]' \
		'[.addr_info[] | select(.scope == "global" and .family == "inet6") | .local] |
			sort == ["fd00::1", "fd00::2"]' \
		'.addr_info[] | select(.local == "10.1.0.1") | .broadcast == "10.1.0.255" and
			.prefixlen == 24 and (.secondary | not) and .label == "v0"' \
		'.addr_info[] | select(.local == "10.1.0.2") | .secondary' \
		'.addr_info[] | select(.local == "10.2.0.1") | .address == "10.2.0.9" and .metric == 77 and
			.noprefixroute' \
		'.addr_info[] | select(.local == "fd00::2") | .prefixlen == 128' \
		'[.addr_info[] | select(.scope == "global") | .valid_life_time] | all(. == 4294967295)'
}

@test "addresses: not those that expire, of the link or of the host" {
	on_host ip addr add 10.1.0.1/24 dev v0
	on_host ip addr add 10.9.0.1/24 dev v0 valid_lft 1000 preferred_lft 1000
	on_host ip addr add 10.8.0.1/24 scope link dev v0
	on_host ip addr add 10.7.0.1/24 scope host dev v0
	on_host ip addr add fd09::1/64 dev v0 valid_lft 1000 preferred_lft 1000
	on_host ip addr add fe80::77/64 dev v0
	created "$move"
	says inside v0 '[.addr_info[].local | select(startswith("fe80:") | not)] == ["10.1.0.1"]' \
		'[.addr_info[].local] | index("fe80::77") | not'
}

@test "addresses: the label is the new name's" {
	on_host ip addr add 10.1.0.1/24 label v0:a dev v0
	created '.linux.netDevices = {v0: {name: "eth0"}}'
	says inside eth0 '.addr_info[] | select(.local == "10.1.0.1") | .label == "eth0"'
}

@test "addresses: a label stays with the name" {
	on_host ip addr add 10.1.0.1/24 label v0:a dev v0
	created "$move"
	says inside v0 '.addr_info[] | select(.local == "10.1.0.1") | .label == "v0:a"'
}

@test "nothing else is configured: no route but those of its addresses" {
	on_host ip addr add 10.1.0.1/24 dev v0
	on_host ip link set v0 up
	on_host ip route add default via 10.1.0.254
	created "$move"
	inside ip route >routes
	[[ $(<routes) = "10.1.0.0/24 dev v0"* ]]
}

@test "a template: the kernel finds the number, and the addresses find the device" {
	on_host ip addr add 10.1.0.1/24 dev v0
	on_host ip addr add 10.2.0.1/24 dev v1
	created '.linux.netDevices = {v0: {name: "net%d"}, v1: {name: "net%d"}}'
	says inside net0 '.addr_info[0].local == "10.1.0.1"' '.flags | index("UP")'
	says inside net1 '.addr_info[0].local == "10.2.0.1"' '.flags | index("UP")'
}

@test "a template is no clash" {
	another
	nsenter --net="$OTHER" ip link add net0 type veth peer name x
	on_host ip addr add 10.1.0.1/24 dev v0
	joining '.linux.netDevices = {v0: {name: "net%d"}}'
	expect 0
	says inside net1 '.addr_info[0].local == "10.1.0.1"' '.flags | index("UP")'
}

@test "joined: an index that is taken there" {
	local index
	another
	nsenter --net="$OTHER" ip link add name w0 type veth peer name w1
	index=$(link on_host v0 | jq .ifindex)
	nsenter --net="$OTHER" ip -j link | jq -e "any(.ifindex == $index)"
	on_host ip addr add 10.1.0.1/24 dev v0
	joining "$move"
	expect 0
	says inside v0 '.addr_info[0].local == "10.1.0.1"' '.flags | index("UP")' ".ifindex != $index"
}

@test "joined: a name that is taken there is refused, at its place" {
	another
	nsenter --net="$OTHER" ip link add v0 type veth peer name x
	joining "$move"
	expect fail 'device v0' 'name v0 is taken' '/linux/netDevices/v0' 'config.json:[0-9]+:[0-9]+'
	has on_host v0
	[ ! -e "$STATE/$ID" ]
	joining '.linux.netDevices = {v1: {name: "x"}, v0: {name: "y"}}'
	expect fail 'name x is taken' '/linux/netDevices/v1/name'
	has on_host v0
	has on_host v1
}

@test "joined: another name there; the old one may be taken" {
	another
	nsenter --net="$OTHER" ip link add v0 type veth peer name x
	joining '.linux.netDevices = {v0: {name: "eth7"}}'
	expect 0
	says inside eth7 '.flags | index("UP")'
}

@test "joined: deleted with the container it is not, and it does not come back" {
	another
	joining "$move"
	expect 0
	hull delete --force "$ID"
	gone on_host v0
	nsenter --net="$OTHER" ip link show dev v0
}

@test "joined: of the host's, while the user namespace is new" {
	another
	on_host ip addr add 10.1.0.1/24 dev v0
	joining "$move"' | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.mounts |= map(select(.type != "sysfs" and .type != "cgroup"))'
	expect 0
	says inside v0 '.addr_info[0].local == "10.1.0.1"' '.flags | index("UP")'
}

@test "in a new user namespace" {
	on_host ip addr add 10.1.0.1/24 dev v0
	created "$move"' | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	says inside v0 '.addr_info[0].local == "10.1.0.1"' '.flags | index("UP")'
}

@test "deleted: a virtual one goes with its namespace" {
	created "$move"
	hull delete --force "$ID"
	eventually gone on_host v1
}

@test "refused: one that is not there, and then none is moved" {
	refused '.linux.netDevices = {v0: {}, none0: {name: "x"}}' \
		'network device none0: there is none' '/linux/netDevices/none0' 'config.json:[0-9]+:[0-9]+'
}

@test "refused: lo, and what the kernel does not move" {
	refused '.linux.netDevices = {lo: {}}' '/linux/netDevices/lo'
	refused '.linux.netDevices = {v0: {name: "lo"}}' '/linux/netDevices/v0/name' 'name lo is taken'
	need "no bridges" on_host ip link add br0 type bridge
	refused '.linux.netDevices = {br0: {}}' 'br0' '/linux/netDevices/br0' 'EINVAL'
}

@test "refused: no network namespace of the container's own" {
	refused "$move"' | .linux.namespaces |= map(select(.type != "network"))' \
		'/linux/netDevices' 'need a network namespace'
	refused "$move"' | .linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)' \
		'/linux/netDevices' 'would change the host'
}

@test "refused: names that are none, and one name for two" {
	local name
	for name in . .. a/b a:b 'a b' 0123456789abcdef '%d%d' 'a%s'; do
		refused ".linux.netDevices = {v0: {name: \"$name\"}}" '/linux/netDevices/v0/name'
	done
	refused '.linux.netDevices = {v0: {name: "x"}, v1: {name: "x"}}' '/linux/netDevices/v1/name' 'v0'
}

@test "a failure afterwards leaves no container; the device is gone with its namespace" {
	bundle "$ID" "$move"' | .process.args = ["/none"]'
	run_hull create -b "$B" "$ID"
	expect fail '/none'
	[ ! -e "$STATE/$ID" ]
	eventually gone on_host v1
}

@test "without privileges over the host's devices" {
	bundle "$ID" "$move"
	chmod 777 "$W"
	on_host unshare --user --map-root-user --mount sh -c '
		"$0" --root "$1" --cgroup-manager disabled create -b "$2" x' "$HULL" "$W/s" "$B" >"$W/said" 2>&1 3>&- &&
		return 1
	grep -q 'EPERM' "$W/said"
	has on_host v0
}

@test "features: it is there" {
	hull features | jq -e '.linux.netDevices.enabled'
}
