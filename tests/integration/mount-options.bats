#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# mounts[].options: what each word of the specification does to a real mount.
load helpers

# A row: the word, the words before it, what mountinfo must and what it must not show.
# "-" is nothing. Words that clear something are tried on what has it.
NEW='
async		sync		-		sync
atime		noatime		relatime	noatime
defaults	-		rw,relatime	ro
dev		nodev		-		nodev
diratime	nodiratime	-		nodiratime
dirsync		-		dirsync		-
exec		noexec		-		noexec
iversion	-		-		-
lazytime	-		lazytime	-
loud		silent		-		-
mand		-		-		-
noatime		-		noatime		relatime
nodev		-		nodev		-
nodiratime	-		nodiratime	-
noexec		-		noexec		-
noiversion	iversion	-		-
nolazytime	lazytime	-		lazytime
nomand		mand		-		mand
norelatime	noatime		relatime	noatime
nostrictatime	strictatime	relatime	-
nosuid		-		nosuid		-
nosymfollow	-		nosymfollow	-
relatime	noatime		relatime	noatime
ro		-		ro		-
rw		ro		rw		ro
silent		-		-		-
strictatime	-		-		relatime,noatime
suid		nosuid		-		nosuid
symfollow	nosymfollow	-		nosymfollow
sync		-		sync		-
rdev		nodev		-		nodev
rdiratime	nodiratime	-		nodiratime
rexec		noexec		-		noexec
rnoatime	-		noatime		relatime
rnodev		-		nodev		-
rnodiratime	-		nodiratime	-
rnoexec		-		noexec		-
rnorelatime	noatime		relatime	noatime
rnostrictatime	strictatime	relatime	-
rnosuid		-		nosuid		-
rnosymfollow	-		nosymfollow	-
rrelatime	noatime		relatime	noatime
rro		-		ro		-
rrw		-		rw		ro
rstrictatime	-		-		relatime,noatime
rsuid		nosuid		-		nosuid
rsymfollow	nosymfollow	-		nosymfollow
ratime		noatime		relatime	noatime'

# The same on bind mounts: the second column is the source, "plain" or with every "flag".
BIND='
async		plain	-		-
atime		flags	relatime	noatime
defaults	plain	rw,relatime	ro
dev		flags	-		nodev
diratime	flags	-		nodiratime
dirsync		plain	-		-
exec		flags	-		noexec
iversion	plain	-		-
lazytime	plain	-		-
loud		plain	-		-
mand		plain	-		-
noatime		plain	noatime		relatime
nodev		plain	nodev		-
nodiratime	plain	nodiratime	-
noexec		plain	noexec		-
noiversion	plain	-		-
nolazytime	plain	-		-
nomand		plain	-		-
norelatime	flags	relatime	noatime
nostrictatime	flags	relatime	noatime
nosuid		plain	nosuid		-
nosymfollow	plain	nosymfollow	-
relatime	flags	relatime	noatime
ro		plain	ro		rw
rw		flags	rw		ro
silent		plain	-		-
strictatime	flags	-		relatime,noatime
suid		flags	-		nosuid
symfollow	flags	-		nosymfollow
sync		plain	-		-'

TREE='
rdev		flags	-		nodev
rdiratime	flags	-		nodiratime
rexec		flags	-		noexec
rnoatime	plain	noatime		relatime
rnodev		plain	nodev		-
rnodiratime	plain	nodiratime	-
rnoexec		plain	noexec		-
rnorelatime	flags	relatime	noatime
rnostrictatime	flags	relatime	noatime
rnosuid		plain	nosuid		-
rnosymfollow	plain	nosymfollow	-
rrelatime	flags	relatime	noatime
rro		plain	ro		rw
rrw		flags	rw		ro
rstrictatime	flags	-		relatime,noatime
rsuid		flags	-		nosuid
rsymfollow	flags	-		nosymfollow
ratime		flags	relatime	noatime'

ALL=nosuid,nodev,noexec,noatime,nodiratime,nosymfollow

# sources: $W/plain and $W/flags, each a tmpfs with another one on sub
sources() {
	local d
	for d in plain flags; do
		mkdir $d
		mount -t tmpfs $d $d
		mkdir $d/sub
		mount -t tmpfs sub $d/sub
	done
	for d in flags/sub flags; do
		mount -o remount,bind,ro,$ALL $d
	done
}

sources_gone() {
	umount plain/sub plain flags/sub flags
}

# table TABLE DEFS: rows as objects in jq, with more definitions for the mount of a row
table() {
	cat <<<"def rows: \"$1\" / \"\n\" | map(select(. != \"\") | [scan(\"[^\t]+\")] |
		{word: .[0], arg: .[1], shown: (.[2] / \",\" - [\"-\"]), hidden: (.[3] / \",\" - [\"-\"])});"
}

# The probe, of a configuration that is warned of.
probe_warned() {
	container "$1" /bin/probe probe
	expect 0 'which a bind mount cannot change'
	sed '/^{/!d' "$W/output" >"$W/probe.json"
}

# shows TABLE PREFIX SUFFIX: for every row the mount at PREFIX/WORD/SUFFIX is as it says
shows() {
	local bad
	bad=$(jq -r "$MOUNTS $(table "$1")"' mounts as $all | rows[] | . as $row |
		([$all[] | select(.at == $p + "/" + $row.word + $s)] | last) as $m |
		if $m == null then "\(.word): not mounted" else
		(($m.options | map(select(. != "rw" and . != "ro"))) + $m.super + [$m.options[0]]) as $has |
		(if ($row.shown | contains(["rw"]) or contains(["ro"])) or ($row.hidden | contains(["ro"]))
		 then $m.options else $has end) as $has |
		select((.shown - $has) + (.hidden - (.hidden - $has)) != []) |
		"\(.word): \($m)" end' --arg p "$2" --arg s "${3-}" "$W/probe.json")
	[ -z "$bad" ] || { echo "$bad"; return 1; }
	[ "$(jq -r "$(table "$1") rows | length" <<<null)" = "$(grep -c . <<<"$1")" ]
}

@test "every word on a new file system" {
	probe "$(table "$NEW")"' .mounts += [rows[] | {destination: "/m/\(.word)", type: "tmpfs",
		source: "tmpfs", options: ([.arg, .word] - ["-"])}]'
	shows "$NEW" /m
}

@test "every word on a bind mount; those of the file system change nothing there" {
	sources
	probe_warned "$(table "$BIND")"" .mounts += [rows[] | {destination: \"/m/\(.word)\", type: \"none\",
		source: \"$W/\(.arg)\", options: [\"bind\", .word]}]"
	sources_gone
	shows "$BIND" /m
}

@test "every word on rbind: only the mount itself" {
	sources
	probe_warned "$(table "$BIND")"" .mounts += [rows[] | {destination: \"/m/\(.word)\", type: \"none\",
		source: \"$W/\(.arg)\", options: [\"rbind\", .word]}]"
	sources_gone
	shows "$BIND" /m
	shows "$(awk '$2 == "plain" { print $1 "\tplain\trw,relatime\tnosuid,nodev,noexec,noatime,nodiratime,nosymfollow" }
		      $2 == "flags" { print $1 "\tflags\tro\t-" }' <<<"$BIND")" /m /sub
	check '[mounts[] | select(.at | endswith("/sub")) | .options | select(.[0] == "ro") |
		select(has_all(["nosuid", "nodev", "noexec", "noatime", "nodiratime", "nosymfollow"]) | not)] == []'
}

@test "every recursive word: the mount and what is below it" {
	sources
	probe "$(table "$TREE")"" .mounts += [rows[] | {destination: \"/m/\(.word)\", type: \"none\",
		source: \"$W/\(.arg)\", options: [\"rbind\", .word]}]"
	sources_gone
	shows "$TREE" /m
	shows "$TREE" /m /sub
}

@test "no word of the specification is missing in these tables" {
	local word
	for word in $(hull features | jq -r '.mountOptions[]'); do
		case $word in
		bind | rbind | remount | idmap | ridmap | tmpcopyup | *shared | *slave | *private | *unbindable | \
			copy-symlink | src-nofollow | dest-nofollow) ;;
		*) grep -qE "^$word	" <<<"$NEW$BIND$TREE" || { echo "$word"; return 1; } ;;
		esac
	done
}

@test "the flags hold: noexec, nodev, nosymfollow, ro, and their opposites" {
	mkdir src
	cp "$SUITE/root/bin/busybox" src/sh
	mknod src/null c 1 3
	ln -s file src/link
	touch src/file
	shell ".mounts += [(\"noexec,nodev,nosymfollow,ro\", \"exec,dev,symfollow,rw\") | {destination: \"/\(.[:2])\",
		type: \"none\", source: \"$W/src\", options: ([\"bind\"] + (. / \",\"))}]" '
		for d in /no /ex; do
			$d/sh -c true; echo "exec $?"
			probe open-try $d/null; probe open-try $d/link; probe open-try $d/new 0101
		done'
	expect 0 'exec 126
EACCES
ELOOP
EROFS
exec 0
ok
ok
ok'
}

@test "access times: strictatime, noatime" {
	mkdir src
	echo text >src/file
	touch -a -d '2001-01-01' src/file
	touch -m -d '2000-01-01' src/file
	shell ".mounts += [{destination: \"/s\", type: \"none\", source: \"$W/src\", options: [\"bind\", \"strictatime\"]},
		{destination: \"/n\", type: \"none\", source: \"$W/src\", options: [\"bind\", \"noatime\"]}]" \
		'cat /n/file >/dev/null; stat -c %x /n/file; cat /s/file >/dev/null; stat -c %x /s/file'
	expect 0 '^2001-01-01.*
20[2-9]'
}

@test "propagation words, plain and recursive, in their order" {
	probe '.mounts += ["shared", "rshared", "private", "rprivate", "slave", "rslave", "unbindable",
		"runbindable", "unbindable,shared", "shared,private"] | .mounts |= map(if type == "string" then
		{destination: "/m/\(.)", type: "tmpfs", source: "x", options: (. / ",")} else . end)'
	for word in shared rshared; do
		check "mount(\"/m/$word\").propagation[0] | startswith(\"shared:\")"
	done
	for word in private rprivate slave rslave shared,private; do
		check "mount(\"/m/$word\").propagation == []"
	done
	for word in unbindable runbindable; do
		check "mount(\"/m/$word\").propagation == [\"unbindable\"]"
	done
	check 'mount("/m/unbindable,shared").propagation[0] | startswith("shared:")'
}

@test "propagation words on rbind: submounts only with the r-form" {
	sources
	probe ".mounts += [(\"shared\", \"unbindable\", \"rshared\", \"runbindable\") | {destination: \"/m/\(.)\",
		type: \"none\", source: \"$W/plain\", options: [\"rbind\", .]}]"
	sources_gone
	check 'mount("/m/shared").propagation[0] | startswith("shared:")' 'mount("/m/shared/sub").propagation == []' \
	      'mount("/m/rshared/sub").propagation[0] | startswith("shared:")' \
	      'mount("/m/unbindable").propagation == ["unbindable"]' 'mount("/m/unbindable/sub").propagation == []' \
	      'mount("/m/runbindable/sub").propagation == ["unbindable"]'
}

@test "remount: the second entry changes the first" {
	probe '.mounts += [{destination: "/a", type: "tmpfs", source: "x", options: ["nosuid"]},
		{destination: "/a", options: ["remount", "nodev", "suid", "size=64k", "ro"]},
		{destination: "/b", type: "tmpfs", source: "x", options: ["ro"]},
		{destination: "/b", options: ["remount", "bind", "noexec"]}]'
	check 'mount("/a").options | has_all(["ro", "nodev"]) and index(["nosuid"]) == null' \
	      'mount("/a").super | index(["size=64k"])' 'mount("/b").options | has_all(["ro", "noexec"])' \
	      '[mounts[] | select(.at == "/a")] | length == 1'
}

@test "remount: what was mounted read-only becomes writable" {
	need "no ramfs" grep -qw ramfs /proc/filesystems
	shell '.mounts += [{destination: "/a", type: "tmpfs", source: "x", options: ["ro"]},
		{destination: "/a", options: ["remount", "rw"]},
		{destination: "/b", type: "ramfs", source: "x", options: ["ro"]},
		{destination: "/b", options: ["remount", "rw"]}]' 'touch /a/x /b/x'
	expect 0 '^$'
}

@test "remount: of what is not mounted" {
	container '.mounts += [{destination: "/etc", options: ["remount", "ro"]}]' /bin/probe true
	expect fail 'config.json:[0-9]+:[0-9]+' 'invalid argument' 'only what is mounted'
}

@test "later words win, access times are one choice" {
	probe '.mounts += [{destination: "/a", type: "tmpfs", source: "x", options: ["ro", "rw", "noatime", "strictatime", "noatime"]},
		{destination: "/b", type: "tmpfs", source: "x", options: ["noatime", "nodiratime", "relatime"]}]'
	check 'mount("/a").options | has_all(["rw", "noatime"])' \
	      'mount("/b").options | has_all(["relatime", "nodiratime"]) and index(["noatime"]) == null'
}

@test "words of fstab do nothing and are no data" {
	probe '.mounts += [{destination: "/a", type: "tmpfs", source: "x", options: ["nofail", "_netdev", "auto",
		"noauto", "user", "nouser", "users", "owner", "group", "x-systemd.automount", "X-mount.mkdir", "comment=x"]}]'
	check 'mount("/a").type == "tmpfs"'
}

@test "data on a bind mount is refused, and words that need root are, too" {
	mkdir src
	container ".mounts += [{destination: \"/m\", type: \"none\", source: \"$W/src\", options: [\"bind\", \"size=1m\"]}]" \
		/bin/probe true
	expect fail 'config.json:[0-9]+:[0-9]+: /mounts/[0-9]+/options: bind mounts cannot .*size=1m'
}

# ---- words of crun ----

@test "copy-symlink: a link appears as a link; the same one may be there" {
	ln -s ../where src
	for _ in 1 2; do
		container ".mounts += [{destination: \"/a/b\", type: \"none\", source: \"$W/src\",
			options: [\"bind\", \"copy-symlink\"]}]" /bin/probe stat /a/b
		expect 0 '/a/b link .* -> ../where'
	done
	ln -sfn elsewhere "$B/rootfs/a/b"
	run_hull run -b "$B" "$ID"
	expect fail 'something else is there already \[config.json:[0-9]+:[0-9]+ /mounts/[0-9]+\]'
}

@test "copy-symlink: one that only the host reaches, in a user namespace" {
	mkdir -m 700 private
	ln -s ../where private/src
	bundle b '.linux.namespaces += [{type: "user"}] | .process.args = ["/bin/probe", "stat", "/tmp/b"] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings |
		.mounts += [{destination: "/tmp/b", type: "none", source: ($w + "/private/src"), options: ["bind", "copy-symlink"]}]' \
		--arg w "$W"
	run_hull run -b "$B" "$ID"
	expect 0 '/tmp/b link .* -> ../where'
}

@test "copy-symlink: what is no link is bound" {
	echo text >src
	container ".mounts += [{destination: \"/b\", type: \"none\", source: \"$W/src\", options: [\"bind\", \"copy-symlink\"]}]" \
		/bin/probe cat /b
	expect 0 '^text$'
}

@test "src-nofollow: the link itself is bound; without, what it leads to" {
	echo text >file
	ln -s file src
	shell ".mounts += [{destination: \"/l\", type: \"none\", source: \"$W/src\", options: [\"bind\", \"src-nofollow\"]},
		{destination: \"/f\", type: \"none\", source: \"$W/src\", options: [\"bind\"]}]" \
		'probe stat /l /f; cat /f'
	expect 0 '^/l link .* -> file
/f file .*
text$'
}

@test "dest-nofollow: a link at the target is covered; without, what it leads to" {
	echo text >file
	bundle b '.process.args = ["/bin/sh", "-c", "probe stat /t /to; cat /t"] | .mounts += [{destination: "/t",
		type: "none", source: ($w + "/file"), options: ["bind", "dest-nofollow"]}]' --arg w "$W"
	ln -s to "$B/rootfs/t"
	echo other >"$B/rootfs/to"
	run_hull run -b "$B" "$ID"
	expect 0 '^/t file .*
/to file .*
text$'
	reconfigure '.mounts[-1].options = ["bind"] | .process.args[2] = "probe stat /t; cat /to"'
	run_hull run -b "$B" "$ID"
	expect 0 '^/t link .*
text$'
	[ "$(cat "$B/rootfs/to")" = other ]
}

# ---- locked flags ----

# A container of an ordinary user, whose mounts all came from the host's namespace.
as_user() {
	rm -rf u
	mkdir -p u
	cp -al "$SUITE/root" u/rootfs
	mkdir u/rootfs/m
	jq --arg w "$W" '.process.terminal = false | .root.path = "rootfs" | .process.args = ["/bin/probe", "probe"] |
		.linux.namespaces = [("user", "mount", "pid", "uts", "ipc", "network") | {type: .}] |
		.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}] | .linux.gidMappings = .linux.uidMappings |
		.linux.resources = null | .mounts |= map(select(.destination == "/proc" or .destination == "/dev")) |
		.mounts += [{destination: "/m", type: "none", source: ($w + "/src"), options: $ARGS.positional}]' \
		--args "$@" <"$SUITE/config.json" >u/config.json
	chmod 755 "$W" u
	chown -hR 1000:1000 u/config.json
	mkdir -p "$STATE"
	chown 1000:1000 "$STATE"
	status=0
	timeout -k 2 $((30 * SLOW)) setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all \
		"$HULL" --root "$STATE" run -b "$W/u" "$ID" >"$W/output" 2>&1 3>&- || status=$?
	output=$(<"$W/output")
	printf '%s\n' "$output" >"$W/probe.json"
}

@test "locked flags: kept where nothing is said, an error that names them where they should go" {
	need "no user namespaces for ordinary users" setpriv --reuid 1000 --regid 1000 --clear-groups unshare --user true
	mkdir src
	mount -t tmpfs -o nosuid,nodev,noexec,noatime src src
	for options in bind bind,ro bind,nosuid,noatime rbind,rro; do
		# shellcheck disable=SC2086 # the words are separate
		as_user ${options//,/ }
		expect 0
		check 'mount("/m").options | has_all(["nosuid", "nodev", "noexec", "noatime"])'
		[[ $options != *ro ]] || check 'mount("/m").options | index(["ro"])'
	done
	for word in suid dev exec relatime rexec; do
		as_user rbind $word
		expect fail "config.json:[0-9]+:[0-9]+" /mounts/2 'operation not permitted' "locked.*no(${word#r}|atime)"
	done
	umount src
}

@test "locked flags: root's mounts have none, and bind,ro keeps what the source has" {
	mkdir src
	mount -t tmpfs -o nosuid,nodev,noexec src src
	probe ".linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .mounts += [
		{destination: \"/var\", type: \"none\", source: \"$W/src\", options: [\"bind\", \"ro\"]},
		{destination: \"/home\", type: \"none\", source: \"$W/src\", options: [\"bind\", \"dev\"]}]"
	umount src
	check 'mount("/var").options | has_all(["ro", "nosuid", "nodev", "noexec"])' \
	      'mount("/home").options | has_all(["rw", "nosuid", "noexec"]) and index(["nodev"]) == null'
}
