#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include "Init.h"

// One job in its life: what is read of it, what it becomes, until nothing of it is alive.

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

// Reads the launch file. 0: there is no memory for it.
SHARED int bobbin_init_take(struct life *life, long file) {
  long size = bobbin_init_sys(SYS_lseek, file, 0, SEEK_END, 0, 0, 0);
  int64_t *launch = (int64_t *)bobbin_init_sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  if (bobbin_init_failed((long)launch)) return 0;
  int64_t strings = 6;
  for (int section = PATHS; section <= EMPTY; section++) strings += launch[section];
  char **list =
      (char **)bobbin_init_sys(SYS_mmap, 0, strings * (long)sizeof(char *), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (bobbin_init_failed((long)list)) return 0;
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

// The child: becomes the job.
ALONE void become(struct life *life) {
  int64_t *launch = life->launch;
  // A session of its own: a group that it shared with the processes outside could be signalled from within by kill(0).
  bobbin_init_sys(SYS_setsid, 0, 0, 0, 0, 0, 0);
  bobbin_init_sys(SYS_dup3, launch[INPUT], 0, 0, 0, 0, 0);
  bobbin_init_sys(SYS_dup3, launch[OUTPUT], 1, 0, 0, 0, 0);
  bobbin_init_sys(SYS_dup3, launch[ERROR], 2, 0, 0, 0, 0);
  // CLOSE_RANGE_CLOEXEC, Linux 5.11; before, one by one.
  if (bobbin_init_sys(SYS_close_range, 3, ~0u, 4, 0, 0, 0) < 0)
    for (int fd = 3; fd < 1024; fd++) bobbin_init_sys(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC, 0, 0, 0);
  long problem = 0;
  for (int64_t i = 0; i < launch[LIMITS]; i++) {
    int64_t *limit = launch + HEADER + i * 3;
    long answer = bobbin_init_sys(SYS_prlimit64, 0, limit[0], (long)(limit + 1), 0, 0, 0);
    if (answer < 0) problem = answer;
  }
  if (problem < 0) {
    bobbin_init_report(life->status, NOT_EXECUTED, BOBBIN_STAGE_LIMITS, -problem, 0);
    bobbin_init_leave(127);
  }
  uint64_t none = 0;
  bobbin_init_sys(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, 8, 0, 0);
  problem = -ENOENT;
  for (char **path = life->paths; *path; path++) {
    long answer = bobbin_init_sys(SYS_execve, (long)*path, (long)life->arguments, (long)life->environment, 0, 0, 0);
    // As execvp(3).
    if (answer != -ENOENT && answer != -ENOTDIR) problem = answer;
    if (answer != -ENOENT && answer != -ENOTDIR && answer != -EACCES) break;
  }
  bobbin_init_report(life->status, NOT_EXECUTED, BOBBIN_STAGE_EXEC, -problem, 0);
  bobbin_init_leave(127);
}

// Waits until something can be read: a signal or word from outside. The time is in ms; negative: for ever.
SHARED void bobbin_init_await(struct life *life, int64_t time) {
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
  bobbin_init_sys(SYS_ppoll, (long)ready, life->link < 0 ? 1 : 2, time < 0 ? 0 : (long)&wait, 0, 8, 0);
}

// A signal of those outside that is to be passed on; 0: none.
SHARED long bobbin_init_signalled(struct life *life) {
  struct signalfd_siginfo info;
  for (;;) {
    long size = bobbin_init_sys(SYS_read, life->signals, (long)&info, sizeof info, 0, 0, 0);
    if (size != sizeof info) return 0;
    // SI_USER and no pid for whoever is outside: what the job sends to us concerns nobody.
    if (info.ssi_code != SI_USER || info.ssi_pid != 0) continue;
    long signal = (long)info.ssi_signo;
    if (signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT || signal == SIGUSR1 ||
        signal == SIGUSR2)
      return signal;
  }
}

// Takes one child that has ended, and what it used. Answers as wait4(2).
ALONE long reap(struct life *life, int *how) {
  struct rusage usage;
  long ended = bobbin_init_sys(SYS_wait4, -1, (long)how, WNOHANG | __WALL, (long)&usage, 0, 0);
  if (ended <= 0) return ended;
  life->time += ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
                usage.ru_stime.tv_usec;
  if (usage.ru_maxrss > life->memory) life->memory = usage.ru_maxrss;
  return ended;
}

// Runs a job until nothing of it is alive, or until its time is over and the kernel is to end the rest with us. Answers 1
// if all is gone.
SHARED int bobbin_init_live(struct life *life) {
  int64_t *launch = life->launch;
  life->time = 0;
  life->memory = 0;
  life->left = 0;
  long job = bobbin_init_sys(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
  if (job == 0) become(life);
  if (job < 0) {
    bobbin_init_report(life->status, NOT_EXECUTED, BOBBIN_STAGE_FORK, -job, 0);
    return 1;
  }
  // Only the job's processes hold its streams.
  bobbin_init_sys(SYS_close, launch[INPUT], 0, 0, 0, 0, 0);
  bobbin_init_sys(SYS_close, launch[OUTPUT], 0, 0, 0, 0, 0);
  bobbin_init_sys(SYS_close, launch[ERROR], 0, 0, 0, 0, 0);
  if (life->link >= 0) bobbin_init_report(life->status, STARTED, 0, 0, 0);

  int64_t told = 0;
  int has_ended = 0;
  int64_t end = 0;
  for (;;) {
    for (;;) {
      // Here too: who forks faster than we reap would never let us out.
      if (end && bobbin_init_milliseconds() >= end) return 0;
      int how = 0;
      long ended = reap(life, &how);
      if (ended == -ECHILD && has_ended) return 1;
      if (ended <= 0) break;
      if (ended != job || has_ended) continue;
      has_ended = 1;
      bobbin_init_report(life->status, ENDED, how, 0, 0);
      int64_t living = bobbin_init_others();
      // What had ended by then and nobody had waited for is ours since a moment, and nothing that was left running. So
      // often and no more: who forks faster than we reap would hold us here.
      for (int64_t rest = living; rest > 0; rest--)
        if (reap(life, &how) <= 0) break;
      if (living > 0) living = bobbin_init_others();
      if (living == 0) return 1;
      // Always: whether we were told can be made up within, and then nobody else would end what is left. Who was told has
      // the grace of the job, from then on.
      end = told ? told + launch[GRACE] : bobbin_init_milliseconds() + launch[LEFTOVER_GRACE];
      if (!told) {
        life->left = living;
        bobbin_init_pass(SIGTERM);
      }
    }
    int64_t rest = -1;
    if (end) {
      rest = end - bobbin_init_milliseconds();
      if (rest <= 0) return 0;
    }
    bobbin_init_await(life, rest);
    for (;;) {
      long signal = bobbin_init_signalled(life);
      if (signal == 0) break;
      if (signal == SIGTERM && !told) told = bobbin_init_milliseconds();
      bobbin_init_pass(signal);
    }
    while (life->link >= 0) {
      int64_t value = 0;
      long kind = bobbin_init_hear(life->link, &value, 0);
      if (kind < 0) break;
      if (kind == SIGNAL && value > 0 && value < 65) {
        if (value == SIGTERM && !told) told = bobbin_init_milliseconds();
        bobbin_init_pass(value);
      } else {
        // Nobody is there any more, or wants us to be: the kernel ends all that is left with the first process.
        bobbin_init_leave(0);
      }
    }
  }
}

SHARED void bobbin_init_over(struct life *life) { bobbin_init_report(life->status, OVER, life->left, life->time, life->memory); }
#endif
