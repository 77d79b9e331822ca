# SPDX-License-Identifier: Apache-2.0
#
# The command line: its grammar, what --help and --version print, and how
# errors are logged. No container is needed; HULL is the program.

bats_require_minimum_version 1.5.0

setup() {
	W=$BATS_TEST_TMPDIR
	ROOT=$W/root
	mkdir "$ROOT"
	cd "$W" || return
	COMMANDS="create run start state kill delete list spec features help"
}

hull() {
	"$HULL" "$@" 3>&- 4>&-
}

# ok COMMAND...: must succeed; its standard output is then in $output, its errors in $stderr
ok() {
	run --separate-stderr hull "$@"
	[ "$status" = 0 ] || complain "should have succeeded"
}

# not_ok COMMAND...: must fail with 1 and print nothing but errors
not_ok() {
	run --separate-stderr hull "$@"
	[ "$status" = 1 ] || complain "should have failed"
	[ -z "$output" ] || complain "should print nothing"
}

# says PATTERN...: each is in the errors
says() {
	local pattern
	for pattern; do
		[[ $stderr =~ $pattern ]] || complain "errors do not match: $pattern"
	done
}

complain() {
	printf '%s\n' "$1" "status: $status" "output: $output" "errors: $stderr"
	return 1
}

# ---- help ----

@test "--help, -h and -? list all commands on standard output" {
	local word command
	for word in --help -help -h '-?' help; do
		ok "$word"
		[ -z "$stderr" ]
		for command in $COMMANDS; do
			grep -qE "^  $command +[A-Z].*\.$" <<<"$output"
		done
		grep -q -- '--cgroup-manager NAME' <<<"$output"
	done
}

@test "COMMAND --help and help COMMAND say the same" {
	local command
	for command in $COMMANDS completion; do
		ok "$command" --help
		[ -z "$stderr" ]
		[[ ${lines[0]} == "Usage: hull $command [OPTION]..."* ]]
		ok help "$command"
		diff <(printf '%s\n' "$output") <(hull "$command" -h)
	done
}

@test "create --help has all options that engines use" {
	local option
	ok create --help
	for option in bundle console-socket pid-file preserve-fds no-pivot no-new-keyring; do
		grep -qE -- "--$option( |$)" <<<"$output"
	done
}

@test "--help counts also after wrong arguments" {
	ok create a b c --help
	ok start --help a b
}

@test "help of an unknown command fails" {
	not_ok help frobnicate
	says 'unknown command "frobnicate"'
}

@test "an option that is accepted for others is not shown" {
	ok create --help
	[[ ! $output =~ --detach ]]
	ok run --help
	grep -q -- '-d, --detach' <<<"$output"
}

@test "help --tables has a line for each option" {
	ok help --tables
	grep -qxFe $'-\t--root\t-\tDIR' <<<"$output"
	grep -qxF $'create\t--bundle\tb\tDIR' <<<"$output"
	grep -qxF $'run\t--bundle\tb\tDIR' <<<"$output"
	grep -qxF $'kill\t--all\ta\t-' <<<"$output"
	run grep -vE $'^(-|[a-z]+)\t--[a-z0-9-]+\t[^\t]+\t[^\t]+$' <<<"$output"
	[ -z "$output" ]
}

# ---- version ----

@test "--version, -v and -V print lines that programs read" {
	local word
	for word in --version -version -v -V; do
		ok "$word"
		[ -z "$stderr" ]
		[[ ${lines[0]} =~ ^hull\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
		grep -qxE 'spec: 1\.[0-9]+\.[0-9]+' <<<"$output"
		grep -qxE 'libseccomp: [0-9]+\.[0-9]+\.[0-9]+' <<<"$output"
		grep -qE '^\+.*\+SECCOMP' <<<"$output"
	done
}

@test "called as runc, the version begins with that; so for crun, not for others" {
	local name
	for name in runc crun; do
		ln -s "$HULL" "$name"
		run ./$name --version
		[[ ${lines[0]} == "$name version "* ]]
	done
	ln -s "$HULL" docker-runc
	run ./docker-runc --version
	[[ ${lines[0]} == "hull version "* ]]
}

@test "the name does not matter for anything else" {
	local name
	for name in runc crun other; do
		ln -s "$HULL" "$name"
		run --separate-stderr "./$name" --root "$ROOT" state nothing
		[ "$status" = 1 ]
		[[ $stderr == "hull: "*"container does not exist"* ]]
	done
}

# ---- grammar ----

@test "no command is an error" {
	not_ok
	says '^hull: no command given'
	not_ok --root "$ROOT"
	says '^hull: no command given'
}

@test "an unknown command is named, in words that engines do not mistake" {
	not_ok frobnicate
	says '^hull: unknown command "frobnicate"'
	[[ ! ${stderr,,} =~ not\ found|no\ such\ file|permission ]]
}

@test "checkpoint --help fails: engines ask this to learn whether they can" {
	not_ok checkpoint --help
}

@test "an unknown global option is named, in words that engines do not mistake" {
	not_ok --invalidflag list
	says '^hull: unknown option --invalidflag$'
	[[ ! ${stderr,,} =~ not\ found|no\ such\ file|permission ]]
	not_ok --invalidflag=/etc/secret list
	says '^hull: unknown option --invalidflag$'
}

@test "an unknown option of a command is named" {
	not_ok create --bogus id
	says '^hull: create: unknown option --bogus; see "hull create --help"$'
	not_ok list -Z
	says 'unknown option -Z'
}

@test "options of a command do not count before it, nor global ones after it" {
	not_ok --bundle x create id
	says 'unknown option --bundle'
	not_ok create --root x id
	says 'unknown option --root'
}

@test "an option without its argument says so" {
	not_ok create --bundle
	says 'option --bundle requires an argument'
	not_ok --root
	says 'option --root requires an argument'
	not_ok create id -b
	says 'option -b requires an argument'
}

@test "values follow as a word or after =, with one dash or two" {
	local words
	for words in "--format json" "--format=json" "-format json" "-format=json" "-f json" "-f=json"; do
		# shellcheck disable=SC2086 # words
		ok --root "$ROOT" list $words
		jq . <<<"$output" >/dev/null
	done
}

@test "a word that is not one of those known is refused with the list" {
	not_ok list --format xml
	says '--format: expected one of table, json, not "xml"'
	not_ok --cgroup-manager upstart list
	says '--cgroup-manager: expected one of cgroupfs, systemd, disabled, not "upstart"'
	not_ok --log-format yaml list
	says '--log-format: expected one of text, json, not "yaml"'
	not_ok run --dry-run=yaml x
	says '--dry-run: expected one of text, json, not "yaml"'
}

@test "flags take true, false, 1 and 0, and nothing else" {
	local value
	for value in true false 1 0; do
		ok --root "$ROOT" "--systemd-cgroup=$value" "--debug=0" list "--quiet=$value"
	done
	not_ok --root "$ROOT" list --quiet=yes
	says '--quiet: expected one of true, false, 1, 0, not "yes"'
}

@test "a flag does not eat the next word" {
	ok --root "$ROOT" delete --force nothing
	ok --root "$ROOT" delete nothing --force
	not_ok --root "$ROOT" delete --force=false nothing
	says 'container does not exist'
}

@test "numbers are numbers" {
	local value
	for value in -1 x 1x 0x10 ' 1' 99999999999999999999 ''; do
		not_ok create "--preserve-fds=$value" id
		says '--preserve-fds: expected a number'
	done
}

@test "of repeated options the last one counts" {
	ok --root /nonexistent/x --root "$ROOT" --log-format text --log-format=json list -q
	not_ok --debug --log-level error --log "$W/log" --root "$ROOT" state nothing
	[ "$(wc -l <"$W/log")" = 1 ]
}

@test "--systemd-cgroup and --cgroup-manager are one choice" {
	ok --systemd-cgroup --cgroup-manager disabled --root "$ROOT" list
	ok --cgroup-manager=cgroupfs --systemd-cgroup --root "$ROOT" list
}

@test "options may follow the id" {
	not_ok --root "$ROOT" create id -b "$W/nowhere"
	says nowhere
	not_ok --root "$ROOT" run id --bundle="$W/nowhere"
	says nowhere
}

@test "what follows the id of kill is a signal, whatever it looks like" {
	not_ok --root "$ROOT" kill -a nothing 9
	says 'does not exist'
	not_ok --root "$ROOT" kill nothing --all
	[[ ! $stderr =~ "unknown option" ]]
}

@test "-- ends the options" {
	not_ok --root "$ROOT" -- state -- --help
	[[ ! $stderr =~ "unknown option" ]]
	not_ok --root "$ROOT" state -- a b
	says '^hull: state needs exactly one argument, 2 given'
}

@test "the wrong number of arguments: an error first, then usage" {
	local command
	for command in create run start state delete; do
		not_ok "$command"
		says "^hull: $command needs exactly one argument, 0 given" "Usage: hull $command"
		not_ok "$command" a b
		says "^hull: $command needs exactly one argument, 2 given"
	done
	not_ok kill
	says '^hull: kill needs 1 to 2 arguments, 0 given'
	not_ok list a
	says '^hull: list needs no arguments, 1 given'
	not_ok features a
	not_ok spec a
}

@test "callers' other options are accepted" {
	ok --rootless=true --criu /usr/sbin/criu --root "$ROOT" list
	ok --rootless auto --log "" --log-format "" --root "$ROOT" list
}

@test "an invalid id is refused" {
	local id
	for id in '' . .. a/b 'a b' -- -x; do
		not_ok --root "$ROOT" state -- "$id"
	done
}

@test "create accepts --detach, as go-runc may send it" {
	not_ok --root "$ROOT" create --detach --bundle "$W/nowhere" id
	says nowhere
	[[ ! $stderr =~ "unknown option" ]]
}

# ---- commands that need no container ----

@test "spec writes a configuration, once" {
	ok spec
	[ -z "$output$stderr" ]
	jq -e '.ociVersion and .process.args and .root.path' config.json >/dev/null
	cp config.json before
	not_ok spec
	cmp config.json before
}

@test "spec -b DIR, -f FILE, --rootless" {
	mkdir b
	ok spec -b b -f other.json --rootless
	jq -e '.linux.namespaces | map(.type) | index("user")' b/other.json >/dev/null
	[ ! -e config.json ]
}

@test "features is one JSON document and nothing else" {
	ok features
	[ -z "$stderr" ]
	jq -e '.ociVersionMin and .ociVersionMax' <<<"$output" >/dev/null
}

@test "list of nothing; but a directory that was named must exist" {
	not_ok --root "$W/none" list
	says '/none: no such directory'
	ok --root "$ROOT" list
	[[ ${lines[0]} =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER ]]
	ok --root "$ROOT" list -q
	[ -z "$output" ]
}

@test "delete --force of nothing is silent success" {
	ok --root "$ROOT" delete --force nothing
	[ -z "$output$stderr" ]
}

@test "a regular expression that matches nothing is no error" {
	ok --root "$ROOT" delete --regex '^x'
	ok --root "$ROOT" kill --regex '^x' KILL
	not_ok --root "$ROOT" delete --regex '('
}

@test "a full disk is noticed" {
	run --separate-stderr bash -c '"$HULL" --version >/dev/full'
	[ "$status" = 1 ]
	[[ $stderr == "hull: write standard output: no space left"* ]]
}

# ---- errors and the log ----

@test "an error is one line on standard error" {
	not_ok --root "$ROOT" state nothing
	[ "$(wc -l <<<"$stderr")" = 1 ]
	says '^hull: .*container does not exist'
}

@test "with --log it is a record there, too" {
	not_ok --log log.txt --root "$ROOT" state nothing
	says '^hull: .*container does not exist'
	[ "$(wc -l <log.txt)" = 1 ]
	grep -qE '^level="error" msg=".*container does not exist.*" time="[^"]+" ' log.txt
}

@test "JSON records: level, msg, time first; the time is RFC 3339" {
	not_ok --log log.json --log-format json --root "$ROOT" state nothing
	says '^hull: '
	jq -es 'length == 1 and (.[0] | keys_unsorted[:3] == ["level", "msg", "time"] and
		.level == "error" and (.msg | test("container does not exist")) and
		(.time | test("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$")) and
		.container == "nothing" and .verb == "state")' log.json
}

@test "mistakes on the command line are logged, too" {
	not_ok --log log.json --log-format json create --bogus id
	jq -e '.level == "error" and .verb == "create" and (.msg | test("--bogus"))' log.json
}

@test "--log-format json without --log: the record is on standard error" {
	not_ok --log-format json --root "$ROOT" state nothing
	jq -e '.level == "error"' <<<"$stderr"
}

@test "the log exists even if nothing is written" {
	umask 022
	ok --log log.json --log-format json --root "$ROOT" list
	[ "$(stat -c '%s %a' log.json)" = "0 644" ]
}

@test "the log is never truncated" {
	echo before >log
	not_ok --log log --root "$ROOT" state nothing
	not_ok --log file:log --root "$ROOT" state nothing
	[ "$(wc -l <log)" = 3 ]
	[ "$(head -1 log)" = before ]
}

@test "--debug logs more, --log-level error nothing else" {
	ok --debug --log log --root "$ROOT" list
	grep -q 'level="debug" msg="called as .* list"' log
	ok --log-level=error --log log2 --root "$ROOT" list
	[ ! -s log2 ]
}

@test "a log that cannot be opened is an error" {
	not_ok --log "$W/no/such/dir/log" --root "$ROOT" list
	says '^hull: --log: open .*/no/such/dir/log: no such file or directory'
}

@test "a terminal is not to be tricked" {
	not_ok $'evil\e[31m\x9b\n\xff\xc3\xa9'
	says 'unknown command "evil\\x1b\[31m\\x9b\\x0a\\xffé"'
	[ "$(wc -l <<<"$stderr")" = 1 ]
	not_ok --log log.json --log-format json $'evil\e"\\\xff'
	jq -e '.msg == "unknown command \"evil\\x1b\"\\\\xff\"; \"hull help\" lists them"' log.json
}

@test "--log syslog: does not fail where there is none" {
	ok --log syslog:me --root "$ROOT" list
}

@test "--log journald:ID where there is no journal is an error" {
	[ ! -e /run/systemd/journal/socket ] || skip "there is a journal"
	not_ok --log journald:me --root "$ROOT" list
	says '^hull: --log: connect /run/systemd/journal/socket: '
}

# ---- completion ----

@test "completion for bash works" {
	ok completion bash
	[ -z "$stderr" ]
	complete_line() {
		bash -c 'source <("$HULL" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
			_hull; echo "${COMPREPLY[*]}"' bash "$@"
	}
	[ "$(complete_line hull cre)" = create ]
	[ "$(complete_line hull --log-f)" = --log-format ]
	[ "$(complete_line hull --log-format j)" = json ]
	[ "$(complete_line hull --debug create --bun)" = --bundle ]
	[ "$(complete_line hull list --format t)" = table ]
}

@test "completion for other shells is valid where the shell is installed" {
	local shell
	for shell in zsh fish; do
		ok completion "$shell"
		grep -q bundle <<<"$output"
		printf '%s\n' "$output" >script
		if command -v "$shell"; then "$shell" -n script; fi
	done
	not_ok completion tcsh
	says 'expected one of bash, zsh, fish'
}
