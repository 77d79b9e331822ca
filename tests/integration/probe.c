/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe: the container's program in tests. Static, so that it runs on any
 * root. `probe` tells as one JSON document what a process can see of itself;
 * the other modes do one thing each and print what the kernel answered.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

static int number(const char *text)
{
	return (int)strtol(text, NULL, 0);
}

extern char **environ;

#define COUNT(table)	(sizeof(table) / sizeof(*(table)))

/* ---- one JSON document on stdout ---- */

struct json {
	bool more;			/* a comma comes before the next member */
};

static void json_text(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < ' ')
			printf("\\u%04x", *s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void json_name(struct json *j, const char *name)
{
	if (j->more)
		putchar(',');
	j->more = true;
	if (name) {
		json_text(name);
		putchar(':');
	}
}

static void json_open(struct json *j, const char *name, char bracket)
{
	if (name || j->more)
		json_name(j, name);
	putchar(bracket);
	j->more = false;
}

static void json_close(struct json *j, char bracket)
{
	putchar(bracket);
	j->more = true;
}

static void json_string(struct json *j, const char *name, const char *value)
{
	json_name(j, name);
	if (value)
		json_text(value);
	else
		printf("null");
}

static void json_number(struct json *j, const char *name, long long value)
{
	json_name(j, name);
	printf("%lld", value);
}

static void json_list(struct json *j, const char *name, char **list)
{
	json_open(j, name, '[');
	for (; *list; list++)
		json_string(j, NULL, *list);
	json_close(j, ']');
}

/* ---- what a process knows of itself ---- */

/* The text of a link, or of why it cannot be read. */
static const char *link_text(const char *path, char *text, size_t size)
{
	ssize_t n = readlink(path, text, size - 1);

	if (n < 0)
		return strerrorname_np(errno);
	text[n] = '\0';
	return text;
}

/* The lines of a small file as an array; null without the file. */
static void print_lines(struct json *j, const char *name, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[8192];

	if (!f) {
		json_string(j, name, NULL);
		return;
	}
	json_open(j, name, '[');
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		json_string(j, NULL, line);
	}
	json_close(j, ']');
	fclose(f);
}

/* /proc/self/status: what it has about credentials and signals, under the kernel's names. */
static void print_status(struct json *j)
{
	static const char *const names[] = {
		"Uid", "Gid", "Groups", "NSpid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
		"NoNewPrivs", "Seccomp", "SigBlk", "SigIgn", "SigCgt", "Cpus_allowed_list",
	};
	FILE *f = fopen("/proc/self/status", "re");
	char line[4096];
	char *value;

	json_open(j, "status", '{');
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		value = strchr(line, ':');
		if (!value)
			continue;
		*value++ = '\0';
		value += strspn(value, " \t");
		for (size_t i = 0; i < COUNT(names); i++)
			if (!strcmp(line, names[i]))
				json_string(j, line, value);
	}
	json_close(j, '}');
	if (f)
		fclose(f);
}

static void print_ids(struct json *j)
{
	uid_t uid[3];
	gid_t gid[3], groups[256];
	int n = getgroups(COUNT(groups), groups);

	getresuid(&uid[0], &uid[1], &uid[2]);
	getresgid(&gid[0], &gid[1], &gid[2]);
	json_open(j, "uid", '[');
	for (int i = 0; i < 3; i++)
		json_number(j, NULL, uid[i]);
	json_close(j, ']');
	json_open(j, "gid", '[');
	for (int i = 0; i < 3; i++)
		json_number(j, NULL, gid[i]);
	json_close(j, ']');
	json_open(j, "groups", '[');
	for (int i = 0; i < n; i++)
		json_number(j, NULL, groups[i]);
	json_close(j, ']');
}

static void print_namespaces(struct json *j)
{
	static const char *const kinds[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user",
					     "uts" };
	char path[64], text[64];

	json_open(j, "ns", '{');
	for (size_t i = 0; i < COUNT(kinds); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		json_string(j, kinds[i], link_text(path, text, sizeof(text)));
	}
	json_close(j, '}');
}

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG: return "file";
	case S_IFDIR: return "dir";
	case S_IFCHR: return "char";
	case S_IFBLK: return "block";
	case S_IFIFO: return "fifo";
	case S_IFLNK: return "link";
	case S_IFSOCK: return "socket";
	}
	return "other";
}

/* Asks every number, so that it needs no /proc. */
static void print_fds(struct json *j)
{
	char path[64], text[4096];
	struct stat st;

	json_open(j, "fds", '[');
	for (int fd = 0; fd < 1024; fd++) {
		if (fstat(fd, &st))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		json_open(j, NULL, '{');
		json_number(j, "fd", fd);
		json_string(j, "type", type_name(st.st_mode));
		json_number(j, "flags", fcntl(fd, F_GETFL));
		json_number(j, "cloexec", fcntl(fd, F_GETFD));
		json_string(j, "link", link_text(path, text, sizeof(text)));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void print_rlimits(struct json *j)
{
	static const struct { const char *name; int resource; } limits[] = {
		{ "as", RLIMIT_AS }, { "core", RLIMIT_CORE }, { "cpu", RLIMIT_CPU },
		{ "data", RLIMIT_DATA }, { "fsize", RLIMIT_FSIZE }, { "locks", RLIMIT_LOCKS },
		{ "memlock", RLIMIT_MEMLOCK }, { "msgqueue", RLIMIT_MSGQUEUE },
		{ "nice", RLIMIT_NICE }, { "nofile", RLIMIT_NOFILE }, { "nproc", RLIMIT_NPROC },
		{ "rss", RLIMIT_RSS }, { "rtprio", RLIMIT_RTPRIO }, { "rttime", RLIMIT_RTTIME },
		{ "sigpending", RLIMIT_SIGPENDING }, { "stack", RLIMIT_STACK },
	};
	struct rlimit r;

	json_open(j, "rlimits", '{');
	for (size_t i = 0; i < COUNT(limits); i++) {
		getrlimit(limits[i].resource, &r);
		json_open(j, limits[i].name, '[');
		json_number(j, NULL, (long long)r.rlim_cur);
		json_number(j, NULL, (long long)r.rlim_max);
		json_close(j, ']');
	}
	json_close(j, '}');
}

/* sid and pgid are 0 when they are of a process outside the pid namespace. */
static void print_session(struct json *j)
{
	char text[256] = "";
	long key = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	json_string(j, "controlling_tty", tty >= 0 ? "ok" : strerrorname_np(errno));
	json_number(j, "pid", getpid());
	json_number(j, "ppid", getppid());
	json_number(j, "sid", getsid(0));
	json_number(j, "pgid", getpgid(0));
	json_string(j, "tty", isatty(0) ? ttyname(0) : NULL);
	if (tty >= 0)
		close(tty);
	json_number(j, "keyring", key);
	syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, text, sizeof(text) - 1);
	json_string(j, "keyring_text", key < 0 ? NULL : text);
}

static void print_scheduling(struct json *j)
{
	struct sched_param param = { 0 };

	json_number(j, "policy", sched_getscheduler(0));
	sched_getparam(0, &param);
	json_number(j, "priority", param.sched_priority);
	json_number(j, "nice", getpriority(PRIO_PROCESS, 0));
	json_number(j, "ioprio", syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0));
	json_number(j, "personality", personality(0xffffffff));
}

static int mode_probe(int argc, char **argv)
{
	struct json j = { 0 };
	struct utsname uts;
	char cwd[4096];
	mode_t mask = umask(0);

	(void)argc;
	uname(&uts);
	json_open(&j, NULL, '{');
	json_list(&j, "argv", argv);
	json_list(&j, "environ", environ);
	/* The system call itself: glibc hides a directory that is out of reach. */
	json_string(&j, "cwd", syscall(SYS_getcwd, cwd, sizeof(cwd)) > 0 ? cwd : NULL);
	json_number(&j, "umask", mask);
	json_number(&j, "securebits", prctl(PR_GET_SECUREBITS));
	json_number(&j, "dumpable", prctl(PR_GET_DUMPABLE));
	json_string(&j, "hostname", uts.nodename);
	json_string(&j, "domainname", uts.domainname);
	print_ids(&j);
	print_session(&j);
	print_scheduling(&j);
	print_fds(&j);
	print_rlimits(&j);
	print_status(&j);
	print_namespaces(&j);
	print_lines(&j, "oom_score_adj", "/proc/self/oom_score_adj");
	print_lines(&j, "cgroup", "/proc/self/cgroup");
	print_lines(&j, "uid_map", "/proc/self/uid_map");
	print_lines(&j, "gid_map", "/proc/self/gid_map");
	print_lines(&j, "time_offsets", "/proc/self/timens_offsets");
	print_lines(&j, "mounts", "/proc/self/mountinfo");
	json_close(&j, '}');
	putchar('\n');
	return 0;
}

/* ---- one system call: "ok" or the name of its error ---- */

static int report(long result)
{
	puts(result >= 0 ? "ok" : strerrorname_np(errno));
	return result >= 0 ? 0 : 1;
}

static int mode_open(int argc, char **argv)
{
	return report(open(argv[1], (argc > 2 ? (int)strtol(argv[2], NULL, 0) : O_RDONLY) | O_CLOEXEC,
			   0644));
}

static int mode_mkdir(int argc, char **argv)
{
	(void)argc;
	return report(mkdir(argv[1], 0755));
}

static int mode_mount(int argc, char **argv)
{
	return report(mount(argv[1], argv[2], argv[3], argc > 4 ? strtoul(argv[4], NULL, 0) : 0, NULL));
}

static int mode_socket(int argc, char **argv)
{
	return report(socket(number(argv[1]), number(argv[2]), argc > 3 ? number(argv[3]) : 0));
}

static int mode_mknod(int argc, char **argv)
{
	(void)argc;
	return report(mknod(argv[1], (*argv[2] == 'b' ? S_IFBLK : S_IFCHR) | 0666,
			    makedev(number(argv[3]), number(argv[4]))));
}

static int mode_syscall(int argc, char **argv)
{
	long a[7] = { 0 };

	for (int i = 1; i < argc && i <= 7; i++)
		a[i - 1] = strtol(argv[i], NULL, 0);
	return report(syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]));
}

static int mode_write(int argc, char **argv)
{
	int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	(void)argc;
	return report(fd < 0 ? fd : write(fd, argv[2], strlen(argv[2])));
}

/* ---- files ---- */

static int mode_cat(int argc, char **argv)
{
	char buffer[65536];
	size_t n;
	FILE *f;

	for (int i = 1; i < argc; i++) {
		f = fopen(argv[i], "re");
		if (!f)
			return report(-1);
		while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
			fwrite(buffer, 1, n, stdout);
		fclose(f);
	}
	return 0;
}

static int mode_ls(int argc, char **argv)
{
	struct dirent **names;
	int n = scandir(argc > 1 ? argv[1] : ".", &names, NULL, alphasort);

	for (int i = 0; i < n; i++)
		puts(names[i]->d_name);
	return n < 0 ? report(-1) : 0;
}

static int mode_stat(int argc, char **argv)
{
	char text[4096];
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (lstat(argv[i], &st)) {
			printf("%s %s\n", argv[i], strerrorname_np(errno));
			continue;
		}
		printf("%s %s %04o %u:%u %u:%u%s%s\n", argv[i], type_name(st.st_mode),
		       st.st_mode & 07777, st.st_uid, st.st_gid, major(st.st_rdev), minor(st.st_rdev),
		       S_ISLNK(st.st_mode) ? " -> " : "",
		       S_ISLNK(st.st_mode) ? link_text(argv[i], text, sizeof(text)) : "");
	}
	return 0;
}

static int mode_fds(int argc, char **argv)
{
	struct stat st;

	(void)argc;
	(void)argv;
	for (int fd = 0; fd < 65536; fd++)
		if (!fstat(fd, &st))
			printf("%d %s\n", fd, type_name(st.st_mode));
	return 0;
}

/* ---- ways to live and to end ---- */

static int mode_true(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static int mode_exit(int argc, char **argv)
{
	return argc > 1 ? number(argv[1]) : 1;
}

static int mode_echo(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf("%s%s", argv[i], i + 1 < argc ? " " : "");
	putchar('\n');
	return 0;
}

static int mode_sleep(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 3600;

	return usleep((useconds_t)(seconds * 1e6));
}

static void end(int sig)
{
	_exit(128 + sig);
}

/* An init ignores what it has no handler for, so TERM needs one to end it. */
static int mode_pause(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	signal(SIGTERM, end);
	while (pause())
		;
	return 0;
}

/* Says "ready", waits for a signal and names it. Blocked signals wait even for an init. */
static int mode_signal(int argc, char **argv)
{
	sigset_t all;
	int sig;

	sigfillset(&all);
	sigdelset(&all, SIGCHLD);
	sigprocmask(SIG_SETMASK, &all, NULL);
	puts("ready");
	fflush(stdout);
	for (int i = argc > 1 ? number(argv[1]) : 1; i > 0; i--) {
		if (sigwait(&all, &sig))
			return 1;
		printf("%s\n", sigabbrev_np(sig) ? sigabbrev_np(sig) : "RT");
		fflush(stdout);
	}
	return 0;
}

/* In a child of the container's init: an init cannot be ended by a signal of its own. */
static int mode_kill_self(int argc, char **argv)
{
	(void)argc;
	signal(number(argv[1]), SIG_DFL);
	kill(getpid(), number(argv[1]));
	return 1;
}

static int mode_fork(int argc, char **argv)
{
	for (int i = argc > 1 ? number(argv[1]) : 1; i > 0; i--)
		if (fork() == 0)
			return mode_pause(argc, argv);
	puts("ready");
	fflush(stdout);
	return mode_pause(argc, argv);
}

/* CLONE_NEW* as a number: busybox does not know them all. */
static int mode_unshare(int argc, char **argv)
{
	(void)argc;
	if (unshare(number(argv[1])) < 0) {
		perror("unshare");
		return 1;
	}
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}

static void *thread(void *nothing)
{
	while (pause())
		;
	return nothing;
}

static int mode_threads(int argc, char **argv)
{
	pthread_t id;

	for (int i = argc > 1 ? number(argv[1]) : 1; i > 0; i--)
		if (pthread_create(&id, NULL, thread, NULL))
			return 1;
	puts("ready");
	fflush(stdout);
	return mode_pause(argc, argv);
}

/* Nobody stays long, not even the one that makes the others. */
static void breed(void)
{
	for (;;) {
		for (int i = 0; i < 20; i++) {
			if (fork() == 0) {
				usleep(5000);
				_exit(0);
			}
			usleep(1000);
		}
		if (fork() > 0)
			_exit(0);
	}
}

static int mode_breed(int argc, char **argv)
{
	signal(SIGCHLD, SIG_IGN);
	for (int i = argc > 1 ? number(argv[1]) : 1; i > 0; i--)
		if (fork() == 0)
			breed();
	return mode_pause(argc, argv);
}

/* Takes that many MiB of memory, all of its pages, says so, and keeps it. */
static int mode_hog(int argc, char **argv)
{
	size_t size = (size_t)number(argv[1]) << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 1;
	for (size_t at = 0; at < size; at += 4096)
		memory[at] = 1;
	puts("ready");
	fflush(stdout);
	return mode_pause(argc, argv);
}

/* Maps huge pages of 2 MiB, with or without a reservation; then takes one by one. */
static int mode_hugepages(int argc, char **argv)
{
	size_t n = (size_t)number(argv[1]), size = n << 21;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
	char *memory;

	if (argc > 2 && !strcmp(argv[2], "unreserved"))
		flags |= MAP_NORESERVE;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (memory == MAP_FAILED) {
		puts(errno == ENOMEM ? "ENOMEM" : strerror(errno));
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		memory[i << 21] = 1;
		printf("took %zu\n", i + 1);
		fflush(stdout);
	}
	return 0;
}

static const struct mode {
	const char *name, *usage;
	int least;			/* how many arguments it needs */
	int (*run)(int argc, char **argv);
} modes[] = {
	{ "probe",	"",			0, mode_probe },
	{ "cat",	"FILE...",		1, mode_cat },
	{ "ls",		"[DIR]",		0, mode_ls },
	{ "stat",	"PATH...",		1, mode_stat },
	{ "fds",	"",			0, mode_fds },
	{ "write",	"FILE TEXT",		2, mode_write },
	{ "mkdir",	"DIR",			1, mode_mkdir },
	{ "open-try",	"PATH [FLAGS]",		1, mode_open },
	{ "mount-try",	"SRC DIR TYPE [FLAGS]",	3, mode_mount },
	{ "socket-try",	"FAMILY TYPE [PROTO]",	2, mode_socket },
	{ "mknod-try",	"PATH b|c MAJOR MINOR",	4, mode_mknod },
	{ "syscall-try", "NUMBER [ARG...]",	1, mode_syscall },
	{ "echo",	"[WORD...]",		0, mode_echo },
	{ "true",	"",			0, mode_true },
	{ "false",	"",			0, mode_exit },
	{ "exit",	"N",			1, mode_exit },
	{ "sleep",	"SECONDS",		1, mode_sleep },
	{ "pause",	"",			0, mode_pause },
	{ "signal",	"[COUNT]",		0, mode_signal },
	{ "kill-self",	"NUMBER",		1, mode_kill_self },
	{ "fork",	"[N]",			0, mode_fork },
	{ "threads",	"[N]",			0, mode_threads },
	{ "breed",	"[N]",			0, mode_breed },
	{ "unshare",	"MASK PROGRAM [ARG...]", 2, mode_unshare },
	{ "hog",	"MIB",			1, mode_hog },
	{ "hugepages",	"N [unreserved]",	1, mode_hugepages },
	{ 0 }
};

int main(int argc, char **argv)
{
	for (const struct mode *m = modes; argc > 1 && m->name; m++)
		if (!strcmp(m->name, argv[1]) && argc - 2 >= m->least)
			return m->run(argc - 1, argv + 1);
	for (const struct mode *m = modes; m->name; m++)
		fprintf(stderr, "probe %s %s\n", m->name, m->usage);
	return 2;
}
