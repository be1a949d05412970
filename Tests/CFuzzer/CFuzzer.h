// What libFuzzer's library has for programs with a main of their own (llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a
// library"). compiler-rt installs no header for it.
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *bytes, size_t count));
