import Jobs
import Observability
import Platform
import Runner
import Spool

// until the CLI lands
let arguments = CommandLine.arguments
do {
  if arguments[1] == "init" { try SpoolFolders.make(path: arguments[2]) } else {
    var options = RunnerOptions(spool: arguments[2])
    options.drain = arguments.contains("--drain")
    options.terminal = arguments.contains("-q") ? nil : LogTerminal(write: { Terminal.write($0, to: 2) })
    let summary = try RunnerProgram.run(options)
    print(summary)
  }
} catch { print("failed: \(error)"); Terminal.exit(1) }
