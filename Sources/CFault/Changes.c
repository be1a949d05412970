// Calls that change what a folder or a file holds, and those that open one.
#include "Plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>

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
  if (call_fault_what == CALL_FAULT_SHORT && size < 2) return (ssize_t)size;
  int code = call_fault_fires(WRITE);
  if (code > 0) { errno = code; return -1; }
  return (ssize_t)(code == CALL_FAULT_SHORT ? size / 2 : size);
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

// These two return the error, and leave errno alone. They write nothing that could be half.
#define RESERVE(name, type) \
  int name(int fd, type from, type size) { \
    int code = call_fault_what == CALL_FAULT_SHORT ? 0 : call_fault_fires(WRITE); \
    return code > 0 ? code : REAL(name)(fd, from, size); \
  }
RESERVE(posix_fallocate, off_t)
RESERVE(posix_fallocate64, off64_t)

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
int symlinkat(const char *to, int a, const char *from) { FAIL(LINK, -1); return REAL(symlinkat)(to, a, from); }
int unlink(const char *path) { FAIL(UNLINK, -1); return REAL(unlink)(path); }
int unlinkat(int folder, const char *path, int flags) { FAIL(UNLINK, -1); return REAL(unlinkat)(folder, path, flags); }
int rmdir(const char *path) { FAIL(UNLINK, -1); return REAL(rmdir)(path); }
int mkdir(const char *path, mode_t mode) { FAIL(MKDIR, -1); return REAL(mkdir)(path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { FAIL(MKDIR, -1); return REAL(mkdirat)(folder, path, mode); }
int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
  FAIL(TIMES, -1);
  return REAL(utimensat)(folder, path, times, flags);
}
int futimens(int fd, const struct timespec times[2]) { FAIL(TIMES, -1); return REAL(futimens)(fd, times); }

int chmod(const char *path, mode_t mode) { FAIL(MODE, -1); return REAL(chmod)(path, mode); }
int fchmod(int fd, mode_t mode) { FAIL(MODE, -1); return REAL(fchmod)(fd, mode); }
int fchmodat(int folder, const char *path, mode_t mode, int flags) {
  FAIL(MODE, -1);
  return REAL(fchmodat)(folder, path, mode, flags);
}
int fchown(int fd, uid_t owner, gid_t group) { FAIL(MODE, -1); return REAL(fchown)(fd, owner, group); }
int fremovexattr(int fd, const char *name) { FAIL(MODE, -1); return REAL(fremovexattr)(fd, name); }
