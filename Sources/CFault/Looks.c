// Calls that change nothing that lasts.
#include "Plan.h"

#include <dirent.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

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
STAT_LIKE(fstatfs, int, statfs)
STAT_LIKE(fstatfs64, int, statfs64)
STAT_LIKE(fstatvfs, int, statvfs)
STAT_LIKE(fstatvfs64, int, statvfs64)
ssize_t fgetxattr(int fd, const char *name, void *value, size_t size) {
  FAIL(STAT, -1);
  return REAL(fgetxattr)(fd, name, value, size);
}
ssize_t flistxattr(int fd, char *names, size_t size) { FAIL(STAT, -1); return REAL(flistxattr)(fd, names, size); }

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
int socketpair(int domain, int type, int protocol, int ends[2]) {
  FAIL(PIPE, -1);
  return REAL(socketpair)(domain, type, protocol, ends);
}
int dup(int fd) { FAIL(PIPE, -1); return REAL(dup)(fd); }

int inotify_init1(int flags) { FAIL(WATCH, -1); return REAL(inotify_init1)(flags); }
int inotify_add_watch(int fd, const char *path, uint32_t mask) {
  FAIL(WATCH, -1);
  return REAL(inotify_add_watch)(fd, path, mask);
}
int epoll_ctl(int poll, int what, int fd, struct epoll_event *event) {
  FAIL(WATCH, -1);
  return REAL(epoll_ctl)(poll, what, fd, event);
}

int epoll_wait(int poll, struct epoll_event *events, int number, int timeout) {
  FAIL(POLL, -1);
  return REAL(epoll_wait)(poll, events, number, timeout);
}
int poll(struct pollfd *entries, nfds_t number, int timeout) { FAIL(POLL, -1); return REAL(poll)(entries, number, timeout); }

int flock(int fd, int what) { FAIL(LOCK, -1); return REAL(flock)(fd, what); }
#define FCNTL_LIKE(name) \
  int name(int fd, int what, ...) { \
    va_list rest; \
    va_start(rest, what); \
    void *argument = va_arg(rest, void *); \
    va_end(rest); \
    if (what == F_SETLEASE || what == F_SETLK || what == F_OFD_SETLK) FAIL(LOCK, -1); \
    if (what == F_DUPFD || what == F_DUPFD_CLOEXEC) FAIL(PIPE, -1); \
    return REAL(name)(fd, what, argument); \
  }
FCNTL_LIKE(fcntl)
FCNTL_LIKE(fcntl64)

#define MMAP_LIKE(name, type) \
  void *name(void *at, size_t size, int rights, int flags, int fd, type from) { \
    FAIL(MAP, MAP_FAILED); \
    return REAL(name)(at, size, rights, flags, fd, from); \
  }
MMAP_LIKE(mmap, off_t)
MMAP_LIKE(mmap64, off64_t)
