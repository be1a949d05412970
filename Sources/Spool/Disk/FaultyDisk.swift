#if DEBUG
  import Platform

  /// What goes wrong at which durable step: for tests, in debug builds only. Read from `BOBBIN_FAULT`:
  /// `kill@N` ends this process by SIGKILL in place of step N; `EIO@N` fails step N with that error; `ENOSPC@N-M` fails
  /// steps N to M, after which there is room again; `ENOSPC:write@1-9` counts steps of one kind only. Each fault that comes to
  /// pass is a line in the file `faults` of the folder `BOBBIN_FAULT_NOTES`, where that is set.
  public struct FaultPlan: Sendable, Equatable {
    public enum Fault: Sendable, Equatable {
      case kill
      case fail(Int32)
    }

    public let fault: Fault
    /// Nil: steps of every kind count.
    public let kind: String?
    public let steps: ClosedRange<Int>

    public init?(_ text: String) {
      let halves = text.split(separator: "@", maxSplits: 1)
      guard halves.count == 2 else { return nil }
      let what = halves[0].split(separator: ":", maxSplits: 1)
      let range = halves[1].split(separator: "-", maxSplits: 1).compactMap { Int($0) }
      guard let first = range.first, let last = range.last, first > 0, first <= last else { return nil }
      steps = first...last
      kind = what.count == 2 ? String(what[1]) : nil
      if what[0] == "kill" {
        fault = .kill
      } else if let code = SystemError.code(named: String(what[0])) {
        fault = .fail(code)
      } else {
        return nil
      }
    }
  }

  /// A disk that follows a fault plan and otherwise does what `KernelDisk` does.
  public final class FaultyDisk: Disk {
    private let real = KernelDisk()
    private let plan: FaultPlan
    private let notes: Descriptor?
    private let count = Locked(0)

    /// - Parameter notes: a file that gets a line for each fault before it happens; nil: nobody asks.
    public init(_ plan: FaultPlan, notes: Descriptor? = nil) {
      self.plan = plan
      self.notes = notes
    }

    /// Steps of the plan's kind so far: how many places a test has to go through.
    public var stepsTaken: Int { count.withLock { $0 } }

    private func step(_ kind: String, _ path: String?) throws(SystemError) {
      if let wanted = plan.kind, wanted != kind { return }
      let number = count.withLock { number in
        number += 1
        return number
      }
      guard plan.steps.contains(number) else { return }
      // A note that cannot be written is missed by the test that counts them.
      _ = try? notes?.write(Array("\(kind) \(number)\n".utf8))
      switch plan.fault {
      case .kill: ProcessTable.signalChild(Machine.processID, SignalNumber.kill)
      case .fail(let code): throw SystemError(call: kind, code: code, path: path)
      }
    }

    public func create(_ name: String, in folder: Folder) throws(SystemError) -> Descriptor {
      try step("create", folder.path + "/" + name)
      return try real.create(name, in: folder)
    }
    public func write(_ bytes: [UInt8], to file: Descriptor) throws(SystemError) {
      do throws(SystemError) { try step("write", nil) } catch {
        // A full disk takes some of it: what is left behind is a torn file.
        try real.write(Array(bytes.prefix(bytes.count / 2)), to: file)
        throw error
      }
      try real.write(bytes, to: file)
    }
    public func sync(_ file: Descriptor) throws(SystemError) {
      do throws(SystemError) { try step("sync", nil) } catch {
        file.doubt()
        throw error
      }
      try real.sync(file)
    }
    public func syncEntries(of folder: Folder) throws(SystemError) {
      try step("sync", folder.path)
      try real.syncEntries(of: folder)
    }
    public func syncAll(_ folder: Folder) throws(SystemError) {
      try step("sync", folder.path)
      try real.syncAll(folder)
    }
    public func move(_ name: String, from: Folder, to: Folder, as newName: String) throws(SystemError) {
      try step("rename", from.path + "/" + name)
      try real.move(name, from: from, to: to, as: newName)
    }
    public func move(_ name: [UInt8], from: Folder, to: Folder, as newName: String) throws(SystemError) {
      try step("rename", from.path)
      try real.move(name, from: from, to: to, as: newName)
    }
    public func replace(_ name: String, with other: String, in folder: Folder) throws(SystemError) {
      try step("rename", folder.path + "/" + name)
      try real.replace(name, with: other, in: folder)
    }
    public func remove(_ name: String, in folder: Folder) throws(SystemError) {
      try step("unlink", folder.path + "/" + name)
      try real.remove(name, in: folder)
    }
    public func makeFolder(_ name: String, in folder: Folder) throws(SystemError) {
      try step("mkdir", folder.path + "/" + name)
      try real.makeFolder(name, in: folder)
    }
    public func setModified(_ name: String, in folder: Folder, to nanoseconds: Int64) throws(SystemError) {
      try step("utimens", folder.path + "/" + name)
      try real.setModified(name, in: folder, to: nanoseconds)
    }
  }
#endif

extension Disk where Self == KernelDisk {
  /// The disk that this process was told to use: the kernel's, or in a debug build a faulty one by `BOBBIN_FAULT`.
  public static func standard() -> any Disk {
    #if DEBUG
      if let text = Machine.environment("BOBBIN_FAULT"), let plan = FaultPlan(text) {
        let folder = Machine.environment("BOBBIN_FAULT_NOTES")
        return FaultyDisk(plan, notes: folder.flatMap { try? Folder(path: $0).append("faults") })
      }
    #endif
    return KernelDisk()
  }
}
