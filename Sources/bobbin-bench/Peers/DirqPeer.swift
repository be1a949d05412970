/// dirq, the Python library of a queue in folders, and the small worker that its manual shows: two of them.
struct DirqPeer: Peer {
  let name = "dirq, 2 workers in Python"
  let python: String?
  let jobs = 3000
  let remark = "the worker is ours; keeps nothing"
  let depths = [1000, 100_000]

  var missing: String? { python == nil ? "the Python module dirq (PyPI: dirq)" : nil }

  private static let script = """
    import json
    import subprocess
    import sys
    import time
    from dirq.QueueSimple import QueueSimple

    queue = QueueSimple("queue")


    def drain():
        for name in queue:
            if not queue.lock(name):
                continue
            subprocess.run(json.loads(queue.get(name)), check=True)
            queue.remove(name)


    if sys.argv[1] == "add":
        for line in sys.stdin:
            queue.add(line)
    drain_once = sys.argv[1] == "drain"
    while sys.argv[1] != "add":
        drain()
        if drain_once:
            break
        time.sleep(0.1)

    """

  private func call(_ word: String) -> String { "\(python ?? "") worker.py \(word)" }

  private func prepare(_ place: PeerPlace) throws { try place.write("worker.py", Self.script) }

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain {
    try prepare(place)
    try place.lines("lines", jobs) { _ in #"["/bin/true"]"# }
    let queueing = try place.run("\(call("add")) < lines").wall
    return try place.drain(jobs, queueing: queueing) {
      let workers = try (1...2).map { _ in try place.start("exec \(call("drain"))") }
      for worker in workers { try worker.success() }
    }
  }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    try prepare(place)
    let feed = try LineFeed(place)
    _ = try place.start("exec \(call("serve")) >> starts")
    // Python reads ahead from a pipe, but line by line when it waits.
    _ = try place.start("exec \(call("add")) < feed")
    let line = #"["/bin/date", "+%s%N"]"#
    _ = try feed.hand(line)
    return try place.latency(drops, pause: 10_000_000...110_000_000) { try feed.hand(line) }
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double {
    try prepare(place)
    try place.lines("lines", waiting + 2) { _ in #"["/bin/sleep", "1000"]"# }
    try place.run("\(call("add")) < lines")
    for _ in 1...2 { _ = try place.start("exec \(call("serve"))") }
    try Family.settle(sleepers: 2)
    return Family.memory()
  }
}
