import Platform

/// Celery with its broker and its results in folders, a worker of two processes, as its first steps say.
struct CeleryPeer: Peer {
  let name = "Celery, files as broker, 2 processes"
  let python: String?
  let celery: String?
  let jobs = 1000
  let remark = "keeps results as files, without a sync; looks for jobs once a second"
  let depths = [1000, 100_000]

  var missing: String? { python == nil || celery == nil ? "celery (PyPI: celery)" : nil }

  func drops(of asked: Int) -> Int { max(2, asked / 4) }

  private static let app = """
    import os
    import subprocess
    from celery import Celery

    here = os.path.dirname(os.path.abspath(__file__))
    app = Celery("jobs", broker="filesystem://", backend="file://" + here + "/results")
    app.conf.broker_transport_options = {
        "data_folder_in": here + "/queue",
        "data_folder_out": here + "/queue",
        "control_folder": here + "/control",
    }


    @app.task
    def run(argv):
        return subprocess.run(argv, check=True).returncode

    """

  private static let add = """
    import json
    import sys
    from jobs import run

    for line in sys.stdin:
        run.delay(json.loads(line))

    """

  private var add: String { "\(python ?? "") add.py" }
  private var worker: String { "exec \(celery ?? "") -A jobs worker --concurrency 2 --loglevel ERROR" }

  private func prepare(_ place: PeerPlace) throws {
    try place.write("jobs.py", Self.app)
    try place.write("add.py", Self.add)
    try place.run("mkdir queue results control")
  }

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain {
    try prepare(place)
    let gate = try Gate(place)
    let words = #"["/bin/sh", "-c", "echo > here.$$; read x < gate; true"]"#
    try place.lines("gates", 2) { _ in words }
    try place.run("\(add) < gates")
    // The last one tells its end: messages are taken in the order of their times.
    try place.lines("lines", jobs) { $0 == jobs ? #"["/bin/mkdir", "end"]"# : #"["/bin/true"]"# }
    let queueing = try place.run("\(add) < lines").wall
    _ = try place.start(worker)
    try wait("Celery's worker", seconds: 60, every: 10_000_000) {
      try place.folder.names().count { $0.hasPrefix("here.") } == 2
    }
    return try place.drain(jobs, queueing: queueing) {
      try gate.open()
      try wait("Celery's last job", seconds: 600) { try place.folder.has("end") }
    }
  }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    try prepare(place)
    let feed = try LineFeed(place)
    _ = try place.start("\(worker) >> starts")
    _ = try place.start("exec \(add) < feed")
    let line = #"["/bin/date", "+%s%N"]"#
    _ = try feed.hand(line)
    return try place.latency(drops, pause: 10_000_000...1_000_000_000) { try feed.hand(line) }
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double {
    try prepare(place)
    try place.lines("lines", waiting + 2) { _ in #"["/bin/sleep", "1000"]"# }
    try place.run("\(add) < lines")
    _ = try place.start(worker)
    try Family.settle(sleepers: 2)
    return Family.memory()
  }
}
