import Jobs
import Platform
import Runtimes

/// An engine's client, called as a person does. What it wants to know of the engine is in the environment.
struct BareEngine {
  let kind: RuntimeChoice
  let program: String
  let image: String

  /// - Returns: nil, having said why, where it cannot be measured.
  init?(_ kind: RuntimeChoice, _ options: BenchOptions) throws {
    guard let image = options.image ?? Machine.environment("BOBBIN_TEST_IMAGE") else {
      Bench.say("\(kind.rawValue): skipped, no image was named (--image)")
      return nil
    }
    let path = (Machine.environment("PATH") ?? "") + ":/usr/local/bin:/usr/bin"
    let candidates = path.split(separator: ":").map { "\($0)/\(kind.rawValue)" }
    guard let program = try candidates.first(where: { try FileSystem.status(path: $0, following: true) != nil })
    else {
      Bench.say("\(kind.rawValue): skipped, it is not installed")
      return nil
    }
    (self.kind, self.program, self.image) = (kind, program, image)
    guard try Child([program, "version"]).end().exitCode == 0 else {
      Bench.say("\(kind.rawValue): skipped, it does not answer")
      return nil
    }
    guard try Child([program, "image", "inspect", image]).end().exitCode == 0 else {
      Bench.say("\(kind.rawValue): skipped, it has no image '\(image)'")
      return nil
    }
  }

  static func all(_ options: BenchOptions) throws -> [BareEngine] {
    try [RuntimeChoice.podman, .docker].compactMap { try BareEngine($0, options) }
  }

  /// What a person types.
  var plain: [String] { [program, "run", "--rm", "--network", "none", image, "true"] }

  /// With every option that a job's container has.
  func held(_ ground: Ground) throws -> [String] {
    let path = ground.newPath("options")
    try FileSystem.makeFolders(path: path)
    let bare = try BareContainer(kind, folder: (try Folder(path: path), path))
    return [program] + bare.options + [image, "true"]
  }

  /// The members of a job that runs in it.
  var job: String { #""runtime":"\#(kind.rawValue)","image":"\#(image)""# }
}
