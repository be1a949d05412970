import Jobs
import Platform

/// Why a secret is not given to a job.
public struct SecretRefusal: Error, Equatable, Sendable {
  /// The stable name of the kind. `secret-not-allowed` is a refusal of the job, by the settings.
  public enum Code: String, Sendable, CaseIterable {
    case missing = "secret-missing"
    /// Others could have read or written it, or it cannot be a variable's value.
    case unsafe = "secret-unsafe"
  }

  public let code: Code
  /// One sentence; never a part of the secret.
  public let reason: String

  public init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}

/// A secret as a job gets it.
public struct Secret: Sendable, Equatable {
  /// Of its file and of the variable.
  public let name: String
  /// Not empty, no NUL.
  public let value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// `~/.config/bobbin/secrets`: a file a secret, for the runner's user alone (DESIGN §3, `secrets`). Read at each start, so a
/// new value counts from the next attempt on.
public struct SecretStore: Sendable {
  /// The longest secret, bytes. Linux takes 128 KiB as one variable (execve(2), MAX_ARG_STRLEN).
  public static let longest = 64 << 10

  private let config: ConfigFolder

  public init(config: ConfigFolder = .own()) { self.config = config }

  /// All of them in order, or why one cannot be had.
  public func read(_ names: [String]) throws(SecretRefusal) -> [Secret] {
    if names.isEmpty { return [] }
    let folder = try self.folder()
    var secrets: [Secret] = []
    for name in names { secrets.append(Secret(name: name, value: try value(of: name, in: folder))) }
    return secrets
  }

  private var path: String { config.path + "/secrets" }

  private func folder() throws(SecretRefusal) -> Folder {
    do throws(OwnedPath.Fault) {
      let found = try config.open("secrets")
      guard found.status.kind == .folder else { throw .unsafe(path: path, reason: "it is not a folder") }
      guard found.status.owner == Machine.user, found.status.mode & 0o077 == 0 else {
        throw .unsafe(path: path, reason: "expected mode 0700 and the runner's user as its owner")
      }
      return Folder(found.descriptor, path: path)
    } catch {
      switch error {
      case .missing: throw SecretRefusal(.missing, "there is no \(path)")
      case .unsafe(let path, let reason): throw SecretRefusal(.unsafe, "\(path): \(reason)")
      case .system(let error): throw SecretRefusal(.unsafe, "\(path) cannot be read: \(error.reason)")
      }
    }
  }

  /// Through the folder's descriptor and never through a link: the name comes from a job.
  private func value(of name: String, in folder: Folder) throws(SecretRefusal) -> String {
    let shown = "\(path)/\(name)"
    guard SecretName.isValid(name) else { throw SecretRefusal(.unsafe, "a secret cannot be called so") }
    let bytes: [UInt8]
    do {
      let file = try folder.open(name)
      let status = try file.status()
      guard status.kind == .file else { throw SecretRefusal.notPlain(shown, "it is not a regular file") }
      guard status.owner == Machine.user, status.mode & 0o077 == 0 else {
        throw SecretRefusal.notPlain(shown, "expected mode 0600 and the runner's user as its owner")
      }
      bytes = try file.readAll(limit: Self.longest + 1)
    } catch let refusal as SecretRefusal {
      throw refusal
    } catch let error as SystemError {
      if error.isMissing { throw SecretRefusal(.missing, "there is no \(shown)") }
      throw SecretRefusal(.unsafe, "\(shown): " + (error.isLink ? "it is a symbolic link" : error.reason))
    } catch { throw SecretRefusal(.unsafe, shown) }  // nothing else is thrown above
    // Editors and echo end a file with a line break that is no part of what was meant. One, so that a value can end with
    // one too.
    let content = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
    guard content.count <= Self.longest else { throw SecretRefusal.notPlain(shown, "it is longer than 64 KiB") }
    guard !content.isEmpty else { throw SecretRefusal.notPlain(shown, "it is empty") }
    guard !content.contains(0), let text = String(validating: content, as: UTF8.self) else {
      throw SecretRefusal.notPlain(shown, "it has NULs or is not UTF-8, and a variable's value is text")
    }
    return text
  }
}

extension SecretRefusal {
  fileprivate static func notPlain(_ path: String, _ reason: String) -> SecretRefusal {
    SecretRefusal(.unsafe, "\(path): \(reason)")
  }
}
