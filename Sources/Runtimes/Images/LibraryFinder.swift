import Platform

/// Finds the libraries of this machine as ld.so(8) would: the folders that a file names, the cache, the usual folders.
struct LibraryFinder {
  /// ld.so.cache of ldconfig(8).
  static let cachePath = "/etc/ld.so.cache"
  private static let usual = ["/lib64", "/usr/lib64", "/lib", "/usr/lib"]

  /// By name, of each kind of machine.
  private var cache: [String: [String]] = [:]

  /// - Parameter said: what 'ldconfig -p' prints: `NAME (libc6,x86-64) => PATH`.
  init(said: [UInt8]) {
    for line in String(decoding: said, as: UTF8.self).split(separator: "\n") {
      let sides = line.split(separator: " => ", maxSplits: 1)
      guard sides.count == 2, let name = sides[0].split(whereSeparator: \.isWhitespace).first,
        !sides[0].contains("hwcap")
      else { continue }
      let kind = sides[0].contains("x86-64") ? 62 : sides[0].contains("AArch64") ? 183 : 0
      cache["\(kind) \(name)", default: []].append(String(sides[1]))
    }
  }

  /// - Parameter folder: where the file that needs it lies.
  func find(_ name: String, for file: ElfFile, in folder: String) -> String? {
    if name.utf8.contains(UInt8(ascii: "/")) { return Self.isFile(name) ? name : nil }
    let own = file.runPaths.map { path in
      path.replacing("${ORIGIN}", with: folder).replacing("$ORIGIN", with: folder)
    }
    let candidates =
      own.map { $0 + "/" + name } + (cache["\(file.machine) \(name)"] ?? []) + Self.usual.map { $0 + "/" + name }
    return candidates.first { $0.hasPrefix("/") && Self.isFile($0) }
  }

  private static func isFile(_ path: String) -> Bool {
    ((try? FileSystem.status(path: path, following: true)) ?? nil)?.kind == .file
  }
}

/// Goes through the binaries that were copied, and copies the libraries that they need, and what those need.
struct NeededLibraries {
  /// Whether one of them is a program that is linked dynamically.
  private(set) var isDynamic = false
  private var next = 0
  private var finder: LibraryFinder?

  /// Looks at what has been copied since the last time.
  ///
  /// - Parameter ask: what 'ldconfig -p' prints; asked when it is first needed.
  /// - Returns: a sentence for each library that is not on this machine.
  mutating func place(in copy: inout HostCopy, ask: () throws -> [UInt8]) throws -> [String] {
    var missing: [String] = []
    while next < copy.binaries.count {
      let path = copy.binaries[next]
      next += 1
      guard let elf = try ElfFile(FileSystem.openInput(path: path)) else { continue }
      if let interpreter = elf.interpreter {
        isDynamic = true
        try copy.place(interpreter)
      }
      for name in elf.needed {
        let finder = try self.finder ?? LibraryFinder(said: ask())
        self.finder = finder
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if let found = finder.find(name, for: elf, in: folder) {
          try copy.place(found)
        } else {
          missing.append("\(path) needs the library \(name), which is not on this machine")
        }
      }
    }
    return missing
  }
}
