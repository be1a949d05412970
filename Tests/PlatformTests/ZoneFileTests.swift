import Platform
import TestSupport
import Testing

/// Where zone files are found, and which one is the machine's.
@Suite(.timeLimit(.minutes(60))) struct ZoneFileTests {
  private let place: TemporaryFolder
  private var zones: String { place.path + "/zoneinfo" }
  private let berlin = Array("the bytes of Berlin".utf8)

  init() throws {
    place = try TemporaryFolder()
    try FileSystem.makeFolders(path: place.path + "/zoneinfo/Europe")
    try place.write("timezone", "Europe/Berlin\nmore\n")
    try place.folder.folder("zoneinfo").folder("Europe").create("Berlin").write(berlin)
  }

  private func files(_ variable: String? = nil, folder: Bool = true) -> ZoneFiles {
    ZoneFiles(
      folder: folder ? zones : nil, variable: variable, localTime: place.path + "/localtime",
      nameFile: place.path + "/timezone")
  }

  private func shell(_ line: String) { #expect(Command.shell("cd '\(place.path)' && " + line).isSuccess) }

  @Test("a zone's file is a regular file below the folder, or a link to one, and not too large")
  func read() throws {
    shell(
      "cd zoneinfo && ln -s Europe/Berlin Capital && mkfifo Pipe && : > Empty && truncate -s 1048576 Full && truncate -s 1048577 Large"
    )
    shell("cd zoneinfo && ln -s /dev/zero Device && ln -s Nothing Dangling")
    let files = files()
    #expect(files.read("Europe/Berlin") == berlin && files.read("Capital") == berlin)
    #expect(files.read("Empty") == [] && files.read("Full")?.count == 1 << 20)
    for name in ["Europe", "Pipe", "Large", "Device", "Dangling", "Nothing", "Europe/Berlin/x"] {
      #expect(files.read(name) == nil, "\(name)")
    }
  }

  @Test("TZ is a name, a rule, a path or empty; a colon before it counts for nothing")
  func variable() {
    #expect(files("").machine() == .utc && files(":").machine() == .utc)
    #expect(files("Europe/Berlin").machine() == .variable("Europe/Berlin"))
    #expect(files(":Europe/Berlin").machine() == .variable("Europe/Berlin"))
    #expect(files("CET-1CEST").machine() == .variable("CET-1CEST"))
    #expect(files(":\(zones)/Europe/Berlin").machine() == .file(name: "Europe/Berlin", bytes: berlin))
    #expect(files("\(zones)/Europe/Berlin", folder: false).machine() == .file(name: "Europe/Berlin", bytes: berlin))
    #expect(files("\(zones)/Europe/Nowhere").machine() == .named("Europe/Nowhere"))
    #expect(files("/nowhere").machine() == .missing(path: "/nowhere"))
  }

  @Test("without TZ and /etc/localtime it is UTC")
  func nothing() { #expect(files().machine() == .utc) }

  @Test("/etc/localtime is a link that says its zone, whether the file is there or not")
  func link() {
    shell("ln -s zoneinfo/Europe/Berlin localtime")
    #expect(files().machine() == .file(name: "Europe/Berlin", bytes: berlin))
    #expect(files(folder: false).machine() == .file(name: "Europe/Berlin", bytes: berlin))
    #expect(files(":\(place.path)/localtime").machine() == .file(name: "Europe/Berlin", bytes: berlin))
    shell("ln -sfn ../usr/share/zoneinfo/Etc/Missing localtime")
    #expect(files().machine() == .named("Etc/Missing"))
    shell("ln -sfn nowhere localtime")
    #expect(files().machine() == .missing(path: place.path + "/localtime"))
    shell("ln -sfn other localtime && ln -s zoneinfo/Europe/Berlin other")
    #expect(files().machine() == .file(name: "Europe/Berlin", bytes: berlin))
  }

  @Test("a copy has the name in /etc/timezone, if that zone is the same")
  func copy() {
    shell("cp zoneinfo/Europe/Berlin localtime")
    #expect(files().machine() == .file(name: "Europe/Berlin", bytes: berlin))
    shell("echo x >> localtime")
    #expect(files().machine() == .file(name: nil, bytes: berlin + Array("x\n".utf8)))
    shell("rm timezone")
    #expect(files().machine() == .file(name: nil, bytes: berlin + Array("x\n".utf8)))
  }
}
