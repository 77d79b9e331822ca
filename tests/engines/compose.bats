#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker Compose: services that find each other by name, wait for each other's health, and go together.
load helpers

setup_file() {
	debian_image services
}

setup() {
	debian_wanted services
	compose version >/dev/null 2>&1 || skip "no Docker Compose"
	test_begin
	write_project
}

teardown() {
	[ ! -e compose.yaml ] || compose down -v -t 1 >/dev/null 2>&1 || true
	engine_clear >/dev/null 2>&1 || true
	test_end
}

# A plugin of docker, or a program of its own.
compose() {
	local command=(docker-compose)
	! docker compose version >/dev/null 2>&1 || command=(docker compose)
	timeout --foreground -k 2 $((120 * SLOW)) "${command[@]}" -p "$NAME" -f "$W/compose.yaml" "$@" 3>&-
}

# A counter in Redis, and a server that asks it.
write_project() {
	cat >app.py <<-'EOF'
		import http.server, os, signal, socket, sys

		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        with socket.create_connection((os.environ['CACHE'], 6379)) as cache:
		            cache.sendall(b'INCR visits\r\n')
		            count = cache.recv(100).decode().strip(':\r\n')
		        self.send_response(200)
		        self.end_headers()
		        self.wfile.write(f'visit {count}\n'.encode())

		signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
		http.server.HTTPServer(('', 8080), Handler).serve_forever()
	EOF
	cat >compose.yaml <<-EOF
		version: "3.9"
		services:
		  cache:
		    image: test.local/services
		    runtime: $RUNTIME_NAME
		    command: redis-server --bind 0.0.0.0 --protected-mode no --dir /data --appendonly yes
		    volumes: [data:/data]
		    tmpfs: [/tmp]
		    read_only: true
		    healthcheck: {test: [CMD, redis-cli, ping], interval: 1s, timeout: $((10 * SLOW))s, retries: 60}
		  app:
		    image: test.local/services
		    runtime: $RUNTIME_NAME
		    init: true
		    environment: {CACHE: cache}
		    command: python3 /app.py
		    volumes: ["./app.py:/app.py:ro"]
		    cap_drop: [ALL]
		    security_opt: ["no-new-privileges:true"]
		    ulimits: {nofile: 1234}
		    sysctls: {net.ipv4.ip_unprivileged_port_start: 0}
		    ports: ["127.0.0.1:8090:8080"]
		    depends_on: {cache: {condition: service_healthy}}
		volumes: {data: {}}
	EOF
}

visits() {
	[ "$(/usr/bin/python3 -c 'import urllib.request as u; print(u.urlopen("http://127.0.0.1:8090/", timeout=10).read().decode(), end="")' 2>/dev/null)" = "visit $1" ]
}

@test "two services: up in their order, reached by name and by port, down" {
	try compose up -d
	expect 0
	eventually visits 1
	visits 2
	for service in app cache; do
		id=$(compose ps -q $service)
		[ "$(engine inspect --format '{{.HostConfig.Runtime}} {{.State.Running}}' "$id")" = "$RUNTIME_NAME true" ]
	done
	try compose exec -T app sh -c 'grep CapEff /proc/self/status; ulimit -n; cat /proc/1/comm'
	expect 0 $'CapEff:\t0000000000000000\n1234\n(docker-init|tini)'
	try compose exec -T cache touch /file
	expect 1 'Read-only file system'
	try compose down
	expect 0
	[ -z "$(engine ps -aq)" ]
}

@test "a service is made anew, the other's data stay" {
	compose up -d >said 2>&1
	eventually visits 1
	sed -i 's/nofile: 1234/nofile: 4321/' compose.yaml
	cache=$(compose ps -q cache)
	compose up -d >said 2>&1
	eventually visits 2
	[ "$(compose ps -q cache)" = "$cache" ]
	try compose exec -T app sh -c 'ulimit -n'
	expect 0 '^4321'
	compose restart -t $((20 * SLOW)) cache >said 2>&1
	eventually visits 3
}

@test "stop: statuses; start again" {
	compose up -d >said 2>&1
	eventually visits 1
	compose stop -t $((20 * SLOW)) >said 2>&1
	# What SIGTERM ended by the program's own will, and by tini.
	diff <(printf 'exited 0\nexited 0\n') \
		<(engine ps -aq | xargs docker inspect --format '{{.State.Status}} {{.State.ExitCode}}')
	compose start >said 2>&1
	eventually visits 2
}
