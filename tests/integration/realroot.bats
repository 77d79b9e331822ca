#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Real programs on a real root: a Debian by mmdebstrap, with nginx, Redis and Python,
# each in a network of its own, in the configuration that Docker wrote. The root is
# made once and kept in ${XDG_CACHE_HOME:-/var/cache}/hull-test.
load helpers

suite=bookworm
cache=${XDG_CACHE_HOME:-/var/cache}/hull-test
tree=$cache/$suite-1

setup_file() {
	mkdir -p "$cache"
	if ! "$HERE/../../scripts/debian-root" "$suite" "$tree" nginx-light redis-server python3-minimal \
		libpython3-stdlib curl >"$cache/log" 2>&1; then
		# setup() skips, and says why.
		return 0
	fi
}

setup() {
	test_begin
	[ -e "$tree" ] || command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
	[ -e "$tree/usr/sbin/nginx" ] || skip "mmdebstrap made no root: $(tail -n 1 "$cache/log")"
}

# serve SCRIPT: runs it on the Debian root, as Docker would
serve() {
	B=$W/b
	mkdir -p "$B/lower" "$B/upper" "$B/work" "$B/rootfs" "$B/host"
	mount -t overlay -o "lowerdir=$tree,upperdir=$B/upper,workdir=$B/work" overlay "$B/rootfs"
	jq --arg script "$1" '.root.path = "rootfs" | .process.args = ["/bin/sh", "-ec", $script] |
		.process.terminal = false | del(.process.apparmorProfile) |
		.linux.cgroupsPath = "/docker-" + .hostname |
		.mounts |= map(select(.type != "bind"))' \
		<"$HERE/../data/config/docker-default.json" >"$B/config.json"
	run_hull run -b "$B" "$ID"
	umount "$B/rootfs"
}

# Tries for ten seconds; part of the scripts below.
wait_for='wait_for() { for i in $(seq 100); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; "$@"; }'

@test "nginx answers a request" {
	serve "$wait_for"'
		echo "hello from nginx" >/var/www/html/index.html
		nginx
		wait_for curl -sf http://127.0.0.1/
		curl -s http://127.0.0.1/
		nginx -s stop'
	expect 0 'hello from nginx'
}

@test "redis keeps a value" {
	serve "$wait_for"'
		redis-server --port 6379 --daemonize yes --dir /tmp >/dev/null
		wait_for redis-cli ping
		redis-cli set key "hello from redis"
		redis-cli get key
		redis-cli shutdown nosave'
	expect 0 'OK' 'hello from redis'
}

@test "python serves a directory" {
	serve "$wait_for"'
		mkdir /srv/www && cd /srv/www && echo "hello from python" >file
		python3 -m http.server 8000 --bind 127.0.0.1 >/dev/null 2>&1 &
		wait_for curl -sf http://127.0.0.1:8000/file
		curl -s http://127.0.0.1:8000/file'
	expect 0 'hello from python'
}

@test "apt's own file tree is consistent, dpkg runs" {
	serve 'dpkg --audit && dpkg -l base-files | tail -1'
	expect 0 'base-files'
}

@test "as another user, without capabilities" {
	B=$W/b
	serve 'setpriv --reuid 33 --regid 33 --clear-groups --inh-caps=-all id -u; grep NoNewPrivs /proc/self/status'
	expect 0 '^33' 'NoNewPrivs'
}
