import Jobs
import Platform

/// A program that does a part of the work: started with an argument array and never by a shell, nothing on its standard input
/// but what it is given, no variable that it does not need, in a session of its own that ends as a whole.
struct ImageTool: Sendable {
  /// What is called, and by which package Debian has it.
  let name: String
  let package: String

  static let umoci = ImageTool(name: "umoci", package: "umoci")
  static let skopeo = ImageTool(name: "skopeo", package: "skopeo")
  static let tar = ImageTool(name: "tar", package: "tar")
  static let copy = ImageTool(name: "cp", package: "coreutils")
  static let checksum = ImageTool(name: "sha256sum", package: "coreutils")
  static let libraries = ImageTool(name: "ldconfig", package: "libc-bin")

  /// One start of it.
  struct Call {
    var arguments: [String]
    /// Default: nothing.
    var input: Descriptor?
    /// Default: kept, and given back.
    var output: Descriptor?
    /// Default: the work's own folder.
    var folder: Folder?
    /// Added to PATH, HOME and TMPDIR.
    var environment: [String] = []
    /// Folders that may take `maxSize` each while it runs.
    var watched: [String] = []
  }

  /// Between two looks whether it has ended, ns.
  private static let patience: Int64 = 20_000_000
  /// Between two looks at a folder that it fills, ns: what a disk writes in that time may come on top of the limit, as far as
  /// `minFree` lets it.
  private static let interval: Int64 = 200_000_000
  /// What is kept of what it says, bytes.
  private static let longestAnswer = 1 << 20

  /// Runs it to its end.
  ///
  /// - Returns: what it said on standard output, if that is not given.
  /// - Throws: `programMissing`, `programFailed`, `timedOut`, `tooLarge`, `noRoom`, `system`.
  @discardableResult
  func run(_ call: Call, in work: ImageWork) throws(ImageFailure) -> [UInt8] {
    let path = try find(work.searchPath)
    do {
      let complaints = try work.folder.createUnnamed()
      let output = try call.output ?? work.folder.createUnnamed()
      var program = Program(
        paths: [path], arguments: [name] + call.arguments, environment: try environment(call, work),
        folder: .open(call.folder ?? work.folder))
      let longest = min(UInt64(max(0, work.limits.maxSize.bytes)), ResourceLimit.ceiling(.fileSize))
      program.limits = [ResourceLimit(.fileSize, longest)]
      // A command that is killed leaves nobody behind who fills the disk.
      program.diesWithParent = true
      let pid = try program.start(
        input: try call.input ?? FileSystem.openNull(), output: output, error: complaints)
      let cause = try supervise(pid, call, work)
      guard cause == .exited(0) else { throw failure(cause, said: try complaints.readStart(4096), work) }
      return call.output == nil ? try output.readStart(Self.longestAnswer) : []
    } catch let failure as ImageFailure {
      throw failure
    } catch let failure as Program.Failure {
      throw .programFailed(name, reason: failure.cause.description)
    } catch let error as SystemError {
      throw .system(error)
    } catch { throw .programFailed(name, reason: "\(error)") }
  }

  private func find(_ searchPath: String) throws(ImageFailure) -> String {
    let candidates = ProcessRuntime.candidates(for: name, searchPath: searchPath)
    let path = candidates.first { path in
      guard path.hasPrefix("/"), let status = try? FileSystem.status(path: path, following: true) else { return false }
      return status.kind == .file && status.mode & 0o111 != 0
    }
    guard let path else { throw .programMissing(name, package: package) }
    return path
  }

  private func environment(_ call: Call, _ work: ImageWork) throws(SystemError) -> [String] {
    let home = try FileSystem.path(of: work.folder)
    let given = call.environment.map { $0.prefix { $0 != "=" } }
    let own = ["PATH=\(work.searchPath)", "HOME=\(home)", "TMPDIR=\(home)", "LC_ALL=C"]
    return own.filter { entry in !given.contains(entry.prefix { $0 != "=" }) } + call.environment
  }

  /// Waits for its end, and ends it and all it started when it takes too much of anything.
  private func supervise(_ pid: Int32, _ call: Call, _ work: ImageWork) throws -> ProcessEnd.Cause {
    let start = Clock.continuous()
    let patience = work.limits.patience.components.seconds * 1_000_000_000
    var nextLook = start
    do {
      while true {
        if let cause = Children.wait(for: pid, atMost: Self.patience) { return cause }
        let now = Clock.continuous()
        if now - start > patience {
          throw ImageFailure.timedOut(name, after: work.limits.patience)
        }
        try work.checkRoom()
        guard now >= nextLook else { continue }
        for name in call.watched { try work.checkSize(of: name) }
        // A tree of a million files takes seconds to look at: looking takes a fifth of the time at most.
        let after = Clock.continuous()
        nextLook = after + max(Self.interval, 4 * (after - now))
      }
    } catch {
      // It leads a session and a group of its own.
      ProcessTable.signalChild(-pid, SignalNumber.kill)
      _ = Children.wait(for: pid)
      throw error
    }
  }

  private func failure(_ cause: ProcessEnd.Cause, said: [UInt8], _ work: ImageWork) -> ImageFailure {
    let text = String(decoding: said, as: UTF8.self)
    // A Go program that meets RLIMIT_FSIZE says so, others are killed by the signal.
    if cause == .signalled(SignalNumber.fileTooLarge) || text.contains("file too large") {
      return .tooLarge(limit: work.limits.maxSize)
    }
    if (try? work.checkRoom()) == nil || text.contains("no space left on device") {
      return .noRoom(minFree: work.limits.minFree)
    }
    let lines = text.split(whereSeparator: \.isNewline).map { Self.bare(String($0)) }.filter { !$0.isEmpty }
    // umoci marks what went wrong, skopeo says it last.
    let line = lines.last { $0.hasPrefix("⨯") } ?? lines.last ?? "it said nothing"
    let ending: String =
      switch cause {
      case .exited(let code): "exit \(code)"
      case .signalled(let signal): "signal \(signal)"
      }
    return .programFailed(name, reason: "\(line) (\(ending))")
  }

  /// A line of a log without what stands before the message: `time="…" level=fatal msg="…"`.
  private static func bare(_ line: String) -> String {
    let line = String(line.drop { $0 == " " })
    guard line.hasPrefix("time="), let start = line.firstRange(of: "msg=\"") else { return line }
    return String(line[start.upperBound...].dropLast()).replacing("\\n", with: " ").replacing("\\t", with: " ")
      .replacing("\\\"", with: "\"")
  }
}

extension Descriptor {
  fileprivate func readStart(_ limit: Int) throws(SystemError) -> [UInt8] {
    try rewind()
    return Array(try readAll(limit: limit).prefix(limit))
  }
}
