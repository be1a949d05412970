// Lets one system call of a program go wrong, or ends the program in its place: loaded before libc by LD_PRELOAD, so that what
// is tested is the program as it is, release builds too, and every call of it counts and not only those that it says are steps.
//
//   BOBBIN_CALL_FAULT   KINDS:WHAT@N  what happens at the Nth call of these kinds: "sync,rename:kill@3", "write:EIO@1"
//   BOBBIN_CALL_FIRED   a file that is made when it does
//   BOBBIN_CALL_COUNT   a file that says at the program's end how many calls of these kinds it made; N is 0 then
//
// KINDS: create open write sync rename link unlink mkdir times spawn wait, or "durable": all of them but open; and those that
// change nothing: read, stat (any look at a name or an open file), list (names of a folder), pipe (any descriptor that is no
// file: pipes, memory files, epoll, signals, events, sockets, pids), watch (inotify).
// WHAT: kill, short (a write takes half of what it is given; one of a single byte does not count), or an error: EIO ENOSPC
// EMFILE ENOMEM EACCES EINTR.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CREATE = 1, OPEN = 2, WRITE = 4, SYNC = 8, RENAME = 16, LINK = 32, UNLINK = 64, MKDIR = 128, TIMES = 256,
       SPAWN = 512, WAIT = 1024, READ = 2048, STAT = 4096, LIST = 8192, PIPE = 16384, WATCH = 32768 };
static const struct { const char *name; int kinds; } kinds_by_name[] = {
  {"create", CREATE}, {"open", OPEN}, {"write", WRITE}, {"sync", SYNC}, {"rename", RENAME}, {"link", LINK},
  {"unlink", UNLINK}, {"mkdir", MKDIR}, {"times", TIMES}, {"spawn", SPAWN}, {"wait", WAIT}, {"durable", 2047 & ~OPEN},
  {"read", READ}, {"stat", STAT}, {"list", LIST}, {"pipe", PIPE}, {"watch", WATCH}};
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

// How much of a write is to be done; -1: none, errno says why. A single byte has no half: it is no call that could be short.
static ssize_t allowed(size_t size) {
  if (what == -2 && size < 2) return (ssize_t)size;
  int code = fires(WRITE);
  if (code > 0) { errno = code; return -1; }
  return (ssize_t)(code == -2 ? size / 2 : size);
}
ssize_t write(int fd, const void *bytes, size_t size) {
  ssize_t some = allowed(size);
  return some < 0 ? -1 : REAL(write)(fd, bytes, (size_t)some);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t from) {
  ssize_t some = allowed(size);
  return some < 0 ? -1 : REAL(pwrite)(fd, bytes, (size_t)some, from);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t from) {
  ssize_t some = allowed(size);
  return some < 0 ? -1 : REAL(pwrite64)(fd, bytes, (size_t)some, from);
}
ssize_t writev(int fd, const struct iovec *parts, int number) {
  size_t size = 0;
  for (int i = 0; i < number; i++) size += parts[i].iov_len;
  ssize_t some = allowed(size);
  if (some < 0) return -1;
  if ((size_t)some == size) return REAL(writev)(fd, parts, number);
  // Whole parts as far as they go, else of the first that has any: less than half is short too.
  int whole = 0;
  size_t room = (size_t)some;
  while (parts[whole].iov_len <= room) room -= parts[whole++].iov_len;
  if (room < (size_t)some) return REAL(writev)(fd, parts, whole);
  return REAL(write)(fd, parts[whole].iov_base, room);
}

ssize_t read(int fd, void *bytes, size_t size) { FAIL(READ, -1); return REAL(read)(fd, bytes, size); }
ssize_t pread(int fd, void *bytes, size_t size, off_t from) { FAIL(READ, -1); return REAL(pread)(fd, bytes, size, from); }
ssize_t pread64(int fd, void *bytes, size_t size, off64_t from) {
  FAIL(READ, -1);
  return REAL(pread64)(fd, bytes, size, from);
}
ssize_t readv(int fd, const struct iovec *parts, int number) { FAIL(READ, -1); return REAL(readv)(fd, parts, number); }

#define STAT_LIKE(name, place, type) \
  int name(place of, struct type *status) { FAIL(STAT, -1); return REAL(name)(of, status); }
STAT_LIKE(stat, const char *, stat)
STAT_LIKE(stat64, const char *, stat64)
STAT_LIKE(lstat, const char *, stat)
STAT_LIKE(lstat64, const char *, stat64)
STAT_LIKE(fstat, int, stat)
STAT_LIKE(fstat64, int, stat64)
int fstatat(int folder, const char *path, struct stat *status, int flags) {
  FAIL(STAT, -1);
  return REAL(fstatat)(folder, path, status, flags);
}
int fstatat64(int folder, const char *path, struct stat64 *status, int flags) {
  FAIL(STAT, -1);
  return REAL(fstatat64)(folder, path, status, flags);
}
int statx(int folder, const char *path, int flags, unsigned mask, struct statx *status) {
  FAIL(STAT, -1);
  return REAL(statx)(folder, path, flags, mask, status);
}
int access(const char *path, int mode) { FAIL(STAT, -1); return REAL(access)(path, mode); }
int faccessat(int folder, const char *path, int mode, int flags) {
  FAIL(STAT, -1);
  return REAL(faccessat)(folder, path, mode, flags);
}
ssize_t readlink(const char *path, char *text, size_t size) { FAIL(STAT, -1); return REAL(readlink)(path, text, size); }
ssize_t readlinkat(int folder, const char *path, char *text, size_t size) {
  FAIL(STAT, -1);
  return REAL(readlinkat)(folder, path, text, size);
}

ssize_t getdents64(int fd, void *entries, size_t size) { FAIL(LIST, -1); return REAL(getdents64)(fd, entries, size); }
struct dirent *readdir(DIR *folder) { FAIL(LIST, NULL); return REAL(readdir)(folder); }
struct dirent64 *readdir64(DIR *folder) { FAIL(LIST, NULL); return REAL(readdir64)(folder); }

int pipe(int ends[2]) { FAIL(PIPE, -1); return REAL(pipe)(ends); }
int pipe2(int ends[2], int flags) { FAIL(PIPE, -1); return REAL(pipe2)(ends, flags); }
int memfd_create(const char *name, unsigned flags) { FAIL(PIPE, -1); return REAL(memfd_create)(name, flags); }
int epoll_create1(int flags) { FAIL(PIPE, -1); return REAL(epoll_create1)(flags); }
int eventfd(unsigned value, int flags) { FAIL(PIPE, -1); return REAL(eventfd)(value, flags); }
int signalfd(int fd, const sigset_t *set, int flags) { FAIL(PIPE, -1); return REAL(signalfd)(fd, set, flags); }
int socket(int domain, int type, int protocol) { FAIL(PIPE, -1); return REAL(socket)(domain, type, protocol); }

int inotify_init1(int flags) { FAIL(WATCH, -1); return REAL(inotify_init1)(flags); }
int inotify_add_watch(int fd, const char *path, uint32_t mask) {
  FAIL(WATCH, -1);
  return REAL(inotify_add_watch)(fd, path, mask);
}

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
    case SYS_getdents64: kind = LIST; break;
    case SYS_memfd_create: case SYS_pidfd_open: kind = PIPE; break;
    case SYS_statx: kind = STAT; break;
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
