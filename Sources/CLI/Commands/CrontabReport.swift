import Jobs
import Operations

/// What `crontab` tells while it writes, and at its end.
struct CrontabReport {
  /// An entry, and the task that stands for it now.
  struct Result {
    let task: CrontabTask
    let name: String
    /// `written`, `there-already`, `differs`.
    let became: String
  }

  private let translation: CrontabTranslation
  private let file: String
  private(set) var results: [Result] = []
  /// In the order of their lines.
  private(set) var notes: [CrontabNote]

  init(_ translation: CrontabTranslation, file: String) {
    self.translation = translation
    self.file = file
    notes = translation.notes
  }

  /// Writes all tasks, a line each at once: after a crash it is known which are there.
  mutating func write(into folder: TaskFolder, _ call: Invocation) throws {
    let names = width(translation.tasks.map(\.name.count), most: 32)
    let schedules = width(translation.tasks.map { CrontabText.schedule($0).count }, most: 32)
    var work = try CrontabImport(translation.tasks, into: folder)
    do {
      while let (task, outcome) = try work.next() {
        let name: String
        switch outcome {
        case .written(let own, let beside):
          name = own
          if let beside { notes.append(CrontabNote(line: task.line, .sameCommand(beside))) }
          if !call.json {
            let width = call.console.outputIsTerminal ? call.console.width : nil
            try call.console.line(CrontabText.line(task, as: own, names: names, schedules: schedules, width: width))
            try call.console.flush()
          }
        case .thereAlready(let other):
          name = other
          notes.append(CrontabNote(line: task.line, .thereAlready(other)))
        case .differs(let other):
          name = other
          notes.append(CrontabNote(line: task.line, .differs(from: other)))
        }
        results.append(Result(task: task, name: name, became: CrontabText.became(outcome)))
      }
    } catch {
      try tell(call)
      throw error
    }
    try tell(call)
  }

  /// Shows all tasks as they would be.
  func show(_ call: Invocation) throws {
    if call.json {
      try writeJSON(call, isShown: true)
      return
    }
    for task in translation.tasks {
      try call.console.line(task.name + ".json:")
      // A command's own characters must not speak to a terminal; a pipe gets the bytes.
      if call.console.outputIsTerminal {
        for line in String(decoding: task.bytes, as: UTF8.self).split(separator: "\n") {
          try call.console.line(Visible.text(String(line)))
        }
      } else {
        try call.console.put(task.bytes)
      }
    }
    try call.console.flush()
    sayNotes(call)
  }

  private mutating func tell(_ call: Invocation) throws {
    // Not `sort`, which need not keep the order of those of one line.
    notes = notes.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(\.element)
    if call.json {
      try writeJSON(call)
    } else {
      try call.console.flush()
      sayNotes(call)
    }
  }

  private func sayNotes(_ call: Invocation) {
    for note in notes { call.console.note(CrontabText.line(note, in: file)) }
    if translation.tasks.isEmpty, notes.isEmpty { call.console.note("bobbin: no entries there") }
  }

  /// - Parameter isShown: the tasks themselves, none of which was written.
  private func writeJSON(_ call: Invocation, isShown: Bool = false) throws {
    try call.console.put(
      JSONText.document { writer in
        writer.beginObject()
        writer.key("tasks")
        writer.beginArray()
        for task in isShown ? translation.tasks : [] { write(task, as: task.name, became: nil, to: &writer) }
        for result in results { write(result.task, as: result.name, became: result.became, to: &writer) }
        writer.endArray()
        writer.key("notes")
        writer.beginArray()
        for note in notes {
          writer.beginObject()
          writer.member("line", note.line)
          writer.member("code", note.code)
          writer.member("reason", CrontabText.sentence(note.what))
          writer.member("leftOut", note.isLoss)
          writer.endObject()
        }
        writer.endArray()
        writer.endObject()
      })
  }

  private func write(_ task: CrontabTask, as name: String, became: String?, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("line", task.line)
    writer.member("name", name)
    writer.member("became", became)
    writer.member("schedule", task.schedule)
    writer.member("timezone", task.timezone)
    writer.member("command", task.command)
    if became == nil, let node = try? JSONReader.read(task.bytes) {  // our own document
      writer.key("task")
      writer.value(node.value)
    }
    writer.endObject()
  }

  private func width(_ counts: [Int], most: Int) -> Int { counts.filter { $0 <= most }.max() ?? 0 }
}
