import Jobs
import Observability
import Operations
import Platform
import Runner
import Spool

/// `bobbin demo`.
enum DemoCommand {
  static let command = Command(
    name: "demo", usage: [""], summary: "drops the examples into a fresh spool, runs them, shows what came out",
    options: [
      .init(
        "--runtime", "podman|docker|sandbox",
        "jobs in containers instead, on an image made from this machine's programs")
    ],
    notes: """
      The spool is a new folder under TMPDIR or /tmp and stays there. Examples come from Examples/jobs beside Package.swift,
      above the current folder or the program; without them three built-in ones are taken. Some fail on purpose; exit 0
      all the same. The image of --runtime is made without a network (for sandbox by umoci) and taken away at the end.
      """,
    examples: [("bobbin demo", ""), ("bobbin demo --runtime podman", "")], operands: 0...0, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let runtime = try runtime(call)
    let home = try FileSystem.makeTemporaryFolder(prefix: "bobbin-demo-")
    let path = home + "/spool"
    _ = try SpoolAccess.make(path: path)
    let access = try SpoolAccess(path: path, now: call.context.now)
    let console = call.console
    console.note("bobbin: a fresh spool at \(Visible.text(path))")
    let folder =
      runtime == nil
      ? ExampleJobs.folder(near: [call.context.currentFolder, call.context.executable].compactMap { $0 }) : nil
    var examples: [ExampleJob]
    if let runtime {
      try makeImage(for: runtime, access, home: home, call)
      examples = ContainerExamples.jobs(runtime)
    } else {
      examples = try folder.map { (path) throws(SystemError) in try ExampleJobs.read(folder: path) } ?? []
      if examples.isEmpty { examples = ExampleJobs.builtIn }
      examples = ExampleJobs.judged(examples, path: call.context.environment("PATH") ?? "/usr/bin:/bin") {
        Isolation.ofMachine(Settings())
      }
    }
    defer { if let runtime { access.forgetImage(ContainerExamples.image, in: runtime) } }
    for example in examples {
      guard let missing = example.missing else { continue }
      console.note("bobbin: left out: \(Visible.text(example.name.text)), there is no '\(Visible.text(missing))' here")
    }
    var submission = try Submission(access)
    var count = 0
    for example in examples where example.missing == nil {
      _ = try submission.drop(example)
      count += 1
    }
    console.note(
      "bobbin: dropped \(Amounts.count(count, "example", "examples"))"
        + (folder.map { " from \(Visible.text($0))" } ?? (runtime == nil ? ", built in" : " for containers"))
        + " into its inbox; running them now")
    var options = RunnerOptions(spool: path)
    options.drain = true
    options.terminal = RunCommand.terminal(console)
    let summary = try RunnerProgram.run(options)
    for (name, reason) in summary.left {
      console.note("bobbin: left: \(Visible.text(name)): \(Visible.text(reason))")
    }
    if call.json {
      try writeJSON(summary, path, access, call)
    } else {
      try show(summary, path, access, call)
    }
    return summary.endedBySignal ? ExitCode.no : ExitCode.success
  }

  private static func runtime(_ call: Invocation) throws -> RuntimeChoice? {
    guard let word = call.arguments.value("--runtime") else { return nil }
    guard let runtime = RuntimeChoice(rawValue: word), [.podman, .docker, .sandbox].contains(runtime) else {
      throw Failure(ExitCode.usage, "bobbin: --runtime is podman, docker or sandbox, not '\(Visible.text(word))'")
    }
    return runtime
  }

  private static func makeImage(
    for runtime: RuntimeChoice, _ access: SpoolAccess, home: String, _ call: Invocation
  ) throws {
    let recipe = home + "/image.json"
    try Folder(path: home).create("image.json").write(Array(ContainerExamples.recipe.utf8))
    call.console.note("bobbin: making an image of a few programs for \(runtime.rawValue)")
    let request = ImageRequest(searchPath: call.context.environment("PATH"))
    if runtime == .sandbox {
      _ = try access.buildImage(recipe, request)
    } else {
      _ = try access.buildImage(recipe, into: runtime, request)
    }
  }

  private static func show(
    _ summary: RunnerSummary, _ path: String, _ access: SpoolAccess, _ call: Invocation
  ) throws {
    let console = call.console
    let colour = console.colourOutput
    try console.line("\(Visible.text(path))/")
    var empty: [String] = []
    for (folder, names, more) in try access.tree() {
      if names.isEmpty {
        empty.append(folder + "/")
        continue
      }
      try console.line("  " + Paint.bold.on(folder + "/", colour))
      for name in names { try console.line("    " + Visible.text(name)) }
      if more > 0 { try console.line("    … and \(more) more") }
    }
    if !empty.isEmpty { try console.line("  empty: " + empty.joined(separator: " ")) }
    if let (id, record) = try exemplar(access) {
      try console.line()
      try console.line(Paint.dim.on("done/\(Visible.text(JobFile.result(id.text))):", colour))
      let text = String(decoding: record.encode(), as: UTF8.self)
      for line in text.split(separator: "\n") { try console.line("  " + Visible.text(String(line))) }
    }
    try console.line()
    let failed = summary.failed == 0 ? "" : ", \(summary.failed) of them not successfully: that is on purpose"
    try console.line("\(Amounts.count(summary.finished, "job", "jobs")) ended\(failed).")
    try console.line("Everything lies in \(Visible.text(path)). Next:")
    let program = self.program(call)
    try console.line("  \(program) ls --spool \(Visible.text(path))")
    try console.line("  \(program) why \(try failure(access)) --spool \(Visible.text(path))")
    if call.arguments.value("--runtime") == nil,
      let engine = InstalledEngines.ofMachine().first(where: { $0 != .container })
    {
      try console.line("  \(program) demo --runtime \(engine.rawValue)")
    }
  }

  /// How this program was called: found by its name, or by where it is built.
  private static func program(_ call: Invocation) -> String {
    guard let executable = call.context.executable else { return "bobbin" }
    let folder = executable.split(separator: "/").dropLast().joined(separator: "/")
    let isFound = (call.context.environment("PATH") ?? "").split(separator: ":").contains { $0 == "/" + folder }
    return isFound ? "bobbin" : Visible.text(executable)
  }

  /// A result worth looking at: one with a value, else the first.
  private static func exemplar(_ access: SpoolAccess) throws -> (JobID, JobRecord)? {
    var request = ListingRequest()
    request.places = [.done]
    request.limit = nil
    var found: [(JobID, JobRecord)] = []
    try access.list(request) { listing in
      for entry in listing.entries {
        if let record = entry.result { found.append((record.id, record)) }
      }
    }
    return found.first { $0.1.outcome?.value != nil } ?? found.first
  }

  private static func failure(_ access: SpoolAccess) throws -> String {
    let failures = try access.status(failures: 20).failures
    let failed = failures.first { $0.result?.outcome?.status == .failed } ?? failures.first
    return failed.map { Visible.text($0.name) } ?? "hello"
  }

  private static func writeJSON(
    _ summary: RunnerSummary, _ path: String, _ access: SpoolAccess, _ call: Invocation
  ) throws {
    let tree = try access.tree(atMost: .max)
    try call.console.put(
      JSONText.document { writer in
        writer.beginObject()
        writer.member("spool", path)
        writer.member("finished", summary.finished)
        writer.member("failed", summary.failed)
        writer.key("folders")
        writer.beginObject()
        for (folder, names, _) in tree {
          writer.key(folder)
          writer.beginArray()
          for name in names { writer.string(name) }
          writer.endArray()
        }
        writer.endObject()
        writer.endObject()
      })
  }
}
