import Jobs

/// Keys of a job that the command line sets: they replace the file's, but `env`, which is added to.
public struct JobChanges: Equatable, Sendable {
  public var group: GroupName?
  public var priority: Int?
  /// As it was typed, in the format of a job file.
  public var timeout: String?
  /// Attempts in all.
  public var retry: Int?
  public var key: String?
  public var after: [JobID] = []
  public var notBefore: Timestamp?
  public var env: [EnvEntry] = []

  /// None.
  public init() {}

  /// Whether the bytes stay as they are.
  public var isEmpty: Bool { self == JobChanges() }

  /// The job with the changes, written anew: pretty, its other keys as they were and in their order.
  func applied(to bytes: [UInt8]) throws(Refusal) -> [UInt8] {
    guard case .object(var members) = try JSONReader.read(bytes).value else { return bytes }
    func set(_ key: String, _ value: JSON?) {
      guard let value else { return }
      let member = JSONMember(key, JSONNode(value))
      if let index = members.firstIndex(where: { $0.key == key }) {
        members[index] = member
      } else {
        members.append(member)
      }
    }
    set("group", group.map { .string($0.text) })
    set("priority", priority.map { .number(String($0)) })
    set("timeout", timeout.map { .string($0) })
    set("retry", retry.map { .number(String($0)) })
    set("key", key.map { .string($0) })
    if !after.isEmpty { set("after", .array(after.map { JSONNode(.string($0.text)) })) }
    set("notBefore", notBefore.map { .string($0.text) })
    if !env.isEmpty {
      var variables: [JSONMember] = []
      if case .object(let own)? = members.first(where: { $0.key == "env" })?.node.value { variables = own }
      for entry in env {
        variables.removeAll { $0.key.utf8.elementsEqual(entry.name.utf8) }
        variables.append(JSONMember(entry.name, JSONNode(.string(entry.value))))
      }
      set("env", .object(variables))
    }
    return JobChanges.file(members)
  }

  /// A job file made of members.
  static func file(_ members: [JSONMember]) -> [UInt8] {
    var writer = JSONWriter(.pretty)
    writer.value(.object(members))
    return writer.line()
  }
}
