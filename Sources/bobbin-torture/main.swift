import Platform
import Torture

Terminal.exit(TortureProgram.run(Array(CommandLine.arguments.dropFirst())))
