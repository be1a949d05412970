// Nothing to call: the library stands before libc in a program that is told to load it (ld.so(8), LD_PRELOAD).
