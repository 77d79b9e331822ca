/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of spec/validate_*.c. A row is a document and what must be found
 * in it: all of it, nothing else. The first word names the requirement.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hull/spec.h"

/* ' stands for ". */
#define TOP(rest)	"{'ociVersion':'1.3.0','root':{'path':'r'}" rest "}"
#define LINUX(rest)	TOP(",'linux':{" rest "}")
#define NS(types, rest)	LINUX("'namespaces':[" types "]," rest)
#define T(type)		"{'type':'" type "'}"
#define PROCESS(rest)	TOP(",'process':{'cwd':'/','args':['x']" rest "}")
#define MOUNT(rest)	TOP(",'mounts':[{" rest "}]")
#define HOOK(rest)	TOP(",'hooks':{'poststop':[{" rest "}]}")
#define MAP		"[{'containerID':0,'hostID':1,'size':1}]"
#define DEVICE(rest)	LINUX("'devices':[{'path':'/dev/x'," rest "}]")
#define NO_FILE		"must be the name of a file of a cgroup, like memory.high\n"
#define RESOURCES(rest)	LINUX("'resources':{" rest "}")
#define SECCOMP(rest)	LINUX("'seccomp':{" rest "}")
#define RULE(rest)	SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{" rest "}]")
#define RDT(rest)	LINUX("'intelRdt':{" rest "}")
#define NO_V2		": cgroup v2 has no such setting\n"
#define LONG64		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *id, *json, *want;
} rows[] = {
	{ "VER-01", "{'root':{'path':'r'}}", "/ociVersion: missing\n" },
	{ "VER-02", "{'ociVersion':'1.0','root':{'path':'r'}}",
	  "/ociVersion: must be a version like 1.3.0 (SemVer), is \"1.0\"\n" },
	{ "VER-04", "{'ociVersion':'1.4.0','root':{'path':'r'}}",
	  "warning: /ociVersion: is newer than 1.3.0: what it adds is unknown here, is \"1.4.0\"\n" },
	{ "VER-05", "{'ociVersion':'2.0.0','root':{'path':'r'}}",
	  "/ociVersion: must be 1.x.y: no other is known, is \"2.0.0\"\n" },
	{ "ROOT-01", "{'ociVersion':'1.3.0'}", "/root: missing\n" },
	{ "ROOT-01", "{'ociVersion':'1.3.0','root':7}", "/root: expected an object\n" },
	{ "ROOT-02", "{'ociVersion':'1.3.0','root':{}}", "/root/path: missing\n" },
	{ "ROOT-02", "{'ociVersion':'1.3.0','root':{'path':''}}",
	  "/root/path: must not be empty, is \"\"\n" },
	{ "GEN-05", TOP(",'mounts':null,'process':null,'linux':null"), "" },
	{ "GEN-09", TOP(",'x':{'y':[1.5]},'linux':{'x':1},'windows':{'x':{}}"), "" },
	{ "GEN-15", TOP(""), "" },
	{ "HOST-02", TOP(",'hostname':'h','domainname':'d'"),
	  "/hostname: needs a uts namespace\n/domainname: needs a uts namespace\n" },
	{ "HOST-02", TOP(",'hostname':'','domainname':''"), "" },
	{ "HOST-02", TOP(",'hostname':'h','domainname':'d','linux':{'namespaces':[" T("uts") "]}"),
	  "" },
	{ "HOST-01", TOP(",'hostname':'" LONG64 "','linux':{'namespaces':[" T("uts") "]}"), "" },
	{ "HOST-01", TOP(",'hostname':'" LONG64 "x','linux':{'namespaces':[" T("uts") "]}"),
	  "/hostname: must not be longer than 64 bytes, is \"" LONG64 "x\"\n" },
	{ "HOST-03", TOP(",'domainname':'" LONG64 "x','linux':{'namespaces':[" T("uts") "]}"),
	  "/domainname: must not be longer than 64 bytes, is \"" LONG64 "x\"\n" },
	{ "ANN-01", TOP(",'annotations':{'a':1}"), "/annotations/a: expected string\n" },
	{ "ANN-02", TOP(",'annotations':{'':'x','k':''}"),
	  "/annotations/: must not have an empty key\n" },
	{ "VM-01", TOP(",'vm':{'kernel':{'path':'/k'}}"),
	  "/vm: this runtime starts no virtual machines\n" },

	{ "MNT-02", MOUNT("'type':'proc'"), "/mounts/0/destination: missing\n" },
	{ "MNT-02", MOUNT("'destination':''"),
	  "/mounts/0/destination: must not be empty, is \"\"\n" },
	{ "MNT-04", MOUNT("'destination':'a/b'"),
	  "warning: /mounts/0/destination: should be an absolute path; taken as relative to /, "
	  "is \"a/b\"\n" },
	{ "MNT-IDM-08", MOUNT("'destination':'/a','options':['idmap'],'gidMappings':" MAP),
	  "/mounts/0: must have both uidMappings and gidMappings, or neither\n" },

	{ "PROC-ARGS-01", TOP(",'process':{'cwd':'/'}"),
	  "/process/args: must have at least one entry\n" },
	{ "PROC-ARGS-01", TOP(",'process':{'cwd':'/','args':'sh'}"),
	  "/process/args: expected a list\n" },
	{ "PROC-CWD-01", TOP(",'process':{'args':['x']}"), "/process/cwd: missing\n" },
	{ "PROC-CWD-01", TOP(",'process':{'args':['x'],'cwd':'home'}"),
	  "/process/cwd: must be an absolute path, is \"home\"\n" },
	{ "PROC-TTY-02", PROCESS(",'consoleSize':{'height':70000}"), "" },
	{ "PROC-TTY-03", PROCESS(",'terminal':true,'consoleSize':{'height':24}"),
	  "/process/consoleSize: must have height and width\n" },
	{ "PROC-TTY-03", PROCESS(",'terminal':true,'consoleSize':{'height':70000,'width':0}"),
	  "/process/consoleSize: must not exceed 65535\n" },
	{ "USER-01", PROCESS(",'user':{}"),
	  "/process/user/uid: missing\n/process/user/gid: missing\n" },
	{ "USER-02", PROCESS(",'user':{'uid':0,'gid':0,'umask':512}"),
	  "/process/user/umask: must not exceed 511 (0777)\n" },
	{ "IOP-02", PROCESS(",'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}"),
	  "/process/ioPriority/priority: must be from 0 to 7\n" },
	{ "IOP-02", PROCESS(",'ioPriority':{'class':'IOPRIO_CLASS_BE'}"),
	  "/process/ioPriority/priority: missing\n" },

	{ "HOOK-GEN-03", HOOK("'path':'true'"),
	  "/hooks/poststop/0/path: must be an absolute path, is \"true\"\n" },
	{ "HOOK-GEN-03", HOOK("'path':''"),
	  "/hooks/poststop/0/path: must be an absolute path, is \"\"\n" },
	{ "HOOK-GEN-06", HOOK("'path':'/x','timeout':0"),
	  "/hooks/poststop/0/timeout: must be greater than zero\n" },

	{ "NS-01", NS(T("net"), ""), "/linux/namespaces/0/type: must be mount, pid, network, uts, "
				     "ipc, user, cgroup or time, is \"net\"\n" },
	{ "NS-02", NS("{}", ""), "/linux/namespaces/0/type: missing\n" },
	{ "NS-04", NS("{'type':'ipc','path':'proc/1/ns/ipc'}", ""),
	  "/linux/namespaces/0/path: must be an absolute path, is \"proc/1/ns/ipc\"\n" },
	{ "NS-08", NS(T("pid") "," T("ipc") "," T("pid") "," T("pid"), ""),
	  "/linux/namespaces/2/type: must not be listed twice\n"
	  "/linux/namespaces/3/type: must not be listed twice\n" },
	{ "NS-09", LINUX("'maskedPaths':['/a'],'readonlyPaths':['/b']"),
	  "/linux/maskedPaths: need a mount namespace\n"
	  "/linux/readonlyPaths: need a mount namespace\n" },
	{ "MAP-01", NS(T("user"), "'gidMappings':" MAP ",'uidMappings':[{'containerID':0,"
				  "'hostID':4294967295,'size':2},{'containerID':9,'hostID':0,"
				  "'size':0},{'hostID':4294967295,'containerID':0,'size':1}]"),
	  "/linux/uidMappings/0: goes beyond the highest id, 4294967295\n"
	  "/linux/uidMappings/1/size: must not be 0\n" },
	{ "MAP-04", LINUX("'uidMappings':" MAP ",'gidMappings':" MAP),
	  "/linux/uidMappings: need a user namespace\n/linux/gidMappings: need a user namespace\n" },
	{ "MAP-05", NS(T("user"), "'uidMappings':" MAP),
	  "/linux/gidMappings: a new user namespace needs them\n" },
	{ "MAP-05", NS(T("user"), ""),
	  "/linux/uidMappings: a new user namespace needs them\n"
	  "/linux/gidMappings: a new user namespace needs them\n" },
	{ "MAP-06", NS("{'type':'user','path':'/x'}", "'uidMappings':" MAP ",'gidMappings':" MAP),
	  "warning: /linux/uidMappings: the user namespace that is joined has its own\n" },
	{ "TIME-01", NS(T("time"), "'timeOffsets':{'realtime':{}}"),
	  "/linux/timeOffsets/realtime: must be monotonic or boottime\n" },
	{ "TIME-02", NS(T("time"), "'timeOffsets':{'boottime':{'nanosecs':1000000000}}"),
	  "/linux/timeOffsets/boottime/nanosecs: must not exceed 999999999\n" },
	{ "TIME-04", LINUX("'timeOffsets':{'boottime':{'secs':-1}}"),
	  "/linux/timeOffsets: need a new time namespace\n" },
	{ "TIME-04", NS("{'type':'time','path':'/x'}", "'timeOffsets':{'boottime':{}}"),
	  "/linux/timeOffsets: need a new time namespace\n" },

	{ "DEV-03", DEVICE("'type':'x','major':1,'minor':3"),
	  "/linux/devices/0/type: must be c, b, u or p, is \"x\"\n" },
	{ "DEV-03", DEVICE("'type':'u','major':1,'minor':3"), "" },
	{ "DEV-03", DEVICE("'type':'p'"), "" },
	{ "DEV-04", LINUX("'devices':[{'type':'p','path':'dev/x'}]"),
	  "/linux/devices/0/path: must be an absolute path, is \"dev/x\"\n" },
	{ "DEV-06", DEVICE("'type':'c'"),
	  "/linux/devices/0/major: missing\n/linux/devices/0/minor: missing\n" },
	{ "DEV-06", DEVICE("'type':'b','major':4096,'minor':-1"),
	  "/linux/devices/0/major: must be from 0 to 4095\n"
	  "/linux/devices/0/minor: must be from 0 to 1048575\n" },
	{ "DEV-07", DEVICE("'type':'p','fileMode':8630"), "" },	/* Podman: with the type */
	{ "RES-03", RESOURCES("'cpu':{'realtimeRuntime':0,'realtimePeriod':0}"), "" },
	{ "DEV-07", DEVICE("'type':'p','fileMode':512"),
	  "/linux/devices/0/fileMode: must not exceed 511 (0777)\n" },

	{ "NETD-03", LINUX("'netDevices':{'eth0':{}}"),
	  "/linux/netDevices: need a network namespace\n" },
	{ "NETD-03", NS(T("network"), "'netDevices':{'lo':{}}"),
	  "/linux/netDevices/lo: every network namespace has its own\n" },
	{ "NETD-05", NS(T("network"), "'netDevices':{'eth0':{'name':'c%d'},'eth1':{'name':''}}"),
	  "" },
	{ "NETD-12", NS(T("network"), "'netDevices':{'a b':{},'0123456789abcdef':{},"
				      "'e':{'name':'..'},'f':{'name':'%d%d'}}"),
	  "/linux/netDevices/a b: is not the name of a network device\n"
	  "/linux/netDevices/0123456789abcdef: is not the name of a network device\n"
	  "/linux/netDevices/e/name: must be the name of a network device, is \"..\"\n"
	  "/linux/netDevices/f/name: must be the name of a network device, is \"%d%d\"\n" },

	{ "MASK-01", NS(T("mount"), "'maskedPaths':['/a','proc','']"),
	  "/linux/maskedPaths/1: must be an absolute path, is \"proc\"\n"
	  "/linux/maskedPaths/2: must be an absolute path, is \"\"\n" },
	{ "ROP-01", NS(T("mount"), "'readonlyPaths':['proc']"),
	  "/linux/readonlyPaths/0: must be an absolute path, is \"proc\"\n" },

	{ "RDT-05", RDT("'closID':'/'"), "" },
	{ "RDT-13", RDT("'l3CacheSchema':'MB:0=1'"),
	  "warning: /linux/intelRdt/l3CacheSchema: should start with L3:, is \"MB:0=1\"\n" },
	{ "RDT-14", RDT("'memBwSchema':'MB:0=1\\nL3:0=1'"),
	  "/linux/intelRdt/memBwSchema: must be one line that starts with MB:, "
	  "is \"MB:0=1\\nL3:0=1\"\n" },
	{ "RDT-15", RDT("'schemata':['a','a\\nb']"),
	  "/linux/intelRdt/schemata/1: must be one line, is \"a\\nb\"\n" },
	{ "RDT-21", RDT("'enableCMT':true,'enableMBM':true"), "" },
	{ "RDT-22", RDT("'closID':'..'"),
	  "/linux/intelRdt/closID: must be one name, or /, is \"..\"\n" },
	{ "RDT-22", RDT("'closID':'a/b'"),
	  "/linux/intelRdt/closID: must be one name, or /, is \"a/b\"\n" },
	{ "PERS-02", LINUX("'personality':{'domain':'LINUX32','flags':['X']}"),
	  "/linux/personality/flags: must be empty: none is defined\n" },
	{ "MPOL-01", LINUX("'memoryPolicy':{}"), "/linux/memoryPolicy/mode: missing\n" },

	{ "SEC-01", SECCOMP(""), "/linux/seccomp/defaultAction: missing\n" },
	{ "SEC-03", SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':1"),
	  "/linux/seccomp/defaultErrnoRet: needs the default action SCMP_ACT_ERRNO or _TRACE\n" },
	{ "SEC-03", SECCOMP("'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096"),
	  "/linux/seccomp/defaultErrnoRet: must not exceed 4095\n" },
	{ "SEC-04", RULE("'names':['read'],'action':'SCMP_ACT_KILL','errnoRet':0"),
	  "/linux/seccomp/syscalls/0/errnoRet: needs the action SCMP_ACT_ERRNO or _TRACE\n" },
	{ "SEC-04", RULE("'names':['read'],'action':'SCMP_ACT_TRACE','errnoRet':5000"),
	  "/linux/seccomp/syscalls/0/errnoRet: must not exceed 4095\n" },
	{ "SEC-10", SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','listenerMetadata':''"),
	  "/linux/seccomp/listenerMetadata: needs listenerPath\n" },
	{ "SEC-18", RULE("'names':[],'action':'SCMP_ACT_LOG'"),
	  "/linux/seccomp/syscalls/0/names: must have at least one entry\n" },
	{ "SEC-18", RULE("'action':'SCMP_ACT_LOG'"), "/linux/seccomp/syscalls/0/names: missing\n" },
	{ "SEC-20", RULE("'names':['x'],'action':'SCMP_ACT_LOG','args':[{'index':6,'value':0,"
			 "'op':'SCMP_CMP_EQ'}]"),
	  "/linux/seccomp/syscalls/0/args/0/index: must be from 0 to 5\n" },

	{ "RES-DEV-02", RESOURCES("'devices':[{}]"), "/linux/resources/devices/0/allow: missing\n" },
	{ "RES-DEV-03", RESOURCES("'devices':[{'allow':true,'type':'p'}]"),
	  "/linux/resources/devices/0/type: must be a, b or c, is \"p\"\n" },
	{ "RES-DEV-05", RESOURCES("'devices':[{'allow':true,'access':'rx'},"
				  "{'allow':true,'access':''}]"),
	  "/linux/resources/devices/0/access: must be letters of rwm, is \"rx\"\n"
	  "/linux/resources/devices/1/access: must be letters of rwm, is \"\"\n" },
	{ "RES-03", RESOURCES("'memory':{'kernel':1,'kernelTCP':-2,'swappiness':0,"
			      "'disableOOMKiller':true,'useHierarchy':false}"),
	  "/linux/resources/memory/kernel" NO_V2
	  "/linux/resources/memory/kernelTCP" NO_V2
	  "/linux/resources/memory/swappiness" NO_V2
	  "/linux/resources/memory/disableOOMKiller" NO_V2
	  "/linux/resources/memory/useHierarchy: cgroup v2 is always hierarchical\n" },
	{ "RES-03", RESOURCES("'memory':{'kernel':0,'kernelTCP':0,'disableOOMKiller':false,"
			      "'useHierarchy':true}"), "" },
	{ "RES-03", RESOURCES("'memory':{'kernel':-1,'kernelTCP':-1}"), "" },
	{ "RES-03", RESOURCES("'blockIO':{'leafWeight':0,'weightDevice':[{'major':8,'minor':0,"
			      "'weight':10,'leafWeight':0}]},'network':{'classID':0}"), "" },
	{ "RES-03", RESOURCES("'cpu':{'realtimeRuntime':1,'realtimePeriod':1}"),
	  "/linux/resources/cpu/realtimeRuntime" NO_V2
	  "/linux/resources/cpu/realtimePeriod" NO_V2 },
	{ "RES-03", RESOURCES("'blockIO':{'leafWeight':10,'weightDevice':[{'major':8,'minor':0,"
			      "'leafWeight':10},{'major':8,'minor':0,'weight':10}]}"),
	  "/linux/resources/blockIO/leafWeight" NO_V2
	  "/linux/resources/blockIO/weightDevice/0/leafWeight" NO_V2 },
	{ "RES-03", RESOURCES("'network':{'classID':1,'priorities':[{'name':'e','priority':1}]}"),
	  "/linux/resources/network/classID" NO_V2 "/linux/resources/network/priorities" NO_V2 },
	{ "RES-03", RESOURCES("'network':{'priorities':[]}"), "" },
	{ "RES-BIO-03", RESOURCES("'blockIO':{'weightDevice':[{'major':8,'minor':0}]}"),
	  "/linux/resources/blockIO/weightDevice/0/weight: missing\n" },
	{ "RES-BIO-04", RESOURCES("'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0}]}"),
	  "/linux/resources/blockIO/throttleReadBpsDevice/0/rate: missing\n" },
	{ "RES-HP-01", RESOURCES("'hugepageLimits':[{'pageSize':'64kB','limit':1},"
				 "{'pageSize':'0MB','limit':1},{'pageSize':'1GB','limit':1},"
				 "{'pageSize':'2M','limit':1},{'pageSize':'12','limit':1}]"),
	  "/linux/resources/hugepageLimits/0/pageSize: must be like 64KB, 2MB or 1GB, is \"64kB\"\n"
	  "/linux/resources/hugepageLimits/1/pageSize: must be like 64KB, 2MB or 1GB, is \"0MB\"\n"
	  "/linux/resources/hugepageLimits/3/pageSize: must be like 64KB, 2MB or 1GB, is \"2M\"\n"
	  "/linux/resources/hugepageLimits/4/pageSize: must be like 64KB, 2MB or 1GB, is \"12\"\n" },
	{ "RES-RDMA-01", RESOURCES("'rdma':{'mlx':{}}"),
	  "/linux/resources/rdma/mlx: must have hcaHandles or hcaObjects\n" },
	{ "RES-RDMA-01", RESOURCES("'rdma':{'mlx hca_handle=max':{'hcaHandles':1}}"),
	  "/linux/resources/rdma/mlx hca_handle=max: the device's name has blanks or '=' in it\n" },
	{ "RES-PID-01", RESOURCES("'pids':{}"), "" },
	{ "RES-UNI-05", RESOURCES("'unified':{'../x':'1','':'1','..':'1','memory':'1','memory.high':'1'}"),
	  "/linux/resources/unified/..~1x: " NO_FILE "/linux/resources/unified/: " NO_FILE
	  "/linux/resources/unified/..: " NO_FILE "/linux/resources/unified/memory: " NO_FILE },
};

static char *json_of(const char *row)
{
	char *json = strdup(row);

	/* LINUX() and NS() may leave a comma before the closing bracket. */
	for (char *c = json; *c; c++)
		*c = *c == '\'' ? '"' : *c == ',' && c[1] == '}' ? ' ' : *c;
	return json;
}

static char *found_in(const char *json)
{
	auto_arena struct arena a = { 0 };
	findings found = { 0 };
	struct config config;
	char *text;
	size_t size, errors = 0;
	FILE *f = open_memstream(&text, &size);
	struct err *err = spec_read(&a, "x", json, strlen(json), &config, &found);

	for_each (x, &found) {
		fprintf(f, "%s%s: %s\n", x->warning ? "warning: " : "", x->pointer, x->text);
		errors += !x->warning;
	}
	fclose(f);
	assert_int_equal(!!err, !!errors);
	err_free(err);
	return text;
}

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		auto_free char *json = json_of(rows[i].json);
		auto_free char *text = found_in(json);

		if (strcmp(text, rows[i].want))
			fail_msg("%s: %s\nexpected:\n%sfound:\n%s", rows[i].id, json, rows[i].want,
				 text);
	}
	print_message("%zu documents\n", countof(rows));
}

static const struct {
	const char *version;
	bool ok;
} versions[] = {
	{ "1.0.0", true },		{ "1.3.0", true },	{ "1.2.10", true },
	{ "1.0.2-dev", true },		{ "1.1.0-rc.2", true },	{ "1.3.0+dev", true },
	{ "1.0.0-0a.-.b-1+001.x", true },
	{ "1.0", false },		{ "v1.0.0", false },	{ "01.0.0", false },
	{ "1.00.0", false },		{ "1.0.0-", false },	{ "1.0.0-a..b", false },
	{ "1.0.0-01", false },		{ "1.0.0+", false },	{ "1.0.0+a+b", false },
	{ "1.0.0-a_b", false },		{ "", false },		{ "1.0.0 ", false },
	{ "1.0.0.0", false },		{ "0.9.0", false },	{ "10.0.0", false },
	{ "1..0", false },		{ "-1.0.0", false },	{ "1.0.0-a+b-c.01", true },
};

static void test_versions(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(versions); i++) {
		auto_free char *json = NULL, *text = NULL;

		assert_true(asprintf(&json, "{\"ociVersion\":\"%s\",\"root\":{\"path\":\"r\"}}",
				     versions[i].version) > 0);
		text = found_in(json);
		if (!*text != versions[i].ok)
			fail_msg("%s: %s", versions[i].version, text);
	}
}

/* One look at a document tells all that is wrong with it. */
static void test_all_at_once(void **state)
{
	auto_free char *json = json_of(TOP(",'process':{'cwd':3,'args':[]},'mounts':[{},"
					   "{'destination':'/','optoins':[]}],'hostname':'h'"));
	auto_free char *text = found_in(json);

	(void)state;
	assert_string_equal(text,
			    "/process/cwd: expected string\n"
			    "/mounts/0/destination: missing\n"
			    "warning: /mounts/1/optoins: unknown name \"optoins\"; "
			    "did you mean \"options\"?\n"
			    "/hostname: needs a uts namespace\n"
			    "/process/args: must have at least one entry\n");
}

/* A long value is not repeated whole. */
static void test_long_value(void **state)
{
	auto_free char *json = NULL, *text = NULL;

	(void)state;
	assert_true(asprintf(&json, "{\"ociVersion\":\"%0500d\",\"root\":{\"path\":\"r\"}}", 1) > 0);
	text = found_in(json);
	assert_in_range(strlen(text), 100, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_long_value),
	};

	return cmocka_run_group_tests_name("validate", tests, NULL, NULL);
}
