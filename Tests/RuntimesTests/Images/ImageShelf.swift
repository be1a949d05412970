import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

/// A store in a folder of its own, with a folder beside that must not be touched.
struct ImageShelf {
  let place: TemporaryFolder
  let store: ImageStore
  private let outside: String

  /// - Parameter name: of the folder that has the store.
  init(_ name: String? = nil) throws {
    place = try TemporaryFolder(name)
    try place.folder.makeFolder("state")
    let state = try place.folder.folder("state")
    store = ImageStore(state: state)
    #expect(Command.shell("cd '\(place.path)' && mkdir out && echo secret > out/secret && mkdir out/folder").isSuccess)
    outside = Self.look(place)
  }

  /// Everything of the folder outside: names, kinds, rights, owners, times, contents.
  private static func look(_ place: TemporaryFolder) -> String {
    Command.shell("cd '\(place.path)/out' && find . -printf '%p %y %m %n %U %T@ %C@ %l\\n' | sort && cat secret").text
  }

  /// Nothing outside has changed, and in the store is nothing but images.
  func expectNothingElse(_ location: SourceLocation = #_sourceLocation) {
    #expect(Self.look(place) == outside, sourceLocation: location)
    let odd = Command.shell(
      "cd '\(place.path)/state' && ls -A | grep -v '^images$'; ls -A images 2>/dev/null | grep -v -e '^sha256-' -e '^names.json$'"
    )
    #expect(odd.text.isEmpty, sourceLocation: location)
  }

  func python(_ body: String, _ location: SourceLocation = #_sourceLocation) {
    let made = OddArchive.make(in: place, body)
    #expect(made.isSuccess, "\(made.text)", sourceLocation: location)
  }

  /// - Returns: the code of a failure; nil: it was added.
  func add(_ file: String, as name: String = "image", limits: ImageLimits = ImageLimits()) throws -> String? {
    let name = try ImageName(validating: name)
    do throws(ImageFailure) {
      _ = try store.add(path: place.path + "/" + file, as: name, limits: limits)
      return nil
    } catch { return error.code }
  }

  /// The root of an image, as a path.
  func root(_ name: String = "image") throws -> String {
    try FileSystem.path(of: try #require(try store.find(name)).root)
  }

  /// What a shell line prints in the root.
  func inRoot(_ line: String, of name: String = "image") throws -> String {
    Command.shell("cd '\(try root(name))' && { \(line); }").text
  }
}
