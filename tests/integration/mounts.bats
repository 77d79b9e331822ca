#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# root, mounts, linux.devices, maskedPaths, readonlyPaths, rootfsPropagation.
load helpers

# mounted OPTIONS: a tmpfs with them at /m, then the probe
mounted() {
	bundle b '.process.args = ["/bin/probe", "probe"] | .mounts += [{destination: "/m", type: "tmpfs",
		source: "tmpfs", options: ($o | split(","))}]' --arg o "$1"
	run_hull run -b "$B" "$ID"
	expect 0
	printf '%s\n' "$output" >"$W/probe.json"
}

# bound OPTIONS COMMAND: $W/src at /m, then the shell command
bound() {
	mkdir -p src/sub
	echo text >src/file
	bundle b '.process.args = ["/bin/sh", "-c", $c] | .mounts += [{destination: "/m", type: "none",
		source: ($w + "/src"), options: ($o | split(","))}]' --arg o "$1" --arg w "$W" --arg c "$2"
	run_hull run -b "$B" "$ID"
}

@test "options: flags that the kernel shows" {
	for o in nosuid nodev noexec noatime nodiratime ro nosymfollow; do
		mounted $o
		check "mount(\"/m\").options | index([\"$o\"])"
	done
}

@test "options: sync, dirsync and lazytime are of the file system" {
	mounted sync,dirsync,lazytime
	check 'mount("/m").super + mount("/m").options | has_all(["sync", "dirsync", "lazytime"])'
}

@test "options: the later one wins" {
	mounted ro,rw,nosuid,suid,dev,nodev,noexec,exec
	check 'mount("/m").options | has_all(["rw", "nodev"])' \
	      'mount("/m").options | index(["ro"]) == null and index(["nosuid"]) == null and
	       index(["noexec"]) == null'
}

@test "options: all words of the specification are understood" {
	mounted async,atime,defaults,dev,diratime,exec,iversion,loud,noiversion,nolazytime,norelatime,nostrictatime,relatime,rw,silent,strictatime,suid,symfollow
	check 'mount("/m").type == "tmpfs"'
}

@test "options: empty words are ignored" {
	mounted nosuid,,nodev,
	check 'mount("/m").options | has_all(["nosuid", "nodev"])'
}

@test "options: others go to the file system" {
	mounted mode=1711,size=64k,uid=5
	check 'mount("/m").super | has_all(["mode=1711", "size=64k", "uid=5"])'
}

@test "options: one that the file system does not know is an error that names it" {
	container '.mounts += [{destination: "/m", type: "tmpfs", source: "tmpfs", options: ["bogus=1"]}]' \
		/bin/probe true
	expect fail 'bogus'
}

@test "tmpcopyup: what was there is there" {
	bundle b '.process.args = ["/bin/sh", "-c", "cat /etc/new; touch /etc/other"] |
		.mounts += [{destination: "/etc", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	echo copied >"$B/rootfs/etc/new"
	run_hull run -b "$B" "$ID"
	expect 0 '^copied$'
	[ ! -e "$B/rootfs/etc/other" ]
}

@test "order: later mounts lie on earlier ones" {
	shell '.mounts += [{destination: "/a", type: "tmpfs", source: "x", options: []},
		{destination: "/a/b/c", type: "tmpfs", source: "y", options: ["size=8k"]}]' \
		'grep " /a" /proc/self/mountinfo | cut -d" " -f5'
	expect 0 '^/a
/a/b/c$'
}

@test "an unknown file system" {
	container '.mounts += [{destination: "/m", type: "nosuchfs", source: "x"}]' /bin/probe true
	expect fail 'nosuchfs' 'no such device'
}

@test "destination: relative ones are below /" {
	shell '.mounts += [{destination: "rel/ative", type: "tmpfs", source: "x"}]' \
		'grep -c " /rel/ative " /proc/self/mountinfo'
	expect 0 '1$'
}

@test "destination: links stay inside, whatever they say" {
	bundle b '.process.args = ["/bin/probe", "cat", "/proc/self/mountinfo"] |
		.mounts += [{destination: "/abs", type: "tmpfs", source: "one"},
			    {destination: "/up/sub", type: "tmpfs", source: "two"}]'
	ln -s "$W/outside" "$B/rootfs/abs"
	ln -s ../../../../../../../../etc "$B/rootfs/up"
	run_hull run -b "$B" "$ID"
	expect 0 "$W/outside .* - tmpfs one" ' /etc/sub .* - tmpfs two'
	[ ! -e "$W/outside" ]
	[ ! -e /etc/sub ]
}

@test "destination: /proc as a link is refused" {
	bundle b .
	rmdir "$B/rootfs/proc"
	mkdir "$B/rootfs/elsewhere"
	ln -s elsewhere "$B/rootfs/proc"
	run_hull run -b "$B" "$ID"
	expect fail 'proc'
}

@test "destination: nothing may be mounted inside /proc" {
	mkdir src
	container ".mounts += [{destination: \"/proc/sys\", type: \"none\", source: \"$W/src\", options: [\"bind\"]}]" \
		/bin/probe true
	expect fail '/proc'
}

@test "bind: a directory" {
	bound bind 'cat /m/file; echo more >/m/new'
	expect 0 '^text$'
	[ "$(cat src/new)" = more ]
}

@test "bind: the type does not matter, the option does" {
	mkdir src
	container ".mounts += [{destination: \"/m\", type: \"ext4\", source: \"$W/src\", options: [\"bind\"]}]" \
		/bin/probe true
	expect 0
}

@test "bind: a file, its target made" {
	echo text >file
	shell ".mounts += [{destination: \"/new/place\", type: \"bind\", source: \"$W/file\", options: [\"bind\", \"ro\"]}]" \
		'cat /new/place; echo >/new/place'
	expect fail '^text' 'Read-only'
	[ -f "$B/rootfs/new/place" ]
}

@test "bind: a relative source is below the bundle" {
	bundle b '.process.args = ["/bin/probe", "cat", "/m/file"] |
		.mounts += [{destination: "/m", type: "bind", source: "data", options: ["bind"]}]'
	mkdir "$B/data"
	echo here >"$B/data/file"
	run_hull run -b "$B" "$ID"
	expect 0 '^here$'
}

@test "bind: a source that does not exist" {
	container '.mounts += [{destination: "/m", type: "bind", source: "/does/not/exist", options: ["bind"]}]' \
		/bin/probe true
	expect fail '/does/not/exist' 'no such file or directory'
}

@test "bind: ro holds" {
	bound bind,ro 'touch /m/x'
	expect fail 'Read-only'
	[ ! -e src/x ]
}

@test "bind: flags without ro, and those of the source stay" {
	mkdir src
	mount -t tmpfs -o nosuid,nodev src src
	bound bind,noexec 'grep " /m " /proc/self/mountinfo'
	umount src
	expect 0 'noexec' 'nosuid' 'nodev'
}

@test "rbind: with what is mounted below; bind: without" {
	mkdir -p src/sub
	mount -t tmpfs sub src/sub
	touch src/sub/inside
	bound rbind 'ls /m/sub'
	expect 0 '^inside$'
	bound bind 'ls /m/sub'
	umount src/sub
	expect 0 '^$'
}

@test "rbind,ro leaves submounts writable; rro does not" {
	mkdir -p src/sub
	mount -t tmpfs sub src/sub
	bound rbind,ro 'touch /m/sub/x && ! touch /m/x'
	expect 0
	bound rbind,rro 'touch /m/sub/y || touch /m/y'
	umount src/sub
	expect fail 'Read-only.*Read-only|/m/sub/y.*
.*/m/y'
}

@test "recursive flags: rnosuid, rnodev, rnoexec, rnoatime" {
	mkdir -p src/sub
	mount -t tmpfs sub src/sub
	bound rbind,rnosuid,rnodev,rnoexec,rnoatime 'grep " /m/sub " /proc/self/mountinfo'
	umount src/sub
	expect 0 nosuid nodev noexec noatime
}

@test "a file system cannot take recursive binds: idmap without mappings is refused" {
	mkdir src
	container ".mounts += [{destination: \"/m\", type: \"none\", source: \"$W/src\", options: [\"bind\", \"idmap\"]}]" \
		/bin/probe true
	expect fail 'idmap'
}

@test "idmap: owners are shifted" {
	mkdir src
	touch src/file
	chown 5:6 src/file
	bundle b '.process.args = ["/bin/probe", "stat", "/m/file"] | .mounts += [{destination: "/m",
		type: "none", source: ($w + "/src"), options: ["bind", "idmap"],
		uidMappings: [{containerID: 0, hostID: 1000, size: 100}],
		gidMappings: [{containerID: 0, hostID: 2000, size: 100}]}]' --arg w "$W"
	run_hull run -b "$B" "$ID"
	expect 0 '1005:2006'
}

@test "propagation of a mount" {
	mounted shared
	check 'mount("/m").propagation[0] | startswith("shared:")'
	mounted unbindable
	check 'mount("/m").propagation == ["unbindable"]'
	mounted private
	check 'mount("/m").propagation == []'
}

@test "propagation: rslave sees what the host mounts later" {
	mkdir -p src/later
	mount --bind src src
	mount --make-shared src
	created ".linux.rootfsPropagation = \"rslave\" | .mounts += [{destination: \"/m\",
		type: \"none\", source: \"$W/src\", options: [\"rbind\", \"rslave\"]}]" \
		/bin/sh -c 'ls /m/later >/seen'
	mount -t tmpfs x src/later
	touch src/later/now
	hull start "$ID"
	eventually state_is stopped
	umount src/later src
	[ "$(cat "$B/rootfs/seen")" = now ]
}

@test "propagation: rprivate does not, and nothing gets out" {
	mkdir -p src/later
	mount --bind src src
	mount --make-shared src
	created ".mounts += [{destination: \"/m\", type: \"none\", source: \"$W/src\", options: [\"rbind\", \"rprivate\"]}]" \
		/bin/sh -c 'ls /m/later >/seen'
	mount -t tmpfs x src/later
	touch src/later/now
	hull start "$ID"
	eventually state_is stopped
	umount src/later src
	[ "$(cat "$B/rootfs/seen")" = '' ]
}

@test "rootfsPropagation: of /" {
	probe '.linux.rootfsPropagation = "shared"'
	check 'mount("/").propagation[0] | startswith("shared:")'
	probe '.linux.rootfsPropagation = "rprivate"'
	check 'mount("/").propagation == []'
}

@test "root: read-only, mounts in it are not, the host's directory is not" {
	shell '.root.readonly = true | .mounts += [{destination: "/tmp", type: "tmpfs", source: "x"}]' \
		'touch /tmp/x && touch /x'
	expect fail 'Read-only'
	touch "$B/rootfs/y"
}

@test "root: an absolute path, outside the bundle" {
	mkdir elsewhere
	cp -al "$SUITE/root" elsewhere/root
	container ".root.path = \"$W/elsewhere/root\"" /bin/probe true
	expect 0
}

@test "root: missing, and not a directory" {
	container '.root.path = "none"' /bin/probe true
	expect fail 'none'
	container '.root.path = "config.json"' /bin/probe true
	expect fail 'config.json'
}

@test "root: the host's is out of reach, /proc/1/root too" {
	touch "$W/secret"
	shell . "ls $W; ls /proc/1/root/$W; ls /proc/1/cwd/../../../$W"
	expect fail
	expect_no secret
}

@test "root: the caller's mounts are not seen" {
	probe .
	check 'mounts | map(.at) | map(select(startswith("/work") or startswith("/tmp"))) == []' \
	      'any(mounts[]; .at == "/")'
}

@test "--no-pivot: works too" {
	bundle b '.process.args = ["/bin/probe", "ls", "/"]'
	run_hull run --no-pivot -b "$B" "$ID"
	expect 0 'bin'
}

@test "maskedPaths: files are empty, directories too" {
	shell '.linux.maskedPaths = ["/etc/passwd", "/home", "/does/not/exist", "/proc/keys"]' \
		'wc -c </etc/passwd; ls /home | wc -l; wc -c </proc/keys; touch /home/x'
	expect fail '^0
0
0' 'Read-only'
}

@test "readonlyPaths: and what is below" {
	shell '.linux.readonlyPaths = ["/etc", "/does/not/exist", "/proc/sys"]' \
		'touch /etc/x; echo 1 >/proc/sys/net/ipv4/ip_forward'
	expect fail '/etc/x: Read-only' 'ip_forward: Read-only'
}

@test "maskedPaths: a link does not lead out" {
	bundle b '.process.args = ["/bin/probe", "true"] | .linux.maskedPaths = ["/link"]'
	echo text >"$W/file"
	ln -s "$W/file" "$B/rootfs/link"
	run_hull run -b "$B" "$ID"
	[ "$(cat "$W/file")" = text ]
}

@test "devices: the default ones" {
	container . /bin/probe stat /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
	expect 0 '/dev/null char 0666 0:0 1:3' '/dev/zero char 0666 0:0 1:5' \
		'/dev/full char 0666 0:0 1:7' '/dev/random char 0666 0:0 1:8' \
		'/dev/urandom char 0666 0:0 1:9' '/dev/tty char 0666 0:0 5:0'
}

@test "devices: links" {
	container . /bin/probe stat /dev/fd /dev/stdin /dev/stdout /dev/stderr /dev/ptmx
	expect 0 '/dev/fd link .* -> /proc/self/fd
' '/dev/stdin link .* -> /proc/self/fd/0
' '/dev/stdout link .* -> /proc/self/fd/1
' '/dev/stderr link .* -> /proc/self/fd/2
' '/dev/ptmx link .* -> (/dev/)?pts/ptmx'
}

@test "devices: no console without a terminal" {
	container . /bin/probe stat /dev/console
	expect 0 'ENOENT'
}

@test "devices: configured ones, whatever the umask" {
	umask 077
	container '.linux.devices = [
		{path: "/dev/mem2", type: "c", major: 1, minor: 1, fileMode: 432, uid: 7, gid: 8},
		{path: "/deep/down/pipe", type: "p", fileMode: 438},
		{path: "/dev/disk", type: "b", major: 7, minor: 200, fileMode: 25008},
		{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 384}]' \
		/bin/probe stat /dev/mem2 /deep/down/pipe /dev/disk /dev/null
	umask 022
	expect 0 '/dev/mem2 char 0660 7:8 1:1' '/deep/down/pipe fifo 0666 0:0' \
		'/dev/disk block 0660 0:0 7:200' '/dev/null char 0600 0:0 1:3'
}

@test "devices: something else in the way is refused" {
	bundle b '.linux.devices = [{path: "/opt/x", type: "c", major: 1, minor: 3}]'
	mkdir "$B/rootfs/opt"
	echo data >"$B/rootfs/opt/x"
	run_hull run -b "$B" "$ID"
	expect fail '/opt/x'
	[ "$(cat "$B/rootfs/opt/x")" = data ]
}

@test "devices: /dev as a link to the host changes nothing there" {
	bundle b '.mounts |= map(select(.destination | startswith("/dev") | not))'
	rmdir "$B/rootfs/dev"
	mkdir "$W/victim"
	ln -s "$W/victim" "$B/rootfs/dev"
	run_hull run -b "$B" "$ID"
	[ -z "$(ls -A "$W/victim")" ]
}

@test "devices: a bound /dev is left alone" {
	mkdir mydev
	container ".mounts = [.mounts[] | select(.destination | startswith(\"/dev\") | not)] +
		[{destination: \"/dev\", type: \"bind\", source: \"$W/mydev\", options: [\"bind\"]}]" /bin/probe true
	[ "$status" = 0 ] || [[ $output = *dev* ]]
	[ ! -e mydev/zero ]
}

@test "the bundle's root is not left changed but for mount points" {
	container '.mounts += [{destination: "/made/here", type: "tmpfs", source: "x"}]' /bin/probe true
	[ -d "$B/rootfs/made/here" ]
	[ -z "$(ls -A "$B/rootfs/proc")" ]
	[ -z "$(ls -A "$B/rootfs/dev")" ]
}
