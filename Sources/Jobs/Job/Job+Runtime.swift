extension Job {
  /// Where it runs: never `auto`.
  public var chosenRuntime: RuntimeChoice {
    guard runtime == .auto else { return runtime }
    return needsIsolation ? .sandbox : .process
  }

  /// What does not go together with where it runs; nil: all does.
  public func refusal(in runtime: RuntimeChoice) -> Refusal? {
    func conflict(_ key: String, _ reason: String) -> Refusal {
      Refusal(code: .conflictingKeys, reason: reason, key: key)
    }
    switch runtime {
    case .process, .auto:
      if network == "none" {
        return conflict(
          "network", "a plain process has the machine's network; expected \"runtime\": \"sandbox\" beside \"none\"")
      }
    case .sandbox, .podman, .docker, .container:
      if directory != nil {
        return conflict("directory", "a sandbox has a folder of its own and sees no other; expected no 'directory'")
      }
      if case .file = stdin {
        return conflict("stdinFile", "a sandbox is given no file of the machine; expected 'stdin', or a mount")
      }
    }
    return nil
  }
}

extension RuntimeChoice {
  /// `timeout` where nobody says one: 5 minutes in isolation, none as a process (DESIGN §3).
  public var defaultTimeout: Duration? { self == .process || self == .auto ? nil : .seconds(300) }
}
