import Jobs
import Platform
import Scheduling

/// The time zones that tasks name, and the machine's own; each is read once, when it is first asked for. Reads tasks as the
/// runner does.
public final class TaskZones {
  private var table: ZoneTable
  private var reader: TaskReader

  /// - Parameters:
  ///   - read: the bytes of a zone's file, nil where there is none; - machine: which zone is the machine's.
  public init(
    read: @escaping @Sendable (String) -> [UInt8]?, machine: @escaping @Sendable () -> MachineZone
  ) {
    table = ZoneTable(read: read, machine: machine)
    reader = TaskReader(zones: table)
  }

  /// Those of this machine.
  public static func ofMachine() -> TaskZones {
    TaskZones(read: { ZoneFiles().read($0) }, machine: { ZoneFiles().machine() })
  }

  /// Why a zone cannot be used; nil: it can.
  public func problem(_ name: String) -> String? {
    do throws(ZoneProblem) {
      _ = try table.zone(named: name)
      return nil
    } catch { return error.reason }
  }

  /// Reads a task's file.
  ///
  /// - Parameter name: the jitter of its times follows from it.
  /// - Throws: the first thing that is wrong, with its place; also that the machine's own zone cannot be used.
  public func read(_ bytes: [UInt8], name: String) throws(Refusal) -> TaskReading {
    let reading = try reader.read(bytes, name: name)
    return TaskReading(task: reading.task, times: TaskTimes(reading))
  }
}

/// A task's file that was understood.
public struct TaskReading: Equatable, Sendable {
  public var task: ScheduledTask
  /// When it is due.
  public var times: TaskTimes
}
