import Jobs

/// Reads task files with the zones of this machine.
public struct TaskReader {
  /// A file that was understood.
  public struct Reading {
    public var task: ScheduledTask
    public var rule: TaskRule
    /// In which its times are shown: that of its cron line, else the machine's.
    public var zone: Zone
  }

  private var zones: ZoneTable

  public init(zones: ZoneTable) { self.zones = zones }

  /// Reads zones anew from now on.
  public mutating func forgetZones() { zones.forget() }

  /// Why a zone cannot be used; nil: it can.
  public mutating func zoneProblem(_ name: String) -> String? {
    do throws(ZoneProblem) {
      _ = try zones.zone(named: name)
      return nil
    } catch { return error.reason }
  }

  /// - Throws: the first thing that is wrong, with its place.
  public mutating func read(_ bytes: [UInt8], name: String) throws(Refusal) -> Reading {
    let task = try ScheduledTask.read(bytes) { zoneProblem($0) }
    let recurrence: Recurrence
    let zone: Zone
    do throws(ZoneProblem) {
      if case .cron(_, _, let timezone?) = task.schedule {
        zone = try zones.zone(named: timezone)
      } else {
        zone = try zones.machineZone().zone
      }
      switch task.schedule {
      case .cron(let expression, _, _): recurrence = .cron(expression, zone)
      case .reboot: recurrence = .reboot
      case .every(let span, let anchor):
        recurrence = .every(span: span.components.seconds, anchor: anchor.nanoseconds / 1_000_000_000)
      case .at(let time): recurrence = .at(time.nanoseconds / 1_000_000_000)
      }
    } catch {
      throw Refusal(code: .badValue, reason: "the machine's time zone cannot be read: \(error.reason)", key: "schedule")
    }
    return Reading(task: task, rule: TaskRule(task, name: name, recurrence: recurrence), zone: zone)
  }
}
