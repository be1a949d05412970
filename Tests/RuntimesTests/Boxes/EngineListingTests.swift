import Jobs
import TestSupport
import Testing

@testable import Runtimes

@Suite("Which containers of an engine are a spool's")
struct EngineListingTests {
  private func ids(in output: String, of spool: String?, in kind: RuntimeChoice) -> [String] {
    Engine.list(in: output, of: spool, in: kind).map(\.id)
  }

  @Test("those with its label are asked for, of podman those that have none too")
  func question() {
    let mine = ["ps", "--all", "--no-trunc", "--filter", "label=bobbin.spool=a-b"]
    #expect(Engine.listing(of: "a-b", in: .docker) == mine + ["--format", "{{.ID}} {{.Names}}"])
    #expect(
      Engine.listing(of: "a-b", in: .podman) == mine + [
        "--external", "--format", #"{{.ID}} {{.Names}} {{index .Labels "bobbin.spool"}}"#,
      ])
    for kind in [RuntimeChoice.podman, .docker] {
      #expect(Engine.listing(of: nil, in: kind) == ["ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}}"])
    }
    #expect(Engine.listing(of: "a-b", in: .container) == ["list", "--all", "--quiet"])
  }

  @Test("of podman's what has the label, and what has none and a name of ours")
  func podman() {
    let lines = """
      11 bobbin-a-b-1-x-1 a-b
      22 anything a-b
      33 bobbin-a-b-1-x-2 other
      44 bobbin-a-b-1-x-3 \("")
      55 bobbin-a-b2-1-x-1 \("")
      66 other-bobbin-a-b-1
      77
      """
    #expect(ids(in: lines, of: "a-b", in: .podman) == ["11", "22", "44"])
    #expect(ids(in: "11\n22\n", of: nil, in: .podman) == ["11", "22"])
  }

  @Test("docker's filter says it, and of Apple's the names are the ids")
  func others() {
    #expect(ids(in: "11\n22\n", of: "a-b", in: .docker) == ["11", "22"])
    #expect(ids(in: "bobbin-a-b-1-x\nbobbin-a-b2-1-x\n", of: "a-b", in: .container) == ["bobbin-a-b-1-x"])
    #expect(ids(in: "", of: "a-b", in: .podman) == [])
  }

  @Test("a list that fails is asked for again, as podman's does when one goes meanwhile, and not for ever")
  func again() throws {
    let place = try TemporaryFolder()
    func engine(answering call: Int) throws -> Engine {
      let program = "podman-\(call)"
      try place.write(
        program,
        "#!/bin/sh\necho >> \(place.path)/calls-\(call)\n"
          + "test $(wc -l < \(place.path)/calls-\(call)) = \(call) && echo 11 name a-b || exit 125\n")
      Command.shell("chmod 755 \(place.path)/\(program)")
      return Engine(kind: .podman, program: place.path + "/" + program, version: "4")
    }
    #expect(try engine(answering: 5).containers(of: "a-b") == [Engine.Listed(id: "11", name: "name")])
    #expect(try engine(answering: 6).containers(of: "a-b") == nil)
  }

  @Test(
    "what an earlier runner left is ended, and what this one has made meanwhile is not",
    arguments: [RuntimeChoice.podman, .docker])
  func earlier(kind: RuntimeChoice) throws {
    let place = try TemporaryFolder()
    let own = BoxName(spool: "a-b")
    let names = [own, BoxName(spool: "a-b")].map { $0.new(JobID(unchecked: "x"), attempt: 1) }
    try place.write("containers", "11 \(names[0]) a-b\n22 \(names[1]) a-b\n")
    // A list, and what takes ids out of it.
    try place.write(
      "engine",
      """
      #!/bin/sh
      cd \(place.path)
      case $1 in
      ps) cat containers ;;
      rm) while [ "$1" != -- ]; do shift; done; shift; for id; do sed -i "/^$id /d" containers; done ;;
      esac

      """)
    Command.shell("chmod 755 \(place.path)/engine")
    let runtime = EngineRuntime(Engine(kind: kind, program: place.path + "/engine", version: "4"))
    #expect(runtime.endEarlier(of: "a-b", besides: own))
    #expect(try place.text("containers") == "11 \(names[0]) a-b\n")
    #expect(runtime.endEarlier(of: "a-b", besides: nil))
    #expect(try place.text("containers") == "")
  }
}
