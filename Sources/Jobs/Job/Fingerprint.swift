extension Job {
  /// A stable fingerprint of the work: equal for two jobs that would do the same, as 32 hexadecimal digits.
  ///
  /// It decides whether an idempotency key is used again for other work (`key-reused`), is kept in `keys/`, and so never
  /// changes between versions for a job that uses no newer key. Of the work are run, stdin, env (in any order), directory,
  /// runtime, image, user, group, network, limits, mounts and the names of secrets (both in any order); when and how often it runs, what it is called and described as are not.
  public var work: String {
    var hash = FNV1a128()
    hash.add("work 1")
    switch run {
    case .arguments(let arguments):
      hash.add("arguments")
      hash.add(count: arguments.count)
      for argument in arguments { hash.add(argument) }
    case .shell(let line):
      hash.add("shell")
      hash.add(line)
    }
    switch stdin {
    case .none: hash.add("none")
    case .text(let text):
      hash.add("text")
      hash.add(text)
    case .json(let bytes):
      hash.add("json")
      hash.add(bytes: bytes)
    case .file(let path):
      hash.add("file")
      hash.add(path)
    }
    hash.add(count: env.count)
    for entry in env.sorted(by: { UTF8Text.precedes($0.name, $1.name) }) {
      hash.add(entry.name)
      hash.add(entry.value)
    }
    let places: [String?] = [directory, group?.text, network, runtime.rawValue]
    for text in places {
      hash.add(count: text == nil ? 0 : 1)
      hash.add(text ?? "")
    }
    // A limit that is not stated adds nothing, so a later limit leaves today's fingerprints as they are.
    func add(_ name: String, _ value: Int64?) {
      guard let value else { return }
      hash.add(name)
      hash.add(String(value))
    }
    add("memory", limits.memory?.bytes)
    add("swap", limits.swap?.bytes)
    // Not rounded(): that needs libm, which nothing else here links.
    add("millionthsOfCPU", limits.cpus.map { Int64($0 * 1_000_000 + 0.5) })
    add("pids", limits.pids.map { Int64($0) })
    add("openFiles", limits.openFiles.map { Int64($0) })
    add("fileSize", limits.fileSize?.bytes)
    add("cpuTime", limits.cpuTime?.wholeNanoseconds)
    add("scratch", limits.scratch?.bytes)
    add("output", limits.output?.bytes)
    for mount in mounts.sorted(by: { UTF8Text.precedes($0.container, $1.container) }) {
      hash.add(mount.isReadOnly ? "mount" : "mount read-write")
      hash.add(mount.host)
      hash.add(mount.container)
    }
    for name in secrets.sorted(by: { UTF8Text.precedes($0, $1) }) {
      hash.add("secret")
      hash.add(name)
    }
    func add(_ name: String, _ text: String?) {
      guard let text else { return }
      hash.add(name)
      hash.add(text)
    }
    add("image", image)
    add("user", user.map { String($0) })
    if isPrivileged { hash.add("privileged") }
    for word in limits.engine.words { hash.add(word) }
    return hash.text
  }
}

/// A stable name for texts that cannot be file names themselves.
public enum Fingerprint {
  /// Equal for equal texts in the same order; 32 hexadecimal digits.
  public static func of(_ texts: [String]) -> String {
    var hash = FNV1a128()
    for text in texts { hash.add(text) }
    return hash.text
  }
}

/// FNV-1a with 128 bits (Fowler, Noll, Vo): deterministic across processes and machines, unlike `Hasher`.
///
/// It tells apart what people wrote by mistake or change, not what somebody crafted: a key is its author's own.
struct FNV1a128 {
  private var state = UInt128(0x6c62_272e_07bb_0142) << 64 | UInt128(0x62b8_2175_6295_c58d)
  private static let prime = UInt128(1) << 88 | UInt128(0x13b)

  mutating func add(bytes: [UInt8]) {
    add(count: bytes.count)
    for byte in bytes { mix(byte) }
  }

  /// Adds a text with its length, so that "a","bc" and "ab","c" differ.
  mutating func add(_ text: String) {
    add(count: text.utf8.count)
    for byte in text.utf8 { mix(byte) }
  }

  mutating func add(count: Int) {
    var rest = UInt64(truncatingIfNeeded: count)
    for _ in 0..<8 {
      mix(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  mutating func mix(_ byte: UInt8) {
    state = (state ^ UInt128(byte)) &* FNV1a128.prime
  }

  /// The hash of one text.
  static func text(of text: String) -> String {
    var hash = FNV1a128()
    hash.add(text)
    return hash.text
  }

  /// 32 hexadecimal digits.
  var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: max(0, 32 - digits.utf8.count)) + digits
  }
}
