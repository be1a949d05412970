// What the files of this folder share, and nobody else.
#include <stddef.h>
#include <stdint.h>

/// Processor time of this process and of all that it waited for, and CLOCK_MONOTONIC, ns.
int64_t bench_used(void);
int64_t bench_now(void);

/// A new file of this content; 0 or errno.
int bench_put(int folder, const char *name, const void *bytes, size_t length);
