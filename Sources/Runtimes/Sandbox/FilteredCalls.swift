/// A system call that a sandbox does not let through, and why.
struct FilteredCall: Sendable {
  /// When it is refused, and with which errno.
  enum Rule: Equatable, Sendable {
    case always(Errno)
    /// If the argument has any of these bits.
    case withBits(UInt32, inArgument: Int, Errno)
    /// If the argument is one of these; only its low 32 bits count, as in the kernel.
    case with([UInt32], inArgument: Int, Errno)
    /// Unless the argument is one of these.
    case exceptWith([UInt32], inArgument: Int, Errno)
    /// Unless the argument is a null pointer, all 64 bits of it.
    case exceptNull(inArgument: Int, Errno)
  }

  /// errno(3), the numbers of Linux on x86_64 and aarch64.
  enum Errno: UInt32, Sendable {
    case notPermitted = 1  // EPERM
    /// The C library then takes another way.
    case noSuchCall = 38  // ENOSYS
    case noSuchFamily = 97  // EAFNOSUPPORT
  }

  let name: String
  /// Numbers in the two tables; nil: the processor has no such call.
  let x86: UInt32?
  let arm: UInt32?
  let rule: Rule
  let why: String

  init(_ name: String, _ x86: UInt32?, _ arm: UInt32?, _ rule: Rule = .always(.notPermitted), why: String) {
    (self.name, self.x86, self.arm, self.rule, self.why) = (name, x86, arm, rule, why)
  }

  /// One number on every processor: what Linux added since 5.1.
  init(_ name: String, _ number: UInt32, _ rule: Rule = .always(.notPermitted), why: String) {
    self.init(name, number, number, rule, why: why)
  }

  /// Namespaces that clone(2) and unshare(2) make: CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET.
  private static let namespaces: UInt32 = 0x7E02_0000
  /// CLONE_NEWTIME, whose bit clone(2) uses for the exit signal.
  private static let timeNamespace: UInt32 = 0x80

  // The reasons that many share.
  private static let keys = "keyrings are not in a namespace: keys of other jobs of the user could be read"
  private static let mounts =
    "with a namespace of its own a job could change what it sees of files, or reach kernel code"
  private static let others = "reads or changes the memory and descriptors of other processes of the user"
  private static let machine =
    "changes the machine; a job has no right to it, and a mistake in the kernel's check is not met"

  private static let first =
    "the sandbox's first process has the job's user: whatever changes it, or lies to it, is kept from it"
  private static let toFirst = "who sends a signal's information with it writes there who sent it: as if from outside"

  /// What no job needs: seccomp(2). Numbers from the kernel's tables, arch/x86/entry/syscalls/syscall_64.tbl and
  /// include/uapi/asm-generic/unistd.h.
  ///
  /// A sandbox has no rights already, so most of this only takes away kernel code that has had faults. A list of what is
  /// allowed would be tighter and break programs with each new C library.
  static let all: [FilteredCall] = [
    FilteredCall("add_key", 248, 217, why: keys),
    FilteredCall("request_key", 249, 218, why: keys),
    FilteredCall("keyctl", 250, 219, why: keys),

    FilteredCall("bpf", 321, 280, why: "programs in the kernel, whose checker has had many faults"),
    FilteredCall("perf_event_open", 298, 241, why: "watches the kernel and other processes; has had many faults"),
    FilteredCall("userfaultfd", 323, 282, why: "stops the kernel in the middle of a copy: makes races into exploits"),
    FilteredCall("io_uring_setup", 425, why: "does calls that no filter sees; has had many faults"),
    FilteredCall("io_uring_enter", 426, why: "as io_uring_setup"),
    FilteredCall("io_uring_register", 427, why: "as io_uring_setup"),

    FilteredCall("mount", 165, 40, why: mounts),
    FilteredCall("umount2", 166, 39, why: "what was mounted over something would show again"),
    FilteredCall("pivot_root", 155, 41, why: mounts),
    FilteredCall("open_tree", 428, why: mounts),
    FilteredCall("move_mount", 429, why: mounts),
    FilteredCall("fsopen", 430, why: mounts),
    FilteredCall("fsconfig", 431, why: mounts),
    FilteredCall("fsmount", 432, why: mounts),
    FilteredCall("fspick", 433, why: mounts),
    FilteredCall("mount_setattr", 442, why: mounts),
    FilteredCall("open_tree_attr", 467, why: mounts),
    FilteredCall("setns", 308, 268, why: "enters another namespace"),
    FilteredCall(
      "unshare", 272, 97, .withBits(namespaces | timeNamespace, inArgument: 0, .notPermitted),
      why: "a user namespace of its own gives a job every capability within it, and with them most of the kernel's code"
    ),
    FilteredCall(
      "clone", 56, 220, .withBits(namespaces, inArgument: 0, .notPermitted), why: "as unshare"),
    FilteredCall(
      "clone3", 435, .always(.noSuchCall), why: "as clone, with its flags in memory where no filter sees them"),

    FilteredCall("ptrace", 101, 117, why: others),
    FilteredCall("process_vm_readv", 310, 270, why: others),
    FilteredCall("process_vm_writev", 311, 271, why: others),
    FilteredCall("kcmp", 312, 272, why: others),
    FilteredCall("pidfd_getfd", 438, why: others),
    FilteredCall(
      "prctl", 157, 167, .with([35], inArgument: 0, .notPermitted),
      why: "PR_SET_MM makes any memory, of any size, what others read as the process's environment and arguments"),

    FilteredCall("rt_sigqueueinfo", 129, 138, .with([1], inArgument: 0, .notPermitted), why: toFirst),
    FilteredCall("rt_tgsigqueueinfo", 297, 240, .with([1], inArgument: 0, .notPermitted), why: toFirst),
    FilteredCall("pidfd_send_signal", 424, .exceptNull(inArgument: 2, .notPermitted), why: toFirst),
    FilteredCall("prlimit64", 302, 261, .with([1], inArgument: 0, .notPermitted), why: first),
    FilteredCall("setpriority", 141, 140, .with([1], inArgument: 1, .notPermitted), why: first),
    FilteredCall("ioprio_set", 251, 30, .with([1], inArgument: 1, .notPermitted), why: first),
    FilteredCall("sched_setscheduler", 144, 119, .with([1], inArgument: 0, .notPermitted), why: first),
    FilteredCall("sched_setparam", 142, 118, .with([1], inArgument: 0, .notPermitted), why: first),
    FilteredCall("sched_setattr", 314, 274, .with([1], inArgument: 0, .notPermitted), why: first),
    FilteredCall("sched_setaffinity", 203, 122, .with([1], inArgument: 0, .notPermitted), why: first),

    FilteredCall("fanotify_init", 300, 262, why: "watches all files of a mount, and lets others wait for its answer"),
    FilteredCall(
      "memfd_secret", 447, why: "memory that no limit of the job's cgroup takes back, out of the kernel's sight"),

    FilteredCall("name_to_handle_at", 303, 264, why: "the first half of open_by_handle_at"),
    FilteredCall("open_by_handle_at", 304, 265, why: "opens files by number, past every folder and mount"),

    FilteredCall("kexec_load", 246, 104, why: machine),
    FilteredCall("kexec_file_load", 320, 294, why: machine),
    FilteredCall("init_module", 175, 105, why: machine),
    FilteredCall("finit_module", 313, 273, why: machine),
    FilteredCall("delete_module", 176, 106, why: machine),
    FilteredCall("swapon", 167, 224, why: machine),
    FilteredCall("swapoff", 168, 225, why: machine),
    FilteredCall("reboot", 169, 142, why: machine),
    FilteredCall("acct", 163, 89, why: machine),
    FilteredCall("quotactl", 179, 60, why: machine),
    FilteredCall("quotactl_fd", 443, why: machine),
    FilteredCall("iopl", 172, nil, why: machine),
    FilteredCall("ioperm", 173, nil, why: machine),
    FilteredCall("syslog", 103, 116, why: "reads the kernel's messages, with addresses and other users' doings"),
    FilteredCall("lookup_dcookie", 212, 18, why: "names of files by number"),
    FilteredCall("nfsservctl", 180, 42, why: "unused for years"),
    FilteredCall("uselib", 134, nil, why: "unused for years"),
    FilteredCall("modify_ldt", 154, nil, why: "segments of 16-bit programs; has had faults"),

    FilteredCall(
      "ioctl", 16, 29, .with([0x5412, 0x541C, 0x5423], inArgument: 1, .notPermitted),
      why: "TIOCSTI and TIOCLINUX type into the terminal of whoever started the runner; TIOCSETD loads kernel modules"),
    FilteredCall(
      "personality", 135, 92, .exceptWith([0, 8, 0x2_0000, 0x2_0008, .max], inArgument: 0, .notPermitted),
      why: "takes protections of memory away; let through are Linux, its 32-bit name, UNAME26, and the question"),
    FilteredCall(
      "socket", 41, 198, .exceptWith([1, 2, 10, 16], inArgument: 0, .noSuchFamily),
      why:
        "but for unix, inet, inet6 and netlink: vsock reaches the machine's host past every network namespace, others load modules"
    ),
  ]
}
