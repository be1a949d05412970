// The first process of a sandbox, as code that stands on its own: no libc, no data, no relocation. It is copied out of
// this program into a file of a few kilobytes (InitProgram.swift), so that it starts in a root without any library, in a
// fraction of a millisecond, and cannot be forgotten when somebody copies `bobbin`.
//
// What keeps it self-contained: every function in one section and not optimised (the compiler adds no call of memset, no
// table, no constant elsewhere), no string, no switch, no array or struct with an initialiser.
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <linux/stat.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define ALONE                                                                                                \
  static __attribute__((section("bobbin_init"), used, noinline, optnone, no_stack_protector, no_sanitize("all"), \
                        no_profile_instrument_function))

#if defined(__x86_64__)
__asm__(".pushsection bobbin_init,\"ax\",@progbits\n"
        ".globl bobbin_init_entry\n.hidden bobbin_init_entry\n"
        "bobbin_init_entry:\n"
        "xorl %ebp, %ebp\nmovq %rsp, %rdi\nandq $-16, %rsp\ncall bobbin_init_main\nhlt\n"
        ".popsection\n");

ALONE long sys(long number, long a, long b, long c, long d, long e, long f) {
  long answer;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(answer)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return answer;
}
#else
__asm__(".pushsection bobbin_init,\"ax\",@progbits\n"
        ".globl bobbin_init_entry\n.hidden bobbin_init_entry\n"
        "bobbin_init_entry:\n"
        "mov x29, xzr\nmov x30, xzr\nmov x0, sp\nbl bobbin_init_main\nbrk #0\n"
        ".popsection\n");

ALONE long sys(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#endif

// What is run: these numbers, then for each limit resource, soft and hard, then the strings, each with its NUL: paths,
// arguments, environment, and of a box what is mounted, what is cleared and what has to be empty. LaunchFile.swift writes it.
enum {
  STATUS, INPUT, OUTPUT, ERROR, LEFTOVER_GRACE, GRACE, LIMITS, PATHS, ARGUMENTS, ENVIRONMENT, MOUNTED, CLEARED, EMPTY, HEADER
};
// What is written to STATUS: four numbers at a time, the first says what they are. InitReport.swift reads it.
enum { NOT_EXECUTED = 1, ENDED = 2, OVER = 3, MOUNT = 4, STARTED = 5, CLEAN = 6 };
// What a box is told, BoxLink.swift: two numbers at a time. RUN brings the launch file and the three streams.
enum { RUN = 1, GO = 2, SIGNAL = 3, LEAVE = 4 };
// Of a box: how long it takes at most until all that a job left is gone, and how deep a tree it clears.
enum { ENDING = 2000, DEEPEST = 200 };

// One run: what is told to us and what we know of it.
struct life {
  int64_t *launch;
  char **paths, **arguments, **environment, **mounted, **cleared, **empty;
  long status;
  long signals;  // signalfd(2)
  long link;     // a box's socket; -1: a sandbox for one job
  long size, strings_size;  // of what is mapped for it
  int64_t time, memory, left;
};

ALONE void report(long status, int64_t kind, int64_t a, int64_t b, int64_t c) {
  int64_t record[4];
  record[0] = kind;
  record[1] = a;
  record[2] = b;
  record[3] = c;
  sys(SYS_write, status, (long)record, sizeof record, 0, 0, 0);
}

ALONE void leave(long code) {
  for (;;) sys(SYS_exit_group, code, 0, 0, 0, 0, 0);
}

ALONE int failed(long answer) { return answer < 0 && answer > -4096; }

ALONE int64_t milliseconds(void) {
  struct timespec now;
  sys(SYS_clock_gettime, CLOCK_BOOTTIME, (long)&now, 0, 0, 0, 0);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Puts a list of strings where execve(2) takes it. Answers the string after them.
ALONE char *collect(char *text, int64_t count, char **list) {
  for (int64_t i = 0; i < count; i++) {
    list[i] = text;
    while (*text) text++;
    text++;
  }
  list[count] = 0;
  return text;
}

// The child: becomes the job.
ALONE void become(struct life *life) {
  int64_t *launch = life->launch;
  // A session of its own: a group that it shared with the processes outside could be signalled from within by kill(0).
  sys(SYS_setsid, 0, 0, 0, 0, 0, 0);
  sys(SYS_dup3, launch[INPUT], 0, 0, 0, 0, 0);
  sys(SYS_dup3, launch[OUTPUT], 1, 0, 0, 0, 0);
  sys(SYS_dup3, launch[ERROR], 2, 0, 0, 0, 0);
  // CLOSE_RANGE_CLOEXEC, Linux 5.11; before, one by one.
  if (sys(SYS_close_range, 3, ~0u, 4, 0, 0, 0) < 0)
    for (int fd = 3; fd < 1024; fd++) sys(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC, 0, 0, 0);
  long problem = 0;
  for (int64_t i = 0; i < launch[LIMITS]; i++) {
    int64_t *limit = launch + HEADER + i * 3;
    long answer = sys(SYS_prlimit64, 0, limit[0], (long)(limit + 1), 0, 0, 0);
    if (answer < 0) problem = answer;
  }
  if (problem < 0) {
    report(life->status, NOT_EXECUTED, BOBBIN_STAGE_LIMITS, -problem, 0);
    leave(127);
  }
  uint64_t none = 0;
  sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, 8, 0, 0);
  problem = -ENOENT;
  for (char **path = life->paths; *path; path++) {
    long answer = sys(SYS_execve, (long)*path, (long)life->arguments, (long)life->environment, 0, 0, 0);
    // As execvp(3).
    if (answer != -ENOENT && answer != -ENOTDIR) problem = answer;
    if (answer != -ENOENT && answer != -ENOTDIR && answer != -EACCES) break;
  }
  report(life->status, NOT_EXECUTED, BOBBIN_STAGE_EXEC, -problem, 0);
  leave(127);
}

// How many processes there are beside this one, zombies among them.
ALONE int64_t others(void) {
  char proc[6];
  proc[0] = '/';
  proc[1] = 'p';
  proc[2] = 'r';
  proc[3] = 'o';
  proc[4] = 'c';
  proc[5] = 0;
  long folder = sys(SYS_openat, AT_FDCWD, (long)proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0, 0);
  if (folder < 0) return 1;
  int64_t count = 0;
  char entries[4096];
  for (;;) {
    long size = sys(SYS_getdents64, folder, (long)entries, sizeof entries, 0, 0, 0);
    if (size <= 0) break;
    for (long at = 0; at < size; at += *(uint16_t *)(entries + at + 16)) {
      char *name = entries + at + 19;
      if (name[0] >= '0' && name[0] <= '9' && (name[0] != '1' || name[1] != 0)) count++;
    }
  }
  sys(SYS_close, folder, 0, 0, 0, 0, 0);
  return count;
}

// Reads the launch file. 0: there is no memory for it.
ALONE int take(struct life *life, long file) {
  long size = sys(SYS_lseek, file, 0, SEEK_END, 0, 0, 0);
  int64_t *launch = (int64_t *)sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  if (failed((long)launch)) return 0;
  int64_t strings = 6;
  for (int section = PATHS; section <= EMPTY; section++) strings += launch[section];
  char **list =
      (char **)sys(SYS_mmap, 0, strings * (long)sizeof(char *), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (failed((long)list)) return 0;
  life->size = size;
  life->strings_size = strings * (long)sizeof(char *);
  life->launch = launch;
  life->paths = list;
  life->arguments = life->paths + launch[PATHS] + 1;
  life->environment = life->arguments + launch[ARGUMENTS] + 1;
  life->mounted = life->environment + launch[ENVIRONMENT] + 1;
  life->cleared = life->mounted + launch[MOUNTED] + 1;
  life->empty = life->cleared + launch[CLEARED] + 1;
  char *text = (char *)(launch + HEADER + launch[LIMITS] * 3);
  text = collect(text, launch[PATHS], life->paths);
  text = collect(text, launch[ARGUMENTS], life->arguments);
  text = collect(text, launch[ENVIRONMENT], life->environment);
  text = collect(text, launch[MOUNTED], life->mounted);
  text = collect(text, launch[CLEARED], life->cleared);
  collect(text, launch[EMPTY], life->empty);
  return 1;
}

ALONE void pass(long signal) {
  sys(SYS_kill, -1, signal, 0, 0, 0, 0);
  // A stopped process takes it only when it goes on.
  if (signal != SIGKILL) sys(SYS_kill, -1, SIGCONT, 0, 0, 0, 0);
}

// What a box is told. Answers the kind, 0 when there is nobody any more, -1 when nothing has come. Files that come along
// are put to `files`, four at most.
ALONE long hear(long link, int64_t *value, int64_t *files) {
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
  long size = sys(SYS_recvmsg, link, (long)&header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT, 0, 0, 0);
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

// Waits until something can be read: a signal or word from outside. The time is in ms; negative: for ever.
ALONE void await(struct life *life, int64_t time) {
  struct pollfd ready[2];
  ready[0].fd = (int)life->signals;
  ready[0].events = POLLIN;
  ready[0].revents = 0;
  ready[1].fd = (int)life->link;
  ready[1].events = POLLIN;
  ready[1].revents = 0;
  struct timespec wait;
  wait.tv_sec = time / 1000;
  wait.tv_nsec = time % 1000 * 1000000;
  sys(SYS_ppoll, (long)ready, life->link < 0 ? 1 : 2, time < 0 ? 0 : (long)&wait, 0, 8, 0);
}

// A signal of those outside that is to be passed on; 0: none.
ALONE long signalled(struct life *life) {
  struct signalfd_siginfo info;
  for (;;) {
    long size = sys(SYS_read, life->signals, (long)&info, sizeof info, 0, 0, 0);
    if (size != sizeof info) return 0;
    // SI_USER and no pid for whoever is outside: what the job sends to us concerns nobody.
    if (info.ssi_code != SI_USER || info.ssi_pid != 0) continue;
    long signal = (long)info.ssi_signo;
    if (signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT || signal == SIGUSR1 ||
        signal == SIGUSR2)
      return signal;
  }
}

// Runs a job until nothing of it is alive, or until its time is over and the kernel is to end the rest with us. Answers 1
// if all is gone.
ALONE int live(struct life *life) {
  int64_t *launch = life->launch;
  life->time = 0;
  life->memory = 0;
  life->left = 0;
  long job = sys(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
  if (job == 0) become(life);
  if (job < 0) {
    report(life->status, NOT_EXECUTED, BOBBIN_STAGE_FORK, -job, 0);
    return 1;
  }
  // Only the job's processes hold its streams.
  sys(SYS_close, launch[INPUT], 0, 0, 0, 0, 0);
  sys(SYS_close, launch[OUTPUT], 0, 0, 0, 0, 0);
  sys(SYS_close, launch[ERROR], 0, 0, 0, 0, 0);
  if (life->link >= 0) report(life->status, STARTED, 0, 0, 0);

  int64_t told = 0;
  int has_ended = 0;
  int64_t end = 0;
  for (;;) {
    for (;;) {
      // Here too: who forks faster than we reap would never let us out.
      if (end && milliseconds() >= end) return 0;
      int how = 0;
      struct rusage usage;
      long ended = sys(SYS_wait4, -1, (long)&how, WNOHANG | __WALL, (long)&usage, 0, 0);
      if (ended == -ECHILD && has_ended) return 1;
      if (ended <= 0) break;
      life->time += ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
                    usage.ru_stime.tv_usec;
      if (usage.ru_maxrss > life->memory) life->memory = usage.ru_maxrss;
      if (ended != job || has_ended) continue;
      has_ended = 1;
      report(life->status, ENDED, how, 0, 0);
      int64_t living = others();
      if (living == 0) return 1;
      // Always: whether we were told can be made up within, and then nobody else would end what is left. Who was told has
      // the grace of the job, from then on.
      end = told ? told + launch[GRACE] : milliseconds() + launch[LEFTOVER_GRACE];
      if (!told) {
        life->left = living;
        pass(SIGTERM);
      }
    }
    int64_t rest = -1;
    if (end) {
      rest = end - milliseconds();
      if (rest <= 0) return 0;
    }
    await(life, rest);
    for (;;) {
      long signal = signalled(life);
      if (signal == 0) break;
      if (signal == SIGTERM && !told) told = milliseconds();
      pass(signal);
    }
    while (life->link >= 0) {
      int64_t value = 0;
      long kind = hear(life->link, &value, 0);
      if (kind < 0) break;
      if (kind == SIGNAL && value > 0 && value < 65) {
        if (value == SIGTERM && !told) told = milliseconds();
        pass(value);
      } else {
        // Nobody is there any more, or wants us to be: the kernel ends all that is left with the first process.
        leave(0);
      }
    }
  }
}

ALONE void over(struct life *life) { report(life->status, OVER, life->left, life->time, life->memory); }

// Removes all that is in a folder. Answers 1 if it is empty.
ALONE int clear(long folder, int depth) {
  char entries[2048];
  for (int again = 1; again;) {
    again = 0;
    sys(SYS_lseek, folder, 0, SEEK_SET, 0, 0, 0);
    for (;;) {
      long size = sys(SYS_getdents64, folder, (long)entries, sizeof entries, 0, 0, 0);
      if (size < 0) return 0;
      if (size == 0) break;
      for (long at = 0; at < size; at += *(uint16_t *)(entries + at + 16)) {
        char *name = entries + at + 19;
        if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0))) continue;
        again = 1;
        if (sys(SYS_unlinkat, folder, (long)name, 0, 0, 0, 0) == 0) continue;
        if (sys(SYS_unlinkat, folder, (long)name, AT_REMOVEDIR, 0, 0, 0) == 0) continue;
        if (depth >= DEEPEST) return 0;
        // A link of that name is not a folder, so it is gone by now: nothing is followed.
        sys(SYS_fchmodat, folder, (long)name, 0700, 0, 0, 0);
        long inner = sys(SYS_openat, folder, (long)name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0, 0);
        if (inner < 0) return 0;
        int is_empty = clear(inner, depth + 1);
        sys(SYS_close, inner, 0, 0, 0, 0, 0);
        if (!is_empty || sys(SYS_unlinkat, folder, (long)name, AT_REMOVEDIR, 0, 0, 0) < 0) return 0;
      }
    }
  }
  return 1;
}

// A file of proc(5) that lists something after a line of titles: whether it lists nothing. One that is not there does.
ALONE int lists_nothing(char *path) {
  char text[1024];
  long file = sys(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
  if (file == -ENOENT) return 1;
  if (file < 0) return 0;
  long size = sys(SYS_read, file, (long)text, sizeof text, 0, 0, 0);
  sys(SYS_close, file, 0, 0, 0, 0, 0);
  int lines = 0;
  for (long i = 0; i < size; i++)
    if (text[i] == '\n') lines++;
  return size >= 0 && lines <= 1;
}

// Ends all that a job left in a box and takes away what it left in memory. Answers 1 if nothing is left.
ALONE int is_clean(struct life *life) {
  int64_t end = milliseconds() + ENDING;
  for (;;) {
    pass(SIGKILL);
    int how = 0;
    long ended = sys(SYS_wait4, -1, (long)&how, WNOHANG | __WALL, 0, 0, 0);
    if (ended == -ECHILD) break;
    if (milliseconds() > end) return 0;
    if (ended == 0) {
      struct timespec moment;
      moment.tv_sec = 0;
      moment.tv_nsec = 1000000;
      sys(SYS_nanosleep, (long)&moment, 0, 0, 0, 0, 0);
    }
  }
  for (char **path = life->cleared; *path; path++) {
    long folder = sys(SYS_openat, AT_FDCWD, (long)*path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0, 0);
    if (folder == -ENOENT) continue;
    if (folder < 0) return 0;
    int is_empty = clear(folder, 0);
    sys(SYS_close, folder, 0, 0, 0, 0, 0);
    if (!is_empty) return 0;
  }
  for (char **path = life->empty; *path; path++)
    if (!lists_nothing(*path)) return 0;
  return others() == 0;
}

// Tells what stands where something was to be mounted, and waits for the answer. 0: it is not what it was to be.
ALONE int is_as_asked(struct life *life) {
  for (int64_t i = 0; i < life->launch[MOUNTED]; i++) {
    struct statx found;
    // STATX_INO alone; the device comes with everything.
    long answer = sys(SYS_statx, AT_FDCWD, (long)life->mounted[i], AT_SYMLINK_NOFOLLOW, 0x100, (long)&found, 0);
    if (answer < 0) {
      report(life->status, MOUNT, i, -1, 0);
    } else {
      report(life->status, MOUNT, i, (int64_t)((uint64_t)found.stx_dev_major << 32 | found.stx_dev_minor),
             (int64_t)found.stx_ino);
    }
  }
  for (;;) {
    int64_t value = 0;
    long kind = hear(life->link, &value, 0);
    if (kind == GO) return 1;
    if (kind >= 0 && kind != SIGNAL) return 0;
    // A SIGTERM before anything ran: there is nothing to be ended.
    if (kind == SIGNAL) return 0;
    await(life, -1);
    if (signalled(life) == SIGTERM) return 0;
  }
}

// The first process of a box: takes one job after the other from whoever listens at the path.
ALONE void serve(struct life *life, char *path) {
  struct sockaddr_un address;
  address.sun_family = AF_UNIX;
  long length = 0;
  for (; path[length]; length++) {
    if (length + 1 >= (long)sizeof address.sun_path) leave(70);
    address.sun_path[length] = path[length];
  }
  address.sun_path[length] = 0;
  life->link = sys(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, 0, 0, 0);
  if (life->link < 0) leave(70);
  if (sys(SYS_connect, life->link, (long)&address, sizeof address, 0, 0, 0) < 0) leave(70);
  life->status = life->link;
  for (;;) {
    int64_t value = 0;
    int64_t files[4];
    long kind = hear(life->link, &value, files);
    if (kind < 0) {
      await(life, -1);
      // `podman stop` of a box that has nothing to do.
      if (signalled(life) == SIGTERM) leave(0);
      continue;
    }
    // For the job before, which had just ended.
    if (kind == SIGNAL) continue;
    if (kind != RUN || files[0] < 0) leave(0);
    if (!take(life, files[0])) leave(70);
    sys(SYS_close, files[0], 0, 0, 0, 0, 0);
    for (int i = 0; i < 3; i++) life->launch[INPUT + i] = files[1 + i];
    if (!is_as_asked(life)) leave(0);
    live(life);
    // First all that is left is ended: who hears that it is over reads what the job wrote.
    int clean = is_clean(life);
    over(life);
    report(life->status, CLEAN, clean, 0, 0);
    sys(SYS_munmap, (long)life->paths, life->strings_size, 0, 0, 0, 0);
    sys(SYS_munmap, (long)life->launch, life->size, 0, 0, 0, 0);
  }
}

__attribute__((section("bobbin_init"), used, noinline, optnone, no_stack_protector, no_sanitize("all"),
               no_profile_instrument_function, visibility("hidden"))) void
bobbin_init_main(long *stack);

void bobbin_init_main(long *stack) {
  // Nobody within looks into this process: it has the runner's descriptors and the job's whole environment.
  sys(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0, 0);
  // Blocked and waited for: a first process gets no signal that it has left at its default.
  uint64_t all = ~0ul;
  sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, 8, 0, 0);
  struct life life;
  life.link = -1;
  life.signals = sys(SYS_signalfd4, -1, (long)&all, 8, O_CLOEXEC | O_NONBLOCK, 0, 0);
  if (life.signals < 0) leave(70);
  char *argument = (char *)stack[2];
  if (argument[0] == '/') serve(&life, argument);

  // The parent of a container's first process is the engine's, which has nothing to do with us.
  sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
  long file = 0;
  for (char *digit = argument; *digit; digit++) file = file * 10 + (*digit - '0');
  if (!take(&life, file)) leave(70);
  life.status = life.launch[STATUS];
  // The runner may have ended before PR_SET_PDEATHSIG: then nobody reads the report.
  struct pollfd reader;
  reader.fd = (int)life.status;
  reader.events = 0;
  reader.revents = 0;
  struct timespec now;
  now.tv_sec = 0;
  now.tv_nsec = 0;
  sys(SYS_ppoll, (long)&reader, 1, (long)&now, 0, 8, 0);
  if (reader.revents & POLLERR) leave(70);
  live(&life);
  // The kernel ends what is still there with the first process of a pid namespace.
  over(&life);
  leave(0);
}

extern const char bobbin_init_entry[], __start_bobbin_init[], __stop_bobbin_init[];

struct bobbin_code bobbin_init_code(void) {
  struct bobbin_code code = {.start = __start_bobbin_init,
                             .size = (size_t)(__stop_bobbin_init - __start_bobbin_init),
                             .entry = (size_t)(bobbin_init_entry - __start_bobbin_init)};
  return code;
}
#elif defined(__linux__)
#include "CPlatform.h"

struct bobbin_code bobbin_init_code(void) {
  struct bobbin_code code = {0, 0, 0};
  return code;
}
#endif
