#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Programs that people run in containers, and what they want of a runtime: many processes that
# share memory, signals that mean something, users, files that outlive a container.
load helpers

setup_file() {
	debian_image services
}

setup() {
	debian_wanted services
	test_begin
	IMAGE=test.local/services
}

# inside COMMAND...: exec
inside() {
	try engine exec "$NAME" "$@"
}

answers() {
	engine exec "$@" >/dev/null 2>&1
}

# get PATH: of the HTTP server in $NAME
get() {
	inside python3 -c 'import sys, urllib.request
print(urllib.request.urlopen("http://127.0.0.1:8080" + sys.argv[1], timeout=30).read().decode(), end="")' "$1"
}

# ---- PostgreSQL ----

postgres() {
	up --user postgres --stop-signal SIGINT --stop-timeout $((60 * SLOW)) --shm-size 128m -v "$W/data:/data" -- \
		sh -c 'export PATH="$(echo /usr/lib/postgresql/*/bin):$PATH"
		[ -e /data/db ] || initdb -D /data/db -A trust >/dev/null || exit
		exec postgres -D /data/db -c unix_socket_directories=/tmp -c dynamic_shared_memory_type=posix'
	longer answers "$NAME" pg_isready -h /tmp
}

query() {
	inside psql -h /tmp -qAtX -c "$1"
}

# longer COMMAND...: what a machine with other work needs half a minute for
longer() {
	local i
	for i in {1..6}; do
		! eventually "$@" >/dev/null || return 0
	done
	engine logs "$NAME"
	return 1
}

@test "PostgreSQL: initdb, queries, parallel workers, a clean stop by SIGINT, again with its data" {
	mkdir data
	chmod 777 data
	postgres
	query 'CREATE TABLE t AS SELECT i, md5(i::text) AS h FROM generate_series(1, 100000) AS i; CREATE INDEX ON t (h)'
	expect 0
	query "SELECT count(*), max(length(h)) FROM t WHERE h > ''"
	expect 0 '^100000\|32$'
	query "SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
		SET min_parallel_table_scan_size = 0; EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT sum(length(h)) FROM t"
	expect 0 'Workers Launched: [12]'
	engine stop "$NAME"
	inspect_is .State.ExitCode 0
	logged 'database system is shut down'
	engine rm "$NAME"
	postgres
	query 'SELECT count(*) FROM t'
	expect 0 '^100000$'
	engine logs "$NAME" 2>&1 | grep -vF 'was not properly shut down'
}

@test "PostgreSQL: a backend that is killed: the server recovers" {
	mkdir data
	chmod 777 data
	postgres
	query 'CREATE TABLE t AS SELECT 1'
	inside sh -c 'psql -h /tmp -qAtX -c "SELECT pg_sleep(600)" &
		pid=
		until [ "$pid" ]; do
			pid=$(psql -h /tmp -qAtX -c "SELECT pid FROM pg_stat_activity WHERE query = '"'SELECT pg_sleep(600)'"'")
		done
		kill -9 $pid
		wait'
	expect 0 'terminating connection because of crash|server closed the connection'
	logged 'terminating any other active server processes'
	recovered() { engine exec "$NAME" psql -h /tmp -qAtX -c 'SELECT 1' | grep -qx 1; }
	longer recovered
	status_is running
}

# ---- nginx ----

@test "nginx: workers as another user, HUP, files to serve, QUIT ends it" {
	mkdir site
	echo content >site/file
	head -c 3000000 /dev/urandom >site/big
	cat >nginx.conf <<-EOF
		worker_processes 2;
		user www-data;
		daemon off;
		error_log stderr notice;
		pid /run/nginx.pid;
		events { }
		http { access_log /dev/stdout; server { listen 8080; root /site; } }
	EOF
	up --stop-signal SIGQUIT -v "$W/site:/site:ro" -v "$W/nginx.conf:/etc/nginx/nginx.conf:ro" -- nginx
	longer answers "$NAME" sh -c 'test -s /run/nginx.pid'
	get /file
	expect 0 '^content$'
	inside sh -c 'ps -o user= -C nginx 2>/dev/null || for p in /proc/[0-9]*; do ! grep -q nginx $p/comm || stat -c %U $p; done'
	expect 0 root www-data
	inside python3 -c 'import hashlib, urllib.request
print(hashlib.sha256(urllib.request.urlopen("http://127.0.0.1:8080/big").read()).hexdigest())'
	expect 0 "$(sha256sum <site/big | cut -d ' ' -f 1)"
	engine kill -s HUP "$NAME"
	logged 'reconfiguring'
	get /file
	expect 0
	logged 'GET /file HTTP'
	engine stop -t 30 "$NAME"
	inspect_is .State.ExitCode 0
}

# ---- Redis ----

@test "Redis: set, get, a load, an append-only file, a clean stop by SIGTERM" {
	mkdir data
	chmod 777 data
	redis() {
		up --user redis --read-only --tmpfs /tmp -v "$W/data:/data" -- redis-server --dir /data --appendonly yes --save ''
		longer answers "$NAME" redis-cli ping
	}
	redis
	inside redis-cli set key value
	expect 0 OK
	inside redis-benchmark -q -n 5000 -c 20 -t incr
	expect 0 'requests per second'
	engine stop -t 30 "$NAME"
	inspect_is .State.ExitCode 0
	engine rm "$NAME"
	redis
	inside redis-cli get key
	expect 0 value
	inside redis-cli get counter:__rand_int__
	expect 0 '5000'
}

# ---- Node and Python ----

@test "Node: a server, worker threads, a child process, SIGTERM to its handler" {
	cat >app.js <<-'EOF'
		const http = require('http'), { execFile } = require('child_process'), { Worker } = require('worker_threads');
		const worker = (f) => new Promise((done, bad) => new Worker(
			'const { parentPort } = require("worker_threads"); let n = 0; for (let i = 0; i < 1e6; i++) n += i; parentPort.postMessage(n)',
			{ eval: true }).once('message', done).once('error', bad));
		const server = http.createServer(async (request, response) => {
			if (request.url === '/threads')
				response.end(String((await Promise.all([worker(), worker(), worker()])).reduce((a, b) => a + b)));
			else
				execFile('uname', ['-n'], (error, out) => response.end(error ? String(error) : out));
		}).listen(8080);
		process.on('SIGTERM', () => { console.log('closing'); server.close(() => process.exit(12)); server.closeAllConnections?.(); });
	EOF
	up --init --hostname the-node --cap-drop all --security-opt no-new-privileges --user 1234:1234 \
		-v "$W/app.js:/app.js:ro" -- node /app.js
	longer get_ready
	get /
	expect 0 '^the-node$'
	get /threads
	expect 0 '^1499998500000$'
	engine stop -t 30 "$NAME"
	inspect_is .State.ExitCode 12
	logged closing
}

get_ready() {
	get /
	[ "$status" = 0 ]
}

@test "Python: a threaded server, processes of multiprocessing, shared memory and semaphores" {
	cat >app.py <<-'EOF'
		import http.server, multiprocessing, os, signal, sys
		from multiprocessing import shared_memory

		def square(n):
		    return n * n

		def total():
		    shared = shared_memory.SharedMemory(create=True, size=1 << 20)
		    shared.buf[:4] = b'data'
		    with multiprocessing.get_context('spawn').Pool(3) as pool:
		        result = sum(pool.map(square, range(1000)))
		    shared.close()
		    shared.unlink()
		    return result

		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        self.send_response(200)
		        self.end_headers()
		        self.wfile.write(str(total()).encode())

		if __name__ == '__main__':
		    signal.signal(signal.SIGTERM, lambda *_: sys.exit(13))
		    with http.server.ThreadingHTTPServer(('', 8080), Handler) as server:
		        print('serving', flush=True)
		        server.serve_forever()
	EOF
	up --user 1234:1234 -v "$W/app.py:/app.py:ro" -- python3 /app.py
	longer logged serving
	get /
	expect 0 '^332833500$'
	engine stop -t 30 "$NAME"
	inspect_is .State.ExitCode 13
}

# ---- systemd as a container's first process ----

@test "systemd: boots, runs services, ends by SIGRTMIN+3" {
	[ "$ENGINE" = podman ] || skip "prepared by Podman alone (--systemd)"
	cat >try.service <<-EOF
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		User=redis
		NoNewPrivileges=yes
		CapabilityBoundingSet=
		ExecStart=/usr/bin/id -un
	EOF
	up --systemd=always --stop-timeout $((60 * SLOW)) -v "$W/try.service:/etc/systemd/system/try.service:ro" -- /sbin/init
	booted() { engine exec "$NAME" systemctl is-system-running 2>&1 | grep -qE '^(running|degraded)$'; }
	longer booted
	inside systemctl start try
	expect 0
	inside sh -c 'systemctl is-active try redis-server; journalctl -u try -o cat'
	expect 0 $'^active\nactive\n' redis
	inside sh -c 'cat /proc/1/comm; systemctl show -P ControlGroup redis-server; redis-cli ping'
	expect 0 '^systemd' '/system.slice/redis-server.service' PONG
	engine stop "$NAME"
	[[ $(inspect .State.ExitCode) = @(0|130) ]]
}
