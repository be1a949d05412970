#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>

int bobbin_rename_new(int from_folder, const char *from, int to_folder, const char *to) {
  return renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE);
}

int bobbin_open_same_mount(int folder, const char *name) {
  enum { flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW };
  struct open_how how = {.flags = flags, .resolve = RESOLVE_NO_XDEV};
  int fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
  // EPERM is what seccomp(2) of some containers answers for calls that it does not know.
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return fd;
  fd = openat(folder, name, flags);
  struct stat outer, inner;
  if (fd < 0 || (fstat(folder, &outer) == 0 && fstat(fd, &inner) == 0 && outer.st_dev == inner.st_dev)) return fd;
  close(fd);
  errno = EXDEV;
  return -1;
}

ssize_t bobbin_getdents(int folder, void *buffer, size_t size) { return syscall(SYS_getdents64, folder, buffer, size); }

int bobbin_syncfs(int fd) { return syncfs(fd); }

int bobbin_has_writer(int fd) {
  if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
    fcntl(fd, F_SETLEASE, F_UNLCK);
    return 0;
  }
  return errno == EAGAIN ? 1 : -1;
}

int bobbin_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int bobbin_pidfd_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

int bobbin_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int bobbin_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

void bobbin_name_thread(pthread_t thread, const char *name) {
  char cut[16];
  snprintf(cut, sizeof cut, "%s", name);
  pthread_setname_np(thread, cut);
}

int bobbin_has_attribute(int fd, const char *name) { return fgetxattr(fd, name, NULL, 0) >= 0; }

int bobbin_remove_attributes(int fd) {
  char names[65536];  // XATTR_LIST_MAX: the kernel has no longer list
  ssize_t size = flistxattr(fd, names, sizeof names);
  if (size < 0) return errno == ENOTSUP ? 0 : -1;
  for (ssize_t at = 0; at < size; at += (ssize_t)strlen(names + at) + 1) {
    // The labels of security modules are the machine's, and not for the owner of a file to take off.
    if (strncmp(names + at, "security.", 9) == 0 && strcmp(names + at, "security.capability") != 0) continue;
    if (fremovexattr(fd, names + at) < 0 && errno != ENODATA) return -1;
  }
  return 0;
}

int bobbin_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int bobbin_o_path(void) { return O_PATH; }

int bobbin_open_unnoticed(int folder, const char *name, int flags) {
  int fd = openat(folder, name, flags | O_NOATIME);
  // Only the owner may, and root.
  return fd < 0 && errno == EPERM ? openat(folder, name, flags) : fd;
}

int bobbin_reserve(int fd, off_t size) { return posix_fallocate(fd, 0, size); }

int bobbin_listen(int folder, const char *name, int mode) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name) >=
      (int)sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  // Before anybody can come in: the mode of the name is what lets them.
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && fchmodat(folder, name, (mode_t)mode, 0) == 0 &&
      listen(fd, 1) == 0)
    return fd;
  int problem = errno;
  close(fd);
  errno = problem;
  return -1;
}

int bobbin_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int bobbin_connect(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >= (int)sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  int problem = errno;
  close(fd);
  errno = problem;
  return -1;
}

pid_t bobbin_peer(int fd) {
  struct ucred credentials = {0, 0, 0};
  socklen_t size = sizeof credentials;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) ? -1 : credentials.pid;
}

ssize_t bobbin_send(int fd, const void *bytes, size_t size, const int *files, int count) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(BOBBIN_MOST_SENT * sizeof(int))];
  } control;
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > BOBBIN_MOST_SENT) {
    errno = EINVAL;
    return -1;
  }
  if (count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    memcpy(CMSG_DATA(&control.header), files, (size_t)count * sizeof(int));
  }
  return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}
#endif

uint64_t bobbin_hard_limit(int resource) {
  struct rlimit limit;
  return getrlimit(resource, &limit) ? 0 : limit.rlim_max;
}

int bobbin_own_usage(struct rusage *usage) { return getrusage(RUSAGE_SELF, usage); }
