import Jobs
import Platform

/// What a box is sent for one job.
struct BoxJob {
  /// Let go of likewise; nil then.
  var file: LaunchFile?
  /// Let go of once they were sent: then only the job holds them.
  var streams: [Descriptor]
  /// What is to be found where something was mounted, and where.
  let expected: [BoxPlace]
  let places: [String]
  /// Of the job's program, for messages.
  let name: String

  /// - Parameters:
  ///   - mounted: what is to be compared before it runs;
  ///   - tmpfs: what is emptied after it beside what every box has; nil: nothing is, for no other job comes.
  init(
    _ launch: Launch, _ streams: Launch.Streams, mounted: [(place: String, found: BoxPlace)],
    tmpfs: [EngineLimits.Tmpfs]?
  ) {
    var file = LaunchFile(launch)
    file.mounted = mounted.map(\.place)
    if let tmpfs { file.setCleared(tmpfs: tmpfs.map(\.path)) }
    self.file = file
    self.streams = [streams.input, streams.output, streams.error]
    expected = mounted.map(\.found)
    places = mounted.map(\.place)
    name = launch.command.name
  }
}

extension Run {
  /// The next job in a box that waits: its mounts were compared when it was made.
  init(
    _ launch: Launch, in box: Box, _ streams: Launch.Streams, tmpfs: [EngineLimits.Tmpfs], birth: BirthNote?
  ) throws(StartFailure) {
    do throws(SystemError) { try box.plan.rendezvous.setAfter(launch.places?.after) } catch { throw .exhausted(error) }
    // No child is born that would do it: without this the next runner would take the job for one that never ran.
    birth?.note(box.makerPID)
    box.run(BoxJob(launch, streams, mounted: [], tmpfs: tmpfs))
    self.init(mark: launch.mark, box: box, name: launch.command.name)
  }
}
