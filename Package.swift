// swift-tools-version: 6.2
import PackageDescription

// The layers of the house. A target may import what stands in its own list and nothing else; Tests/run builds with
// --explicit-target-dependency-import-check error, so a shortcut does not compile.
//
//   bobbin            -> CLI
//   CLI               -> Operations, Runner
//   Operations Runner -> Runtimes, Spool, Jobs, Scheduling, Observability
//   Runtimes Spool Scheduling Observability -> Jobs        (no edges among these four)
//   Jobs              -> Platform -> CPlatform

/// Tests/fuzz sets it: the rules of Tests/FuzzTests become a program around libFuzzer instead of tests, and everything is
/// built for its eyes. Nobody else's build changes.
let isFuzzing = Context.environment["BOBBIN_FUZZ"] == "1"
let fuzzed: [SwiftSetting] =
  isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"])] : []

let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ] + fuzzed

func house(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency], beside: [String] = []) -> Target {
  .executableTarget(name: name, dependencies: dependencies, exclude: ["README.md"] + beside, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  // These are read from where the source lies.
  let beside = ["CLI": ["Snapshots"], "Scheduling": ["croniter_answers.py"]]
  return .testTarget(
    name: name + "Tests", dependencies: dependencies + ["TestSupport"], exclude: beside[name] ?? [],
    swiftSettings: strict)
}

/// What is fuzzed, in either form.
let fuzzRules: [Target] = {
  let (name, path) = ("FuzzTests", "Tests/FuzzTests")
  let read: [Target.Dependency] = [
    "TestSupport", "Operations", "Runner", "Spool", "Runtimes", "Scheduling", "Jobs", "Platform",
  ]
  guard isFuzzing else {
    let others = ["README.md", "Corpus", "Program", "words"]
    return [.testTarget(name: name, dependencies: read, path: path, exclude: others, swiftSettings: strict)]
  }
  return [
    .systemLibrary(name: "CFuzzer", path: "Tests/CFuzzer"),
    .executableTarget(
      name: "bobbin-fuzz", dependencies: read + ["CFuzzer"], path: path,
      exclude: ["README.md", "Corpus", "Replay", "words"],
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
      // gold, the toolchain's default, does not get along with the library's debug information.
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
  ]
}()

let package = Package(
  name: "bobbin",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "bobbin", targets: ["bobbin"]),
    .library(name: "CFault", type: .dynamic, targets: ["CFault"]),
  ],
  targets: [
    .target(name: "CPlatform", exclude: ["README.md"], cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    house("Platform", ["CPlatform"]),

    house("Jobs", ["Platform"]),
    house("Scheduling", ["Jobs", "Platform"]),
    house("Spool", ["Jobs", "Platform"]),
    house("Runtimes", ["Jobs", "Platform"]),
    house("Observability", ["Jobs", "Platform"]),

    house("Runner", ["Jobs", "Scheduling", "Spool", "Runtimes", "Observability", "Platform"]),
    house("Operations", ["Jobs", "Scheduling", "Spool", "Runtimes", "Observability", "Platform"]),
    house("CLI", ["Operations", "Runner", "Jobs", "Spool", "Observability", "Platform"]),

    program("bobbin", ["CLI"]),
    // The loop and what it is compared with: the bench knows bobbin by its files and its commands alone;
    // Runtimes and Scheduling are there to be measured against, or by themselves.
    .target(name: "CBench", exclude: ["README.md"], cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    program("bobbin-bench", ["CBench", "Runtimes", "Scheduling", "Jobs", "Platform"], beside: ["growth.svg"]),
    // What the disk may hold after the power was cut. It knows bobbin by its files and its commands alone, and Jobs to read JSON.
    house("Torture", ["Jobs", "Platform"]),
    program("bobbin-torture", ["Torture", "Platform"]),
    // Loaded by the dynamic linker before libc, in programs under test: by nobody else.
    .target(name: "CFault", exclude: ["README.md"], cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),

    .target(
      name: "TestSupport", dependencies: ["Scheduling", "Platform"], path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "SpoolTestSupport", dependencies: ["Spool", "Platform"], path: "Tests/SpoolTestSupport",
      swiftSettings: strict),
    tests("Platform", ["Platform", "CPlatform"]),
    tests("Jobs", ["Jobs", "Platform"]),
    tests("Scheduling", ["Scheduling", "Jobs", "Platform"]),
    tests("Spool", ["SpoolTestSupport", "Spool", "Jobs", "Platform", "CPlatform"]),
    tests("Runtimes", ["Runtimes", "Jobs", "Platform"]),
    tests("Observability", ["Observability", "Jobs", "Platform"]),
    tests("Runner", ["SpoolTestSupport", "Runner", "Spool", "Runtimes", "Scheduling", "Jobs", "Platform"]),
    tests("Operations", ["SpoolTestSupport", "Operations", "Spool", "Jobs", "Platform"]),
    tests("Torture", ["Torture", "Platform"]),
    tests("CLI", ["CLI", "Operations", "Runner", "Spool", "Jobs", "Platform"]),
  ] + fuzzRules
)
