#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Facts about the machine, the user and this process.
public enum Machine {
  /// gethostname(2).
  public static let hostName: String = {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, 255) == 0 else { return "localhost" }
    return text(buffer)
  }()

  /// machine-id(5), else the host's name: which machine a run record belongs to.
  public static let id: String = {
    for path in ["/etc/machine-id", "/var/lib/dbus/machine-id"] {
      if let line = firstLine(path), !line.isEmpty { return line }
    }
    return "host-" + hostName
  }()

  /// random(4) boot_id: changes with every start of the machine.
  public static let bootID: String = firstLine("/proc/sys/kernel/random/boot_id") ?? "unknown"

  /// Processors this process may use, at least 1.
  public static let processors: Int = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  public static var user: UInt32 { geteuid() }
  public static let processID: Int32 = getpid()

  /// The user's home by the password file, getpwuid(3), else HOME, else "/".
  public static let home: String = {
    if let entry = getpwuid(geteuid()), let folder = entry.pointee.pw_dir { return String(cString: folder) }
    return environment("HOME") ?? "/"
  }()

  public static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The whole environment of this process in its order.
  public static var environment: [(name: String, value: String)] {
    var entries: [(name: String, value: String)] = []
    var next = environ
    while let raw = next.pointee {
      let entry = String(cString: raw)
      if let equals = entry.utf8.firstIndex(of: 0x3D) {
        entries.append((String(entry[..<equals]), String(entry[entry.utf8.index(after: equals)...])))
      }
      next += 1
    }
    return entries
  }

  public static func setEnvironment(_ name: String, _ value: String) { setenv(name, value, 1) }

  /// getcwd(3); nil if the folder is gone.
  public static var currentFolder: String? {
    guard let raw = getcwd(nil, 0) else { return nil }
    defer { free(raw) }
    return String(cString: raw)
  }

  /// The path of the running program.
  public static var executable: String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
  }

  /// The name of a user, getpwuid(3), else the number.
  public static func userName(_ user: UInt32) -> String {
    guard let entry = getpwuid(user), let name = entry.pointee.pw_name else { return "user \(user)" }
    return String(cString: name)
  }

  /// Resident memory of this process in bytes, proc(5) statm.
  public static var residentBytes: Int64 {
    guard let line = firstLine("/proc/self/statm") else { return 0 }
    let fields = line.split(separator: " ")
    return fields.count > 1 ? (Int64(fields[1]) ?? 0) * Int64(sysconf(Int32(_SC_PAGESIZE))) : 0
  }

  static func firstLine(_ path: String) -> String? {
    guard let file = try? FileSystem.openForReading(path: path),  // absent on some systems: the caller has another way
      let bytes = try? file.readAll(limit: 4096)
    else { return nil }
    return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
  }

  private static func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
