/// What goes wrong with which calls of a program; the words are those of `CFault`.
struct CallFault: Hashable, CustomStringConvertible {
  /// Kinds of calls that are counted together, `sync,rename`.
  let kinds: String
  /// `kill`, `short`, or the name of an error.
  let what: String

  init(_ kinds: String, _ what: String) { (self.kinds, self.what) = (kinds, what) }

  var description: String { "\(kinds):\(what)" }
  func plan(at number: Int) -> String { "\(kinds):\(what)@\(number)" }

  /// Each with the errors that its manual page names for it; the kill in place of every call that changes something, and of
  /// every spawn and wait.
  static let all: [CallFault] = [
    CallFault("durable", "kill"),
    CallFault("create,write,sync,rename,link,unlink,mkdir,times", "EIO"),
    CallFault("create,write,rename,link,mkdir", "ENOSPC"),
    CallFault("create,open,spawn", "EMFILE"),
    CallFault("create,open,rename,link,unlink,mkdir,spawn", "ENOMEM"),
    CallFault("create,open,rename,link,unlink,mkdir,times", "EACCES"),
    CallFault("write", "short"),
    CallFault("write,open,create,wait", "EINTR"),
  ]
}
