import Platform
import TestSupport
import Testing

/// The channels and agents of Examples. They are Python and so are their tests, in Tests/examples: the other side is a
/// server there that loses connections, or a host that a test plays.
@Suite("Examples/channels and Examples/agents")
struct ExampleScriptTests {
  private static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  private static let modules: [String] = {
    let names = (try? Folder(path: root + "/Tests/examples").names()) ?? []  // none: the next test says so
    return names.filter { $0.starts(with: "test_") && !["test_image.py", "test_whole.py"].contains($0) }.sorted()
  }()

  private static func run(_ module: String, environment: [String] = []) -> Command {
    Command.shell(
      "cd '\(root)' && exec python3 -B -m unittest discover -s Tests/examples -p '\(module)' 2>&1",
      environment: environment)
  }

  @Test("the tests of the examples are found")
  func found() { #expect(Self.modules.count >= 5) }

  @Test("what the tests in Python say holds", .enabled(if: Need.python, "\(Need.pythonSays)"), arguments: modules)
  func python(_ module: String) {
    let tests = Self.run(module)
    #expect(tests.isSuccess, "\(tests.text)")
    // Of a module that is not found unittest says that nothing failed.
    #expect(!tests.text.contains("Ran 0 tests"), "\(tests.text)")
  }

  @Test(
    "an agent in a container of podman passes the check that authors of agents run",
    .enabled(if: Need.podman && Need.python, "\(Need.podmanSays)"))
  func image() {
    let engines = Engines.folder.map { ["BOBBIN_TEST_ENGINES=\($0)", "BOBBIN_TEST_IMAGE=\(Engines.image)"] } ?? []
    let tests = Self.run("test_image.py", environment: Engines.environment + engines)
    #expect(tests.isSuccess && !tests.text.contains("skipped"), "\(tests.text)")
  }

  @Test(
    "a chat of Telegram gets an answer to each message from an agent in a sandbox, with kills in between",
    .enabled(if: Need.sandbox && Need.python, "\(Need.sandboxSays)"))
  func whole() {
    let tests = Self.run("test_whole.py", environment: ["BOBBIN_PROGRAM=\(BobbinProgram.path)"])
    #expect(tests.isSuccess && !tests.text.contains("skipped"), "\(tests.text)")
  }
}
