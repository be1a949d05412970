import Jobs
import Platform
import TestSupport
import Testing

@testable import Spool

@Suite(.timeLimit(.minutes(60))) struct NameTests {
  @Test(
    "a file's name tells whether it is a job, and which",
    arguments: [
      ("x.json", "x"), ("x.y.json", "x.y"), ("x~2.json", "x~2"), ("x.result.json", nil), ("x.run.json", nil),
      ("x.state.json", nil), (".x.json", nil), (".json", nil), ("json", nil), ("x.JSON", nil), ("x.json~", nil),
      ("x", nil),
      ("x.cancel", nil), ("result.json", "result"), ("run.json", "run"), ("x.cancel.json", "x.cancel"),
    ] as [(String, String?)])
  func stem(name: String, stem: String?) { #expect(JobFile.stem(of: name) == stem) }

  @Test(
    "a sidecar's name tells whose it is, in the folders that have such",
    arguments: [
      ("x.result.json", .done, "x"), ("x.result.json", .errors, "x"), ("x.result.json", .processing, nil),
      ("x.run.json", .processing, "x"), ("x.run.json", .deferred, "x"), ("x.run.json", .done, nil),
      ("x.run.json", .inbox, nil), (".result.json", .done, nil), (".x.run.json", .processing, nil),
      ("x.json", .done, nil),
    ] as [(String, SpoolPlace, String?)])
  func sidecar(name: String, place: SpoolPlace, id: String?) { #expect(JobFile.sidecarID(of: name, in: place) == id) }

  @Test("the longest id leaves room for every name of its family")
  func longest() {
    let id = String(repeating: "x", count: JobID.maxBytes)
    let names = [
      JobFile.job(id), JobFile.record(id), JobFile.result(id), JobFile.cancel(id), JobFile.files(id),
      ".\(JobFile.result(id)).new",
    ]
    #expect(names.allSatisfy { $0.utf8.count <= 255 })
  }

  // MARK: which id a drop gets

  @Test("a name that nobody has is its own id")
  func free() throws {
    let stage = try Stage()
    var chooser = IDChooser()
    #expect(try chooser.choose(for: id("x"), in: stage.folders, wall: Clock.wall()) == .free(id("x")))
    try stage.write("x.json", in: .inbox)
    try stage.write("x.json", in: .held)
    #expect(
      try chooser.choose(for: id("x"), in: stage.folders, wall: Clock.wall()) == .free(id("x")), "who waits holds no id"
    )
  }

  @Test("an id is held by its file in each of four folders", arguments: SpoolPlace.idHolders)
  func held(place: SpoolPlace) throws {
    let stage = try Stage()
    try stage.write("x.json", in: place)
    var chooser = IDChooser()
    #expect(try chooser.choose(for: id("x"), in: stage.folders, wall: Clock.wall()) == .numbered(id("x~2")))
  }

  @Test(
    "a sidecar that lies alone makes it a retry under the same id",
    arguments: [SpoolPlace.done, .errors, .deferred, .processing])
  func retry(place: SpoolPlace) throws {
    let stage = try Stage()
    try stage.write(JobFile.sidecar("x", in: place) ?? "", in: place)
    var chooser = IDChooser()
    #expect(
      try chooser.choose(for: id("x"), in: stage.folders, wall: Clock.wall()) == .retry(id("x"), sidecarIn: place))
  }

  @Test("two histories under one id are both left alone")
  func two() throws {
    let stage = try Stage()
    try stage.write("x.result.json", in: .done)
    try stage.write("x.result.json", in: .errors)
    var chooser = IDChooser()
    for _ in 1...2 {
      #expect(try chooser.choose(for: id("x"), in: stage.folders, wall: Clock.wall()) == .numbered(id("x~2")))
    }
  }

  @Test("a number whose sidecar lies alone is not taken")
  func numberWithHistory() throws {
    let stage = try Stage()
    try stage.write("x.json", in: .done)
    try stage.write("x~2.result.json", in: .errors)
    var chooser = IDChooser()
    #expect(try chooser.choose(for: id("x"), in: stage.folders, wall: Clock.wall()) == .numbered(id("x~3")))
  }

  @Test("1,000 drops of one name become x, x~2 … x~1000, also when the runner is started anew in between")
  func thousand() throws {
    let stage = try Stage()
    var chooser = IDChooser()
    for number in 1...1000 {
      if number % 300 == 0 { chooser = IDChooser() }
      let choice = try chooser.choose(for: id("x"), in: stage.folders, wall: Clock.wall())
      try #require(choice.id == id("x").numbered(number))
      try stage.write(JobFile.job(choice.id.text), in: [.done, .errors, .processing][number % 3])
    }
  }

  #if DEBUG
    @Test("the thousandth drop of a name costs as many looks as the tenth, and the first after a start a few dozen")
    func linear() throws {
      let stage = try Stage()
      let counter = LookCounter()
      let folders = try SpoolFolders(path: stage.path, counting: counter)
      var chooser = IDChooser()
      var looks: [Int] = []
      for number in 1...1000 {
        let before = counter.count
        let choice = try chooser.choose(for: id("x"), in: folders, wall: Clock.wall())
        looks.append(counter.count - before)
        try #require(choice.id == id("x").numbered(number))
        try stage.write(JobFile.job(choice.id.text), in: .done)
      }
      // Eight folders can hold a name or its history, and there are two names: the stem and the number.
      #expect(try #require(looks.min()) > 0 && looks[999] <= looks[9] && looks.reduce(0, +) <= 1000 * 16)
      var next = IDChooser()
      let before = counter.count
      #expect(try next.choose(for: id("x"), in: folders, wall: Clock.wall()).id == id("x").numbered(1001))
      // Doubled and halved: 20 numbers of at most 8 looks.
      #expect(counter.count - before <= 170)
    }

    @Test("a folder that the caller knows about is not asked about names", arguments: SpoolPlace.idHolders)
    func known(place: SpoolPlace) throws {
      let stage = try Stage()
      let counter = LookCounter()
      let folders = try SpoolFolders(path: stage.path, counting: counter)
      for name in [JobFile.job("y"), try #require(JobFile.sidecar("y", in: place))] { try stage.write(name, in: place) }
      func looks(besides other: SpoolPlace?) throws -> Int {
        let before = counter.count
        var chooser = IDChooser()
        #expect(try chooser.isFree(id("x"), in: folders, besides: other, wall: Clock.wall()))
        return counter.count - before
      }
      #expect(try looks(besides: nil) - looks(besides: place) == 2, "the job and its sidecar")
      var chooser = IDChooser()
      #expect(try chooser.isFree(id("y"), in: folders, besides: place, wall: Clock.wall()))
    }
  #endif

  @Test("when all that bore the name are gone it is free again")
  func freedAgain() throws {
    let stage = try Stage()
    var chooser = IDChooser()
    try stage.write("x.json", in: .done)
    #expect(try chooser.choose(for: id("x"), in: stage.folders, wall: Clock.wall()) == .numbered(id("x~2")))
    try stage.folders[.done].remove("x.json")
    #expect(try chooser.choose(for: id("x"), in: stage.folders, wall: Clock.wall()) == .free(id("x")))
  }

  @Test("names that differ in composition only are different ids")
  func composed() throws {
    let stage = try Stage()
    try stage.write("\u{E9}.json", in: .done)
    var chooser = IDChooser()
    #expect(try chooser.choose(for: id("\u{E9}"), in: stage.folders, wall: Clock.wall()) == .numbered(id("\u{E9}~2")))
    #expect(try chooser.choose(for: id("e\u{301}"), in: stage.folders, wall: Clock.wall()) == .free(id("e\u{301}")))
  }

  // MARK: folders that are known to be empty

  @Test("a folder is known to be empty, and no longer once something came in, even at once", arguments: [false, true])
  func empty(inTheSameTick: Bool) throws {
    let stage = try Stage()
    var known = EmptyFolders()
    // A look long after the folder was made is remembered; one within the clock's grain is not.
    let later = inTheSameTick ? Clock.wall() : Clock.wall() + 3_600_000_000_000
    #expect(try known.isEmpty(.errors, in: stage.folders, wall: later))
    #expect(try known.isEmpty(.errors, in: stage.folders, wall: later))
    try stage.write("x.json", in: .errors)
    #expect(try !known.isEmpty(.errors, in: stage.folders, wall: later))
  }

  @Test("asking whether an id is free uses no number up")
  func isFree() throws {
    let stage = try Stage()
    var chooser = IDChooser()
    #expect(try chooser.isFree(id("x"), in: stage.folders, wall: Clock.wall()))
    try stage.write("x.json", in: .done)
    for _ in 1...3 { #expect(try !chooser.isFree(id("x"), in: stage.folders, wall: Clock.wall())) }
    #expect(try chooser.choose(for: id("x"), in: stage.folders, wall: Clock.wall()) == .numbered(id("x~2")))
    #expect(try !chooser.isFree(id("x"), in: stage.folders, wall: Clock.wall()), "its numbers are in use")
  }

  @Test("an id whose sidecar lies alone is not free", arguments: SpoolPlace.idHolders)
  func sidecarAlone(place: SpoolPlace) throws {
    let stage = try Stage()
    try stage.write(try #require(JobFile.sidecar("x", in: place)), in: place)
    var chooser = IDChooser()
    #expect(try !chooser.isFree(id("x"), in: stage.folders, wall: Clock.wall()))
  }
}
