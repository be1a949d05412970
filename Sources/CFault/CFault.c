// Lets one system call of a program go wrong, or ends the program in its place: loaded before libc by LD_PRELOAD, so that what
// is tested is the program as it is, release builds too, and every call of it counts and not only those that it says are steps.
//
//   BOBBIN_CALL_FAULT   KINDS:WHAT@N  what happens at the Nth call of these kinds: "sync,rename:kill@3", "write:EIO@1"
//   BOBBIN_CALL_FIRED   a file that is made when it does
//   BOBBIN_CALL_COUNT   a file that says at the program's end how many calls of these kinds it made; N is 0 then
//
// KINDS: create open write sync rename link unlink mkdir times spawn wait, or "durable": all of them but open.
// WHAT: kill, short (a write takes half of what it is given), or an error: EIO ENOSPC EMFILE ENOMEM EACCES EINTR.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CREATE = 1, OPEN = 2, WRITE = 4, SYNC = 8, RENAME = 16, LINK = 32, UNLINK = 64, MKDIR = 128, TIMES = 256,
       SPAWN = 512, WAIT = 1024 };
static const struct { const char *name; int kinds; } kinds_by_name[] = {
  {"create", CREATE}, {"open", OPEN}, {"write", WRITE}, {"sync", SYNC}, {"rename", RENAME}, {"link", LINK},
  {"unlink", UNLINK}, {"mkdir", MKDIR}, {"times", TIMES}, {"spawn", SPAWN}, {"wait", WAIT}, {"durable", 2047 & ~OPEN}};
static const struct { const char *name; int code; } errors_by_name[] = {
  {"kill", -1}, {"short", -2}, {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM},
  {"EACCES", EACCES}, {"EINTR", EINTR}};

static int wanted, what;
static long when;
static pid_t own;
static atomic_long count;
static const char *mark;

__attribute__((constructor)) static void read_plan(void) {
  const char *plan = getenv("BOBBIN_CALL_FAULT");
  mark = getenv("BOBBIN_CALL_FIRED");
  own = (pid_t)syscall(SYS_getpid);
  const char *colon = plan ? strchr(plan, ':') : NULL, *at = colon ? strchr(colon, '@') : NULL;
  if (!at) return;
  for (const char *word = plan; word < colon;) {
    size_t length = strcspn(word, ",:");
    for (size_t i = 0; i < sizeof kinds_by_name / sizeof *kinds_by_name; i++)
      if (strlen(kinds_by_name[i].name) == length && !strncmp(word, kinds_by_name[i].name, length))
        wanted |= kinds_by_name[i].kinds;
    word += length + 1;
  }
  for (size_t i = 0; i < sizeof errors_by_name / sizeof *errors_by_name; i++) {
    size_t length = strlen(errors_by_name[i].name);
    if (length == (size_t)(at - colon - 1) && !strncmp(colon + 1, errors_by_name[i].name, length))
      what = errors_by_name[i].code;
  }
  when = strtol(at + 1, NULL, 10);
}

__attribute__((destructor)) static void tell_count(void) {
  const char *path = getenv("BOBBIN_CALL_COUNT");
  if (!path || syscall(SYS_getpid) != own) return;
  char digits[24], *first = digits + sizeof digits;
  for (long left = atomic_load(&count); left > 0 || first == digits + sizeof digits; left /= 10)
    *--first = (char)('0' + left % 10);
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return;
  syscall(SYS_write, fd, first, (size_t)(digits + sizeof digits - first));
  syscall(SYS_close, fd);
}

// Nonzero: this call is the one. A child before its exec has our memory, and is none of ours.
static int fires(int kind) {
  if (!(wanted & kind) || syscall(SYS_getpid) != own) return 0;
  if (atomic_fetch_add(&count, 1) + 1 != when) return 0;
  int fd = mark ? (int)syscall(SYS_openat, AT_FDCWD, mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (fd >= 0) syscall(SYS_close, fd);
  if (what == -1) {
    syscall(SYS_kill, own, SIGKILL);
    for (;;) pause();
  }
  return what;
}

#define REAL(name) ({ static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); real; })
#define FAIL(kind, value) do { int code = fires(kind); if (code > 0) { errno = code; return value; } } while (0)

#define OPEN_LIKE(name, at_parameter, at_argument) \
  int name(at_parameter const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    FAIL(flags & O_CREAT ? CREATE : OPEN, -1); \
    return REAL(name)(at_argument path, flags, mode); \
  }
#define AT_PARAMETER int folder,
#define AT_ARGUMENT folder,
OPEN_LIKE(open, , )
OPEN_LIKE(open64, , )
OPEN_LIKE(openat, AT_PARAMETER, AT_ARGUMENT)
OPEN_LIKE(openat64, AT_PARAMETER, AT_ARGUMENT)

ssize_t write(int fd, const void *bytes, size_t size) {
  int code = fires(WRITE);
  if (code > 0) { errno = code; return -1; }
  return REAL(write)(fd, bytes, code == -2 && size > 1 ? size / 2 : size);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t from) {
  int code = fires(WRITE);
  if (code > 0) { errno = code; return -1; }
  return REAL(pwrite)(fd, bytes, code == -2 && size > 1 ? size / 2 : size, from);
}
ssize_t writev(int fd, const struct iovec *parts, int number) { FAIL(WRITE, -1); return REAL(writev)(fd, parts, number); }

int fsync(int fd) { FAIL(SYNC, -1); return REAL(fsync)(fd); }
int fdatasync(int fd) { FAIL(SYNC, -1); return REAL(fdatasync)(fd); }
int syncfs(int fd) { FAIL(SYNC, -1); return REAL(syncfs)(fd); }

int rename(const char *from, const char *to) { FAIL(RENAME, -1); return REAL(rename)(from, to); }
int renameat(int a, const char *from, int b, const char *to) { FAIL(RENAME, -1); return REAL(renameat)(a, from, b, to); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
  FAIL(RENAME, -1);
  return REAL(renameat2)(a, from, b, to, flags);
}
int link(const char *from, const char *to) { FAIL(LINK, -1); return REAL(link)(from, to); }
int linkat(int a, const char *from, int b, const char *to, int flags) {
  FAIL(LINK, -1);
  return REAL(linkat)(a, from, b, to, flags);
}
int unlink(const char *path) { FAIL(UNLINK, -1); return REAL(unlink)(path); }
int unlinkat(int folder, const char *path, int flags) { FAIL(UNLINK, -1); return REAL(unlinkat)(folder, path, flags); }
int mkdir(const char *path, mode_t mode) { FAIL(MKDIR, -1); return REAL(mkdir)(path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { FAIL(MKDIR, -1); return REAL(mkdirat)(folder, path, mode); }
int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
  FAIL(TIMES, -1);
  return REAL(utimensat)(folder, path, times, flags);
}
int futimens(int fd, const struct timespec times[2]) { FAIL(TIMES, -1); return REAL(futimens)(fd, times); }

int waitid(idtype_t type, id_t id, siginfo_t *info, int options) { FAIL(WAIT, -1); return REAL(waitid)(type, id, info, options); }
pid_t waitpid(pid_t pid, int *status, int options) { FAIL(WAIT, -1); return REAL(waitpid)(pid, status, options); }
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage) {
  FAIL(WAIT, -1);
  return REAL(wait4)(pid, status, options, usage);
}

int clone(int (*body)(void *), void *stack, int flags, void *argument, ...) {
  va_list rest;
  va_start(rest, argument);
  void *parent = va_arg(rest, void *), *tls = va_arg(rest, void *), *child = va_arg(rest, void *);
  va_end(rest);
  FAIL(SPAWN, -1);
  return REAL(clone)(body, stack, flags, argument, parent, tls, child);
}

// What libc has no function for, or the program does not call by it.
long syscall(long number, ...) {
  static long (*real)(long, ...);
  if (!real) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  va_list rest;
  va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long), d = va_arg(rest, long),
       e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  int kind = 0;
  if (wanted) {
    switch (number) {
    case SYS_renameat2: kind = RENAME; break;
    case SYS_syncfs: kind = SYNC; break;
#ifdef SYS_openat2
    case SYS_openat2: kind = *(unsigned long *)c & O_CREAT ? CREATE : OPEN; break;
#endif
    case SYS_clone:
#ifdef SYS_clone3
    case SYS_clone3:
#endif
      kind = SPAWN;
      break;
    }
    if (kind) FAIL(kind, -1);
  }
  return real(number, a, b, c, d, e, f);
}
