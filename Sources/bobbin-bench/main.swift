import Platform

Terminal.exit(Bench.run(Array(CommandLine.arguments.dropFirst())))
