import Jobs
import Platform

/// Carries out a recipe: puts a root together in the work's folder.
///
/// The order is that of the keys in its documentation: what it begins with, programs, paths, files, links; a later one stands
/// over an earlier.
struct RootBuilder {
  static let stageName = "stage"
  /// Where the program of a `#!/usr/bin/env NAME` is looked for.
  private static let searched = ["/usr/local/bin", "/usr/bin", "/bin"]

  private let recipe: ImageRecipe
  /// The recipe's path, for messages; what it says of `files` lies in `folder`.
  private let file: String
  private let folder: Folder
  private let base: StoredImage?
  private let work: ImageWork
  let root: Folder

  init(
    _ recipe: ImageRecipe, file: String, folder: Folder, base: StoredImage?, in work: ImageWork
  ) throws(ImageFailure) {
    (self.recipe, self.file, self.folder, self.base, self.work) = (recipe, file, folder, base, work)
    do throws(SystemError) {
      try work.folder.makeFolder(Self.stageName)
      root = try work.folder.folder(Self.stageName)
    } catch { throw .system(error) }
  }

  /// Of the image that it begins with, and the recipe's own over it.
  var environment: [String] {
    let names = recipe.environment.map { $0.prefix { $0 != "=" } }
    return (base?.environment ?? []).filter { !names.contains($0.prefix { $0 != "=" }) } + recipe.environment
  }

  /// - Returns: what the recipe's author should know.
  /// - Throws: `badRecipe` with the place of what cannot be had, `tooLarge`, `noRoom`, `programFailed`, `system`.
  func build() throws(ImageFailure) -> [String] {
    if let base {
      try ImageTool.copy.run(
        .init(
          arguments: ["--archive", "--reflink=auto", ".", try work.path(Self.stageName)], folder: base.root,
          watched: [Self.stageName]), in: work)
    }
    var copy = HostCopy(StagedRoot(root, in: work))
    var libraries = NeededLibraries()
    for item in recipe.programs {
      try told(item) { () throws(StagedRoot.Fault) in try place(item.text, in: &copy) }
      // Without one of its libraries a program does not start at all.
      if let missing = try place(&libraries, in: &copy).first { throw .badRecipe(item.refusal(missing), file: file) }
    }
    for item in recipe.paths {
      for path in try expand(item) { try told(item) { () throws(StagedRoot.Fault) in _ = try copy.place(path) } }
    }
    // Of a folder full of them some are rarely loaded.
    let notes = try place(&libraries, in: &copy)
    if libraries.isDynamic, ((try? FileSystem.status(path: LibraryFinder.cachePath)) ?? nil) != nil {
      // Where libraries lie that ld.so(8) would not look for by itself. What it names and is not there does no harm.
      do throws(StagedRoot.Fault) { try copy.place(LibraryFinder.cachePath) } catch { throw failure(error) }
    }
    for (source, place) in recipe.files {
      try told(source) { () throws(StagedRoot.Fault) in
        try copy.copy(folder.path + "/" + source.text, to: place.text)
      }
    }
    for (place, target) in recipe.links {
      try told(place) { () throws(StagedRoot.Fault) in
        let names = StagedRoot.names(place.text)
        guard let name = names.last else { throw .conflict("it is the root itself") }
        try copy.staged.link(name, to: target, modified: 0, in: copy.staged.folder(names.dropLast()))
      }
    }
    do throws(SystemError) { try StagedRoot.evenTimes(of: root) } catch { throw .system(error) }
    return notes
  }

  /// A program, and the one that its first line names.
  private func place(_ path: String, in copy: inout HostCopy, depth: Int = 0) throws(StagedRoot.Fault) {
    let real = try copy.place(path)
    let line: [String]
    do throws(SystemError) {
      let status = try FileSystem.status(path: real)
      guard status?.kind == .file, (status?.mode ?? 0) & 0o111 != 0 else {
        throw SystemError(call: "execve", code: SystemError.noPermission, path: real)
      }
      line = Self.firstLine(try FileSystem.openInput(path: real).readAll(limit: 4096))
    } catch { throw .system(error) }
    guard let interpreter = line.first, interpreter.hasPrefix("/"), depth < 4 else { return }
    try place(interpreter, in: &copy, depth: depth + 1)
    guard interpreter.hasSuffix("/env"), line.count == 2, !line[1].hasPrefix("-") else { return }
    let found = Self.searched.map { $0 + "/" + line[1] }.first { candidate in
      ((try? FileSystem.status(path: candidate, following: true)) ?? nil)?.kind == .file
    }
    guard let found else { throw .conflict("its first line names '\(line[1])', which is not here") }
    try place(found, in: &copy, depth: depth + 1)
  }

  /// The words of `#!PROGRAM ARGUMENT`, execve(2); empty: it is no script.
  private static func firstLine(_ bytes: [UInt8]) -> [String] {
    guard bytes.starts(with: "#!".utf8) else { return [] }
    let line = bytes.dropFirst(2).prefix { $0 != 0x0A }
    return String(decoding: line, as: UTF8.self).split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" })
      .map(String.init)
  }

  /// What the binaries that were copied need.
  private func place(_ libraries: inout NeededLibraries, in copy: inout HostCopy) throws(ImageFailure) -> [String] {
    let work = work
    do {
      return try libraries.place(in: &copy) { () throws(ImageFailure) in
        try ImageTool.libraries.run(.init(arguments: ["-p"]), in: work)
      }
    } catch let fault as StagedRoot.Fault {
      throw failure(fault)
    } catch let failure as ImageFailure {
      throw failure
    } catch let error as SystemError {
      throw .system(error)
    } catch { throw .programFailed(ImageTool.libraries.name, reason: "\(error)") }
  }

  /// The paths that a pattern means.
  private func expand(_ item: ImageRecipe.Item) throws(ImageFailure) -> [String] {
    let names = StagedRoot.names(item.text)
    guard let last = names.last, last.contains("*") else { return [item.text] }
    let parent = "/" + names.dropLast().joined(separator: "/")
    let there: [String]
    do throws(SystemError) { there = try Folder(path: parent).names() } catch {
      throw .badRecipe(item.refusal(error.description), file: file)
    }
    let found = there.filter { Self.matches(Array($0.utf8)[...], Array(last.utf8)[...]) }.sorted()
    if found.isEmpty { throw .badRecipe(item.refusal("nothing on this machine is called so"), file: file) }
    return found.map { (parent == "/" ? "" : parent) + "/" + $0 }
  }

  /// `*` is any run of bytes; the names of one folder are short.
  private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    if first == UInt8(ascii: "*") {
      return matches(name, pattern.dropFirst()) || (!name.isEmpty && matches(name.dropFirst(), pattern))
    }
    return name.first == first && matches(name.dropFirst(), pattern.dropFirst())
  }

  /// Carries out what an entry of the recipe says; what cannot be done is told with its place.
  private func told(_ item: ImageRecipe.Item, _ body: () throws(StagedRoot.Fault) -> Void) throws(ImageFailure) {
    do throws(StagedRoot.Fault) { try body() } catch {
      switch error {
      case .conflict(let reason): throw .badRecipe(item.refusal(reason), file: file)
      case .system(let error) where error.isMissing || error.isNotPermitted:
        throw .badRecipe(item.refusal(error.description), file: file)
      case .image, .system: throw failure(error)
      }
    }
  }

  private func failure(_ fault: StagedRoot.Fault) -> ImageFailure {
    switch fault {
    case .conflict(let reason): .notAnImage(file, reason: reason)
    case .image(let failure): failure
    case .system(let error): .system(error)
    }
  }
}
