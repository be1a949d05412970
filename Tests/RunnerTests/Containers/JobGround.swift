import TestSupport
import Testing

/// Where a job of the suites runs.
struct JobGround: Sendable, CustomTestStringConvertible {
  let name: String
  /// `runtime` of its jobs.
  let runtime: String
  /// Whether it runs on the image of the tests, whose only programs are busybox's; else with the machine's own.
  var hasImage = false
  /// In a box that the group keeps: what is tested is the second job in it.
  var isKept = false

  var testDescription: String { name }
  var isEngine: Bool { runtime == "podman" || runtime == "docker" }
  var isIsolated: Bool { runtime != "process" }
  /// Each job has a container of its own made, which takes a quarter of a second of a processor: a few jobs are enough there.
  var isSlow: Bool { isEngine && !isKept }
  /// The image as this runtime knows it.
  var image: String? { hasImage ? (isEngine ? Engines.image : "suite") : nil }

  private var isThere: Bool {
    switch runtime {
    case "podman": Need.podman
    case "docker": Need.docker
    case "sandbox": hasImage ? Need.sandbox && Need.skopeo && Engines.folder != nil : Need.sandbox
    default: true
    }
  }

  static let process = JobGround(name: "process", runtime: "process")
  static let sandbox = JobGround(name: "sandbox", runtime: "sandbox")
  static let imageSandbox = JobGround(name: "sandbox with image", runtime: "sandbox", hasImage: true)
  static let podman = JobGround(name: "podman", runtime: "podman", hasImage: true)
  static let docker = JobGround(name: "docker", runtime: "docker", hasImage: true)
  static let keptSandbox = JobGround(name: "kept sandbox", runtime: "sandbox", hasImage: true, isKept: true)
  static let keptPodman = JobGround(name: "kept podman", runtime: "podman", hasImage: true, isKept: true)
  static let keptDocker = JobGround(name: "kept docker", runtime: "docker", hasImage: true, isKept: true)

  /// All that are on this machine; what is missing is named by `Tests/run` and fails in CI.
  static let all = [process, sandbox, imageSandbox, podman, docker, keptSandbox, keptPodman, keptDocker].filter(
    \.isThere)
  static let isolated = all.filter(\.isIsolated)
  static let kept = all.filter(\.isKept)
  static let engines = all.filter { $0.isEngine && !$0.isKept }
}
