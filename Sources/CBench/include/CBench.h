/// The bare loop that Bobbin is measured against, and what wait4(2) tells of a child.
#ifndef CBENCH_H
#define CBENCH_H

#include <stdint.h>
#include <sys/types.h>

/// What a loop or a child took.
struct bench_usage {
  int64_t wall_ns;  ///< CLOCK_MONOTONIC, of a loop only
  int64_t cpu_ns;   ///< user and system time, of waited-for descendants too
  int status;       ///< as waitpid(2) gives it, of a child only
};

/// Runs `argv` `n` times in all from `threads` threads, each posix_spawn(3) and then waitpid(2). `argv[0]` is a path.
/// Each child gets `files`, a list that ends with NULL, or NULL for none, opened for reading under the numbers from `first`
/// on. 0, or the errno of the first call that failed; ECHILD: a program did not exit with 0.
int bench_loop(int threads, int n, char *const argv[], char *const files[], int first, struct bench_usage *usage);

/// The same with a spool around it, and nothing that is not needed for its promise: for each of `n` jobs "j1000001.json" and on a
/// rename from the first of `folders` to the second, two pipes, a session of its own, wait4(2), and the pipes read to
/// their end; a thread more writes `record` beside each `batch` of them, syncs all with one syncfs(2) and renames both
/// files to the third folder. No scheduling, no look at what an earlier runner left, no log. 0 or errno.
int bench_spool(const int folders[3], int threads, int n, int batch, char *const argv[], const void *record,
                size_t length, struct bench_usage *usage);

/// posix_spawn(3) as the loop does it, with these descriptors as the standard streams and the caller's
/// environment. The pid, or -errno.
pid_t bench_spawn(char *const argv[], int input, int output, int error);

/// Waits for one child, wait4(2). 0 or errno.
int bench_wait(pid_t pid, struct bench_usage *usage);

/// Descendants whose parent ends become children of this process from now on, PR_SET_CHILD_SUBREAPER. 0 or errno.
int bench_adopt(void);

/// Waits for every child that has ended, and answers the processor time of all that were ever waited for, with what they
/// had waited for themselves, ns. A child that somebody else is to wait for must be running still.
int64_t bench_reaped(void);

/// Makes `n` files of one content in a folder, with the names that `bobbin submit` gives, and one syncfs(2) after each
/// `batch` of them and at the end. 0 or errno.
int bench_files(const char *path, int n, const void *bytes, size_t length, int batch, int64_t *wall_ns);

/// Makes `n` names "old-NUMBER" with this ending in a folder: of one content, so each is a link to one of few files. 0 or
/// errno.
int bench_links(const char *path, int n, const char *ending, const void *bytes, size_t length);

#endif
