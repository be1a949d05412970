#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include "Init.h"

// What a box does between two jobs.

// Removes all that is in a folder. Answers 1 if it is empty.
ALONE int clear(long folder, int depth) {
  char entries[2048];
  for (int again = 1; again;) {
    again = 0;
    bobbin_init_sys(SYS_lseek, folder, 0, SEEK_SET, 0, 0, 0);
    for (;;) {
      long size = bobbin_init_sys(SYS_getdents64, folder, (long)entries, sizeof entries, 0, 0, 0);
      if (size < 0) return 0;
      if (size == 0) break;
      for (long at = 0; at < size; at += *(uint16_t *)(entries + at + 16)) {
        char *name = entries + at + 19;
        if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0))) continue;
        again = 1;
        if (bobbin_init_sys(SYS_unlinkat, folder, (long)name, 0, 0, 0, 0) == 0) continue;
        if (bobbin_init_sys(SYS_unlinkat, folder, (long)name, AT_REMOVEDIR, 0, 0, 0) == 0) continue;
        if (depth >= DEEPEST) return 0;
        // A link of that name is not a folder, so it is gone by now: nothing is followed.
        bobbin_init_sys(SYS_fchmodat, folder, (long)name, 0700, 0, 0, 0);
        long inner = bobbin_init_sys(SYS_openat, folder, (long)name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0, 0);
        if (inner < 0) return 0;
        int is_empty = clear(inner, depth + 1);
        bobbin_init_sys(SYS_close, inner, 0, 0, 0, 0, 0);
        if (!is_empty || bobbin_init_sys(SYS_unlinkat, folder, (long)name, AT_REMOVEDIR, 0, 0, 0) < 0) return 0;
      }
    }
  }
  return 1;
}

// A file of proc(5) that lists something after a line of titles: whether it lists nothing. One that is not there does.
ALONE int lists_nothing(char *path) {
  char text[1024];
  long file = bobbin_init_sys(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
  if (file == -ENOENT) return 1;
  if (file < 0) return 0;
  long size = bobbin_init_sys(SYS_read, file, (long)text, sizeof text, 0, 0, 0);
  bobbin_init_sys(SYS_close, file, 0, 0, 0, 0, 0);
  int lines = 0;
  for (long i = 0; i < size; i++)
    if (text[i] == '\n') lines++;
  return size >= 0 && lines <= 1;
}

// What the first process is by now. Its jobs have its user, so they may change this of it: prlimit(2), sched_setattr(2) and
// their like ask for no more.
SHARED void bobbin_init_look(uint64_t *own) {
  for (int i = 0; i < OWN; i++) own[i] = 0;
  for (int i = 0; i < RESOURCES; i++) bobbin_init_sys(SYS_prlimit64, 0, i, 0, (long)(own + 2 * i), 0, 0);
  bobbin_init_sys(SYS_sched_getattr, 0, (long)(own + SCHEDULING), 7 * sizeof *own, 0, 0, 0);
  bobbin_init_sys(SYS_sched_getaffinity, 0, 16 * sizeof *own, (long)(own + PROCESSORS), 0, 0, 0);
  // IOPRIO_WHO_PROCESS.
  own[INPUT_PRIORITY] = (uint64_t)bobbin_init_sys(SYS_ioprio_get, 1, 0, 0, 0, 0, 0);
}

// Whether it is as it was before its first job, and nothing waits that a job sent to it as if from outside. Whoever really
// stops the box then sees it end all the same.
ALONE int is_unchanged(struct life *life) {
  uint64_t own[OWN];
  bobbin_init_look(own);
  for (int i = 0; i < OWN; i++)
    if (own[i] != life->own[i]) return 0;
  return bobbin_init_signalled(life) == 0;
}

// Ends all that a job left in a box and takes away what it left in memory. Answers 1 if nothing is left.
SHARED int bobbin_init_is_clean(struct life *life) {
  int64_t end = bobbin_init_milliseconds() + ENDING;
  for (;;) {
    bobbin_init_pass(SIGKILL);
    int how = 0;
    long ended = bobbin_init_sys(SYS_wait4, -1, (long)&how, WNOHANG | __WALL, 0, 0, 0);
    if (ended == -ECHILD) break;
    if (bobbin_init_milliseconds() > end) return 0;
    if (ended == 0) {
      struct timespec moment;
      moment.tv_sec = 0;
      moment.tv_nsec = 1000000;
      bobbin_init_sys(SYS_nanosleep, (long)&moment, 0, 0, 0, 0, 0);
    }
  }
  for (char **path = life->cleared; *path; path++) {
    long folder = bobbin_init_sys(SYS_openat, AT_FDCWD, (long)*path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0, 0);
    if (folder == -ENOENT) continue;
    if (folder < 0) return 0;
    int is_empty = clear(folder, 0);
    bobbin_init_sys(SYS_close, folder, 0, 0, 0, 0, 0);
    if (!is_empty) return 0;
  }
  for (char **path = life->empty; *path; path++)
    if (!lists_nothing(*path)) return 0;
  return is_unchanged(life) && bobbin_init_others() == 0;
}
#endif
