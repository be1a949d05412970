#if defined(__linux__)
#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { longest_link = 256 };

struct making {
  const char *const *names;
  int fd, error;
};

// A folder of the machine as it is, with the mounts in it, or the link that stands there.
static int show(int machine, int root, const char *name, int *tree, char *link) {
  *tree = -1;
  struct stat status;
  if (fstatat(machine, name, &status, AT_SYMLINK_NOFOLLOW)) return errno == ENOENT ? 0 : -1;
  if (S_ISLNK(status.st_mode)) {
    ssize_t length = readlinkat(machine, name, link, longest_link - 1);
    if (length < 0) return -1;
    link[length] = 0;
    return symlinkat(link, root, name);
  }
  *tree = (int)syscall(SYS_open_tree, machine, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (*tree < 0) return -1;
  return mkdirat(root, name, 0755);
}

static int build(struct making *making) {
  // A root, a folder and a place to stand of this thread's own.
  if (unshare(CLONE_FS | CLONE_NEWNS)) return -1;
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) return -1;
  int machine = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (machine < 0) return -1;
  int answer = -1, root = -1;
  if (mount("none", BOBBIN_GIVEN_PLACE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64k")) goto end;
  root = open(BOBBIN_GIVEN_PLACE, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0 || mkdirat(root, &BOBBIN_GIVEN_PLACE[1], 0755)) goto end;
  for (int i = 0; making->names[i]; i++) {
    char link[longest_link];
    int tree;
    int shown = show(machine, root, making->names[i], &tree, link);
    if (!shown && tree >= 0)
      shown = (int)syscall(SYS_move_mount, tree, "", root, making->names[i], MOVE_MOUNT_F_EMPTY_PATH);
    int code = errno;
    if (tree >= 0) close(tree);
    errno = code;
    if (shown) goto end;
  }
  // The machine's root goes on top of the new one and then away: pivot_root(2), "pivot_root(".", ".")".
  if (fchdir(root) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/")) goto end;
  if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL)) goto end;
  making->fd = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
  answer = making->fd < 0 ? -1 : 0;
end:;
  int code = errno;
  close(machine);
  if (root >= 0) close(root);
  errno = code;
  return answer;
}

static void *run(void *argument) {
  struct making *making = argument;
  if (build(making)) making->error = errno;
  return NULL;
}

int bobbin_small_root(const char *const *names) {
  struct making making = {.names = names, .fd = -1};
  pthread_t thread;
  sigset_t all, before;
  sigfillset(&all);
  // No signal of the process is for that thread.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  // The namespace of a thread ends with it, or lives as long as somebody holds it.
  int code = pthread_create(&thread, NULL, run, &making);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (code == 0) pthread_join(thread, NULL);
  if (code == 0) code = making.error;
  errno = code;
  return code ? -1 : making.fd;
}
#endif
