/// What Swift cannot import or do safely: numbers behind macros, calls glibc hides behind _GNU_SOURCE, and the code that
/// runs in a child between vfork and exec. No state, no printing, no allocation.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#if defined(__linux__)
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/vfs.h>

/// renameat2(2) with RENAME_NOREPLACE. 0, or -1 and errno.
int bobbin_rename_new(int from_folder, const char *from, int to_folder, const char *to);

/// Opens a folder in a folder as openat(2) does, through no link, unless something is mounted on it: EXDEV (openat2(2),
/// RESOLVE_NO_XDEV). Before Linux 5.6 only another device shows.
int bobbin_open_same_mount(int folder, const char *name);

/// getdents64(2): bytes read, 0 at the end, -1 and errno.
ssize_t bobbin_getdents(int folder, void *buffer, size_t size);

/// syncfs(2) of the file system that holds `fd`.
int bobbin_syncfs(int fd);

/// Asks with a read lease whether anybody has the file open for writing (fcntl(2), F_SETLEASE). The lease is given back
/// at once. 1: somebody has; 0: nobody; -1 and errno: cannot be asked here.
int bobbin_has_writer(int fd);

/// pthread_setname_np(3), cut to 15 bytes.
void bobbin_name_thread(pthread_t thread, const char *name);

/// pidfd_open(2) and pidfd_send_signal(2).
int bobbin_pidfd_open(pid_t pid);
int bobbin_pidfd_signal(int pidfd, int signal);

/// prctl(2) PR_SET_CHILD_SUBREAPER: orphans below us become our children.
int bobbin_become_subreaper(void);

/// pipe2(2) with O_CLOEXEC.
int bobbin_pipe(int ends[2]);

/// Whether a file has an extended attribute of that name, fgetxattr(2).
int bobbin_has_attribute(int fd, const char *name);

/// Removes the extended attributes of a file, but for the labels of security modules: flistxattr(2), fremovexattr(2).
int bobbin_remove_attributes(int fd);

/// memfd_create(2) with MFD_CLOEXEC.
int bobbin_memory_file(const char *name);

/// O_PATH of open(2), which headers show to _GNU_SOURCE alone.
int bobbin_o_path(void);

/// openat(2) with O_NOATIME where that is allowed: what is read leaves no access time to be written to the disk.
int bobbin_open_unnoticed(int folder, const char *name, int flags);

/// fallocate(2) of the first `size` bytes, so that a mapping of them can never meet a full disk (SIGBUS).
int bobbin_reserve(int fd, off_t size);

/// A local socket that keeps messages apart (SOCK_SEQPACKET, unix(7)), under a new name in a folder, whatever the length of
/// the folder's path. It does not block. -1 and errno.
int bobbin_listen(int folder, const char *name, int mode);

/// accept4(2) without waiting; the accepted one does not block either.
int bobbin_accept(int listener);

/// A local stream socket connected to a path, unix(7); it does not block.
int bobbin_connect(const char *path);

/// The process at the other end when it connected, SO_PEERCRED; -1: not known, 0: one of another pid namespace.
pid_t bobbin_peer(int fd);

enum { BOBBIN_MOST_SENT = 4 };

/// sendmsg(2) of one message, with files (SCM_RIGHTS). Neither waits nor raises SIGPIPE.
ssize_t bobbin_send(int fd, const void *bytes, size_t size, const int *files, int count);
#endif

/// The hard limit of this process, getrlimit(2): the resources are an enum that C++ and Swift see differently.
uint64_t bobbin_hard_limit(int resource);

/// getrusage(2) RUSAGE_SELF, likewise.
int bobbin_own_usage(struct rusage *usage);

/// A limit for setrlimit(2).
struct bobbin_rlimit {
  int resource;
  uint64_t soft, hard;
};

/// Where the child itself notes that it exists, before the program that it becomes runs its first instruction. Lies in
/// a shared mapping of a file, so the note outlives the runner.
struct bobbin_birth {
  int64_t pid;          ///< 0: no run here
  int64_t boottime_ns;  ///< CLOCK_BOOTTIME when the child wrote this
};

/// A folder or file that a program under another user is to reach, whatever the rights of the folders above it.
struct bobbin_given {
  int fd;
  int is_folder;
};

/// One program to start. All descriptors are the caller's and stay open there; each must be above 2.
struct bobbin_spawn {
  const char *const *paths;  ///< tried in order until one can be executed; ends with NULL
  char *const *argv, *const *envp;
  const char *directory;       ///< NULL: keep ours
  int directory_fd;            ///< used when directory is NULL; -1: keep ours
  int stdin_fd, stdout_fd, stderr_fd;
  const struct bobbin_rlimit *limits;
  int limit_count;
  const int *joins;  ///< open files that take "0" for "the writer joins": cgroup.procs (cgroups(7))
  int join_count;
  const int *kept;             ///< stay open in the program under the same number; everything else above 2 does not
  int kept_count;
  const struct bobbin_given *given;  ///< mounted at BOBBIN_GIVEN_PLACE/0, 1, …, seen by this program alone; needs root
  int given_count;
  int small_root;              ///< what `bobbin_small_root` made, to be in beside what is given; -1: the machine's own mounts
  int changes_user;            ///< become `user`, with the group of the same number and no other
  uid_t user;
  int dies_with_parent;        ///< SIGKILL when the thread that starts it ends (PR_SET_PDEATHSIG)
  struct bobbin_birth *birth;  ///< NULL: none
  uint64_t ignored;            ///< signals that we ignore, bit n − 1 for n: an ignored one stays so across exec (signal(7))
  void *stack;                 ///< the child's until it has executed the program
  size_t stack_size;           ///< BOBBIN_SPAWN_STACK or more
  int waits;                   ///< return only when the program was executed or could not be
  pid_t parent;                ///< set by the call
  volatile int32_t before_exec;  ///< out: 0 as soon as the child has executed the program or has ended
  volatile int error;            ///< out: errno of what failed in the child
  volatile int stage;            ///< out: BOBBIN_STAGE_…
};

enum { BOBBIN_SPAWN_STACK = 16384 };

enum {
  BOBBIN_STAGE_FORK = 1,
  BOBBIN_STAGE_SETUP,
  BOBBIN_STAGE_LIMITS,
  BOBBIN_STAGE_DIRECTORY,
  BOBBIN_STAGE_EXEC,
  BOBBIN_STAGE_JOIN,
  BOBBIN_STAGE_GIVEN,
  BOBBIN_STAGE_USER
};

/// Where `given` lies: always there, and a program that builds its own root mounts over it itself.
#define BOBBIN_GIVEN_PLACE "/tmp"

/// Starts a program in its own session with every signal at its default and unblocked, nothing open but 0, 1 and 2.
///
/// The pid, or -1 with `error` and `stage` set. Without `waits` it returns before the program runs: the child shares our
/// memory until then, so everything that `spec` points to must stay until the child was reaped, and only then `error` says
/// whether the program could be executed. A child that could not ends with 127.
pid_t bobbin_spawn_program(struct bobbin_spawn *spec);

#if defined(__linux__)
/// A mount namespace whose root has these names of the machine's and an empty place for what is given, and nothing else:
/// links as links, folders with the mounts in them; what is not there is left out. A descriptor, or -1 and errno. Needs root.
int bobbin_small_root(const char *const *names);

/// The code of the sandbox's first process (Init.c): where it begins, how long it is, and where in it execution begins.
/// Size 0: none for this processor.
struct bobbin_code {
  const void *start;
  size_t size, entry;
};
struct bobbin_code bobbin_init_code(void);
#endif

#endif
