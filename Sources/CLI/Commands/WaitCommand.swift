import Jobs
import Operations
import Platform
import Spool

/// `bobbin wait`.
enum WaitCommand {
  static let command = Command(
    name: "wait", usage: ["ID… [--timeout D]", "-", "--group G", "--all"],
    summary: "waits until jobs have ended",
    options: [.init("--timeout", "D", "give up after this long: exit 124")] + Command.selection,
    notes: """
      An id without a number means the newest job of that name: with x, x~2 and x~3 there, 'bobbin wait x' waits for x~3.
      Ids from standard input, as submit prints them, and those of --group and --all mean these very jobs.
      Exit 0 if all succeeded, 1 if one did not or is not there, 124 if the time was over.
      """,
    examples: [
      ("bobbin wait report --timeout 10m", ""), ("bobbin submit *.json | bobbin wait -", "submits and waits for all"),
    ],
    run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let timeout = try call.duration("--timeout")
    let selection = try call.selection()
    let access = try call.openSpool()
    var names: [JobWaiter.Name] = []
    var code = ExitCode.success
    for selected in try access.resolve(selection, in: [.inbox, .held, .processing, .deferred]) {
      switch try access.id(selected) {
      case .success(let id): names.append(selected.isExact ? .exact(id, in: selected.place) : .newest(id))
      case .failure:
        try call.sayMissing(selected, in: access)
        code = ExitCode.no
      }
    }
    // What is asked once is waited for once.
    var seen: Set<JobWaiter.Name> = []
    names = names.filter { seen.insert($0).inserted }
    let start = Clock.continuous()
    let watch = try EndWatch(access)
    var runner = try RunnerWatch(access)
    var waiter = try JobWaiter(access, names: names)
    for (name, state) in zip(waiter.names, waiter.states) where state == .unknown {
      try call.sayMissing(SelectedJob(name.id.text, isExact: true), in: access)
    }
    if !waiter.isOver, !runner.isAlive { call.sayNoRunner() }
    let progress = Progress(call.console, total: names.count)
    while !waiter.isOver {
      progress.show(waiter)
      var left: Int64?
      if let timeout {
        let rest = timeout.wholeNanoseconds - (Clock.continuous() - start)
        if rest <= 0 {
          progress.clear()
          let open = waiter.states.count { if case .pending = $0 { true } else { false } }
          call.console.note("bobbin: the time is over, \(Amounts.count(open, "job has", "jobs have")) not ended")
          try writeJSON(waiter, call)
          return ExitCode.timeOver
        }
        left = rest
      }
      try watch.wait(atMost: left)
      try waiter.look()
      if !waiter.isOver {
        progress.clear()
        try call.sayIfEnded(&runner)
      }
    }
    progress.clear()
    if !waiter.allSucceeded { code = ExitCode.no }
    if call.json {
      try writeJSON(waiter, call)
    } else {
      for state in waiter.states {
        guard case .ended(let id, let record) = state, record?.outcome?.status != .succeeded else { continue }
        let end = record.map { OutcomeText.short($0, withReason: true) } ?? "has no result"
        call.console.note("bobbin: \(Visible.text(id.text)) \(end)")
      }
    }
    return code
  }

  private static func writeJSON(_ waiter: JobWaiter, _ call: Invocation) throws {
    guard call.json else { return }
    var writer = JSONWriter(.pretty)
    writer.beginObject()
    writer.key("jobs")
    writer.beginArray()
    for (name, state) in zip(waiter.names, waiter.states) {
      writer.beginObject()
      switch state {
      case .unknown:
        writer.member("id", name.id.text)
        writer.member("state", "unknown")
      case .pending(let place):
        writer.member("id", name.id.text)
        writer.member("state", place.rawValue)
      case .ended(let id, let record):
        writer.member("id", id.text)
        writer.member("state", record?.outcome?.status == .succeeded ? "done" : "errors")
        writer.member("status", record?.status)
        writer.member("exitCode", record?.outcome?.exitCode)
        writer.member("signal", record?.outcome?.signal)
        writer.member("code", record?.outcome?.code)
        writer.member("reason", record?.outcome?.reason)
      }
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    try call.console.put(writer.line())
  }
}

/// A line on the terminal that says how far it is.
struct Progress {
  private let console: Console
  private let total: Int

  init(_ console: Console, total: Int) {
    self.console = console
    self.total = total
  }

  func show(_ waiter: JobWaiter) {
    guard console.errorIsTerminal else { return }
    let ended = waiter.states.count { if case .ended = $0 { true } else { false } }
    let running = waiter.states.count { $0 == .pending(.processing) }
    console.raw(Array("\r\u{1b}[K\(ended) of \(total) ended, \(running) running".utf8))
  }

  func clear() {
    if console.errorIsTerminal { console.raw(Array("\r\u{1b}[K".utf8)) }
  }
}
