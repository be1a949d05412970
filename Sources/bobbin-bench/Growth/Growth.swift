import Platform

/// How rate and memory grow with the jobs that wait and with the slots, as a table and, if asked for, as a picture.
struct Growth {
  /// A figure at one place of the scale.
  struct Point {
    /// Jobs that wait, or slots.
    let place: Int
    var rate = Sample()
    /// Processor time of the runner and of its jobs, µs a job.
    var processor = Sample()
    /// Highest resident, MiB.
    var memory = Sample()
    /// Of slots: the bare loop with as many threads.
    var loop = Sample()
  }

  let bobbin: Bobbin
  let ground: Ground
  let options: BenchOptions

  func measure(into table: inout Table) throws {
    let slots = try SlotGrowth(bobbin: bobbin, ground: ground, options: options).points()
    let waiting = try WaitingGrowth(bobbin: bobbin, ground: ground, options: options).points()
    for point in waiting {
      table.add(
        "\(Figure.text(Double(point.place), 0)) waiting: rate with 2 slots", point.rate.median, "/s", digits: 0,
        note: "median of \(options.rounds), \(point.rate.spread(digits: 0)); CPU a job "
          + "\(Figure.text(point.processor.median, 0)) µs; highest resident \(Figure.text(point.memory.median, 1)) MiB")
    }
    for point in slots {
      let shares = Sample(zip(point.rate.values, point.loop.values).map { $0 / $1 })
      table.add(
        "\(point.place) \(point.place == 1 ? "slot" : "slots"): rate", point.rate.median, "/s", digits: 0,
        note: "\(point.rate.spread(digits: 0)); share of a loop with as many threads \(Figure.text(shares.median, 2)), "
          + "\(shares.spread(digits: 2)); CPU a job \(Figure.text(point.processor.median, 0)) µs; highest resident "
          + "\(Figure.text(point.memory.median, 1)) MiB")
    }
    if let path = options.picture { try picture(waiting, slots).write(to: path) }
  }

  private func picture(_ waiting: [Point], _ slots: [Point]) -> Picture {
    let bobbin = { (points: [Point], figure: (Point) -> Sample) in
      Panel.Line(name: "bobbin", colour: "#1f5fa8", points.map { ($0.place, figure($0)) })
    }
    let loop = Panel.Line(name: "bare loop in C", colour: "#8a8a8a", slots.map { ($0.place, $0.loop) })
    return Picture([
      Panel(
        title: "Rate against jobs that wait, 2 slots", across: "jobs that wait", up: "jobs a second",
        [bobbin(waiting) { $0.rate }]),
      Panel(
        title: "Memory against jobs that wait", across: "jobs that wait", up: "highest resident, MiB",
        [bobbin(waiting) { $0.memory }]),
      Panel(
        title: "Rate against slots", across: "slots", up: "jobs a second", doubling: true,
        [loop, bobbin(slots) { $0.rate }]),
      Panel(
        title: "Memory against slots", across: "slots", up: "highest resident, MiB", doubling: true,
        [bobbin(slots) { $0.memory }]),
    ])
  }
}
