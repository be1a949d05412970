import Platform

/// `~/.config/bobbin`: what the runner's user decides outside every spool. Opened anew each time, so a change counts at
/// once.
public struct ConfigFolder: Sendable {
  /// Its path as people say it; there may be nothing.
  public let path: String
  /// The runner's home, for paths with `~`.
  public let home: String

  /// The folder of a configuration and a home that are known.
  public init(path: String, home: String) {
    self.path = path
    self.home = home
  }

  /// `$XDG_CONFIG_HOME/bobbin` if that variable is an absolute path (XDG Base Directory Specification), else
  /// `.config/bobbin` in the home of the password file, which is also the HOME that jobs get.
  public static func own(
    variable: (String) -> String? = { Machine.environment($0) }
  ) -> ConfigFolder {
    let home = Machine.home
    let base = variable("XDG_CONFIG_HOME").flatMap { $0.utf8.first == UInt8(ascii: "/") ? $0 : nil }
    return ConfigFolder(path: (base ?? home + "/.config") + "/bobbin", home: home)
  }

  /// A file or folder in it that nobody else could have put there.
  func open(_ name: String) throws(OwnedPath.Fault) -> OwnedPath { try OwnedPath(path + "/" + name) }

  /// `~` and `~/…` as a path.
  func expanded(_ text: String) -> String {
    text == "~" ? home : text.utf8.starts(with: "~/".utf8) ? home + text.dropFirst() : text
  }
}
