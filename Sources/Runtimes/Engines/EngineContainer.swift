import Jobs
import Platform

/// A container of a spool as an engine lists it: for people who look.
public struct EngineContainer: Equatable, Sendable {
  public let engine: RuntimeChoice
  /// The first 12 digits.
  public let id: String
  public let name: String
  /// The engine's word: `running`, `created`, `paused` …
  public let state: String
  /// The job that it was made for; nil: it stays for a group.
  public let job: JobID?
  /// The group that it stays for; nil: it goes with its job.
  public let group: String?

  public init(engine: RuntimeChoice, id: String, name: String, state: String, job: JobID?, group: String?) {
    (self.engine, self.id, self.name, self.state, self.job, self.group) = (engine, id, name, state, job, group)
  }
}

extension EngineMachine {
  /// The containers of a spool in every engine that is installed, and those that do not answer.
  ///
  /// - Parameter searchPath: where the clients are looked for, as PATH.
  public static func containers(
    of spool: String, searchPath: String
  ) -> (containers: [EngineContainer], silent: [RuntimeChoice]) {
    var found: [EngineContainer] = []
    var silent: [RuntimeChoice] = []
    for kind in installed(searchPath: searchPath) where kind != .container {
      guard let program = program(kind, searchPath) else { continue }
      let label = { (name: String) in
        kind == .docker ? #"{{.Label "\#(name)"}}"# : #"{{index .Labels "\#(name)"}}"#
      }
      // A tab is in no name and no id; a job's id may have blanks.
      let format = ["{{.ID}}", "{{.Names}}", "{{.State}}", label("bobbin.group"), label("bobbin.job")]
      let arguments = [
        "ps", "--all", "--filter", "label=\(Engine.spoolLabel)=\(spool)", "--format", format.joined(separator: "\t"),
      ]
      guard let answer = try? Engine.run(program, arguments), answer.isSuccess else {
        silent.append(kind)
        continue
      }
      found += answer.output.split(separator: "\n").compactMap { EngineContainer(line: $0, of: kind) }
    }
    return (found, silent)
  }

  /// How a program is executed in a container: its client and the words before the program's own. Nil: it is not installed.
  public static func executing(
    in container: EngineContainer, onTerminal: Bool, searchPath: String
  ) -> (program: String, arguments: [String])? {
    guard let program = program(container.engine, searchPath) else { return nil }
    return (program, ["exec", "--interactive"] + (onTerminal ? ["--tty"] : []) + [container.name])
  }
}

extension EngineContainer {
  init?(line: Substring, of kind: RuntimeChoice) {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 5 else { return nil }
    // podman says so of a label that is not there.
    func label(_ text: String) -> String? { text.isEmpty || text == "<no value>" ? nil : text }
    self.init(
      engine: kind, id: String(fields[0].prefix(12)), name: fields[1], state: fields[2],
      job: label(fields[4]).map { JobID(unchecked: $0) }, group: label(fields[3]))
  }
}
