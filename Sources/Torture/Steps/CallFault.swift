/// What goes wrong with which calls of a program; the words are those of `CFault`.
struct CallFault: Hashable, CustomStringConvertible {
  /// Kinds of calls that are counted together, `sync,rename`.
  let kinds: String
  /// `kill`, `short`, or the name of an error.
  let what: String

  init(_ kinds: String, _ what: String) { (self.kinds, self.what) = (kinds, what) }

  /// None of its calls changes anything that lasts.
  var isOfReads: Bool {
    Set(kinds.split(separator: ",").map(String.init)).isSubset(of: [
      "read", "stat", "list", "pipe", "watch", "poll", "lock", "map",
    ])
  }

  var description: String { "\(kinds):\(what)" }
  func plan(at number: Int) -> String { "\(kinds):\(what)@\(number)" }

  /// The death of the program at any call that changes something.
  static let everyChange = CallFault("durable", "kill")

  /// A process that is another user's by now: one that the job started with other rights.
  static let refusedSignal = CallFault("signal", "EPERM")

  /// Each with the errors that its manual page names for it, or that the kernel has for it (ENOMEM of flock(2)); the kill in
  /// place of every call that changes something, and of every spawn and wait: between two of those there is nothing to be told
  /// apart. Reads and looks are not refused with EACCES, which has to be on the way to a file and not at it.
  static let all: [CallFault] = [
    everyChange,
    CallFault("create,write,sync,rename,link,unlink,mkdir,times,mode", "EIO"),
    CallFault("create,write,rename,link,mkdir", "ENOSPC"),
    CallFault("create,open,spawn", "EMFILE"),
    CallFault("create,open,rename,link,unlink,mkdir,spawn", "ENOMEM"),
    CallFault("create,open,rename,link,unlink,mkdir,times", "EACCES"),
    refusedSignal,
    CallFault("write", "short"),
    CallFault("write,open,create,wait", "EINTR"),
    CallFault("read,stat,list", "EIO"),
    CallFault("stat,list,pipe,watch,lock,map", "ENOMEM"),
    CallFault("pipe,watch", "EMFILE"),
    CallFault("read,poll", "EINTR"),
  ]
}
