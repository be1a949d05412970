import TestSupport
import Testing

@testable import Torture

/// The library that lets calls go wrong, before a program that tells what it met.
@Suite(.timeLimit(.minutes(60))) struct CallFaultTests {
  /// What is called python3 may be a script, in which the calls would go wrong.
  private static let python = "python=$(python3 -c 'import sys; print(sys.executable)')"

  private static let setUp = """
    import ctypes, os, sys
    libc = ctypes.CDLL(None, use_errno=True)
    def call(name, *words):
        answer = getattr(libc, name)(*words)
        if answer < 0: raise OSError(ctypes.get_errno(), name)
        return answer
    try:

    """

  /// What the call met: the name of its error, or what it printed.
  private func run(_ plan: String, _ line: String) throws -> String {
    let place = try TemporaryFolder()
    try place.write("file", "text")
    try place.write(
      "program.py",
      Self.setUp
        + "    \(line)\nexcept OSError as error:\n    sys.stdout.write(__import__('errno').errorcode[error.errno])\n")
    let library = try StepOptions([]).library
    return Command.shell(
      """
      \(Self.python); cd '\(place.path)' && LD_PRELOAD='\(library)' BOBBIN_CALL_FAULT=\(plan)@1 BOBBIN_CALL_FIRED=fired \
      $python -S program.py; test -e fired && echo ' fired'
      """
    ).text
  }

  @Test(
    "each kind of call fails as it is told to",
    arguments: [
      ("pipe:EMFILE", "os.pipe()", "EMFILE"), ("pipe:ENOMEM", "os.memfd_create('x')", "ENOMEM"),
      ("pipe:EMFILE", "call('epoll_create1', 0)", "EMFILE"), ("pipe:EMFILE", "call('eventfd', 0, 0)", "EMFILE"),
      ("pipe:ENOMEM", "call('socket', 1, 1, 0)", "ENOMEM"), ("watch:EMFILE", "call('inotify_init1', 0)", "EMFILE"),
      ("watch:ENOMEM", "call('inotify_add_watch', call('inotify_init1', 0), b'.', 2)", "ENOMEM"),
      ("sync:EIO", "os.fsync(os.open('file', os.O_RDWR))", "EIO"),
      ("rename:ENOSPC", "os.rename('file', 'b')", "ENOSPC"), ("link:EIO", "os.symlink('file', 'b', dir_fd=3)", "EIO"),
      ("unlink:EIO", "call('rmdir', b'none')", "EIO"), ("mode:EIO", "call('chmod', b'file', 0o600)", "EIO"),
      ("mode:EIO", "call('fchmodat', -100, b'file', 0o600, 0)", "EIO"), ("mode:EIO", "call('fchown', 9, 0, 0)", "EIO"),
      ("mode:ENOMEM", "call('fremovexattr', 9, b'user.x')", "ENOMEM"),
      ("pipe:EMFILE", "call('socketpair', 1, 1, 0, (ctypes.c_int * 2)())", "EMFILE"),
      ("pipe:EMFILE", "call('dup', 1)", "EMFILE"),
      ("pipe:EMFILE", "call('fcntl', 1, 1030, 0)", "EMFILE"), ("lock:ENOMEM", "call('fcntl', 9, 1024, 0)", "ENOMEM"),
      ("lock:ENOMEM", "call('flock', 9, 6)", "ENOMEM"), ("watch:ENOMEM", "call('epoll_ctl', 9, 1, 0, None)", "ENOMEM"),
      ("poll:EINTR", "call('epoll_wait', 9, None, 1, 0)", "EINTR"), ("poll:EINTR", "call('poll', None, 0, 0)", "EINTR"),
      ("signal:EPERM", "call('kill', os.getpid(), 0)", "EPERM"),
      ("signal:EPERM", "call('syscall', 424, 9, 0, None, 0)", "EPERM"),
      ("wait:EINTR", "call('waitpid', -1, None, 1)", "EINTR"),
    ])
  func fails(plan: String, line: String, error: String) throws {
    #expect(try run(plan, line) == "\(error) fired\n")
  }

  @Test(
    "reads, looks and listings fail, whichever of their calls a program makes",
    arguments: [
      ("read", "os.read(f, 4)"), ("read", "os.pread(f, 4, 0)"), ("read", "os.readv(f, [bytearray(4)])"),
      ("stat", "os.fstat(f)"), ("stat", "os.lstat('file')"), ("stat", "call('faccessat', -100, b'file', 0, 0)"),
      ("stat", "call('fstatfs', f, ctypes.create_string_buffer(200))"), ("stat", "os.fstatvfs(f)"),
      ("stat", "libc.fgetxattr(f, b'user.x', None, 0); ctypes.get_errno() != 5 or os._exit(105)"),
      ("stat", "call('flistxattr', f, None, 0)"),
      ("list", "os.listdir('.')"), ("map", "__import__('mmap').mmap(f, 4, prot=1)"),
    ])
  func reads(kind: String, line: String) throws {
    // The interpreter reads and looks before it and after: from the last call on, one of them is the one that is meant.
    let place = try TemporaryFolder()
    try place.write("file", "text")
    let lines = ["f = os.open('file', os.O_RDONLY)", line].map { "    \($0)\n" }.joined()
    try place.write("program.py", Self.setUp + lines + "except OSError as error:\n    os._exit(100 + error.errno)\n")
    let library = try StepOptions([]).library
    let text = Command.shell(
      """
      \(Self.python); cd '\(place.path)'; export LD_PRELOAD='\(library)' BOBBIN_CALL_COUNT=count
      BOBBIN_CALL_FAULT=\(kind):EIO@0 $python -S program.py
      unset BOBBIN_CALL_COUNT
      for n in $(seq $(cat count) -1 1); do
        BOBBIN_CALL_FAULT=\(kind):EIO@$n $python -S program.py 2> /dev/null
        [ $? != 105 ] || { echo met; break; }
      done
      """
    ).text
    #expect(text == "met\n")
  }

  @Test(
    "a write takes half of what it is given, of several parts too; one of a byte does not count",
    arguments: [
      ("os.write(1, b'abcd')", "ab fired\n"), ("os.writev(1, [b'ab', b'cdef'])", "ab fired\n"),
      ("os.writev(1, [b'abcdef', b'gh'])", "abcd fired\n"), ("os.writev(1, [b'', b'abcd'])", "ab fired\n"),
      ("os.write(1, b'a')", "a"), ("os.write(1, b'a'); os.write(1, b'bcde')", "abc fired\n"),
    ])
  func short(line: String, text: String) throws { #expect(try run("write:short", line) == text) }
}
