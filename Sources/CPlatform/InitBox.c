#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include "Init.h"

// A box: what it is told by its socket, and one job after the other.

// What a box is told. Answers the kind, 0 when there is nobody any more, -1 when nothing has come. Files that come along
// are put to `files`, four at most.
SHARED long bobbin_init_hear(long link, int64_t *value, int64_t *files) {
  int64_t message[2];
  message[0] = 0;
  message[1] = 0;
  // cmsghdr and room for four numbers, aligned.
  int64_t control[6];
  struct iovec part;
  part.iov_base = message;
  part.iov_len = sizeof message;
  struct msghdr header;
  header.msg_name = 0;
  header.msg_namelen = 0;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = files ? sizeof control : 0;
  header.msg_flags = 0;
  long size = bobbin_init_sys(SYS_recvmsg, link, (long)&header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT, 0, 0, 0);
  if (size == -EAGAIN || size == -EINTR) return -1;
  if (size < (long)sizeof message) return 0;
  *value = message[1];
  if (files && header.msg_controllen >= CMSG_LEN(4 * sizeof(int))) {
    int *numbers = (int *)((char *)control + CMSG_LEN(0));
    for (int i = 0; i < 4; i++) files[i] = numbers[i];
  } else if (files) {
    files[0] = -1;
  }
  return message[0];
}

// Tells what stands where something was to be mounted, and waits for the answer. 0: it is not what it was to be.
ALONE int is_as_asked(struct life *life) {
  for (int64_t i = 0; i < life->launch[MOUNTED]; i++) {
    struct statx found;
    // STATX_INO alone; the device comes with everything.
    long answer = bobbin_init_sys(SYS_statx, AT_FDCWD, (long)life->mounted[i], AT_SYMLINK_NOFOLLOW, 0x100, (long)&found, 0);
    if (answer < 0) {
      bobbin_init_report(life->status, MOUNT, i, -1, 0);
    } else {
      bobbin_init_report(life->status, MOUNT, i, (int64_t)((uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor),
             (int64_t)found.stx_ino);
    }
  }
  for (;;) {
    int64_t value = 0;
    long kind = bobbin_init_hear(life->link, &value, 0);
    if (kind == GO) return 1;
    if (kind >= 0 && kind != SIGNAL) return 0;
    // A SIGTERM before anything ran: there is nothing to be ended.
    if (kind == SIGNAL) return 0;
    bobbin_init_await(life, -1);
    if (bobbin_init_signalled(life) == SIGTERM) return 0;
  }
}

// The first process of a box: takes one job after the other from whoever listens at the path.
SHARED void bobbin_init_serve(struct life *life, char *path) {
  struct sockaddr_un address;
  address.sun_family = AF_UNIX;
  long length = 0;
  for (; path[length]; length++) {
    if (length + 1 >= (long)sizeof address.sun_path) bobbin_init_leave(70);
    address.sun_path[length] = path[length];
  }
  address.sun_path[length] = 0;
  life->link = bobbin_init_sys(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, 0, 0, 0);
  if (life->link < 0) bobbin_init_leave(70);
  if (bobbin_init_sys(SYS_connect, life->link, (long)&address, sizeof address, 0, 0, 0) < 0) bobbin_init_leave(70);
  life->status = life->link;
  bobbin_init_look(life->own);
  for (;;) {
    int64_t value = 0;
    int64_t files[4];
    long kind = bobbin_init_hear(life->link, &value, files);
    if (kind < 0) {
      bobbin_init_await(life, -1);
      // `podman stop` of a box that has nothing to do.
      if (bobbin_init_signalled(life) == SIGTERM) bobbin_init_leave(0);
      continue;
    }
    // For the job before, which had just ended.
    if (kind == SIGNAL) continue;
    if (kind != RUN || files[0] < 0) bobbin_init_leave(0);
    if (!bobbin_init_take(life, files[0])) bobbin_init_leave(70);
    bobbin_init_sys(SYS_close, files[0], 0, 0, 0, 0, 0);
    for (int i = 0; i < 3; i++) life->launch[INPUT + i] = files[1 + i];
    if (!is_as_asked(life)) bobbin_init_leave(0);
    bobbin_init_live(life);
    // First all that is left is ended: who hears that it is over reads what the job wrote.
    int clean = bobbin_init_is_clean(life);
    bobbin_init_over(life);
    bobbin_init_report(life->status, CLEAN, clean, 0, 0);
    bobbin_init_sys(SYS_munmap, (long)life->paths, life->strings_size, 0, 0, 0, 0);
    bobbin_init_sys(SYS_munmap, (long)life->launch, life->size, 0, 0, 0, 0);
  }
}
#endif
