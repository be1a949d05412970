import Jobs
import Platform
import TestSupport

@testable import Runtimes

/// Images and programs that somebody else made.
enum ImageRules {
  static let all = [
    FuzzRule("tar", upTo: 4096, tar), FuzzRule("oci-layout", upTo: 2048, layout), FuzzRule("elf", upTo: 2048, elf),
  ]

  private static func file(_ bytes: [UInt8]) throws(Broken) -> Descriptor {
    do throws(SystemError) { return try FileSystem.memoryFile(bytes) } catch { throw Broken("\(error)") }
  }

  private static func tar(_ bytes: [UInt8]) throws(Broken) {
    let file = try file(bytes)
    do throws(TarListing.Fault) {
      let names = try TarListing(file).names
      guard names.allSatisfy({ !$0.isEmpty && !$0.contains("/") && $0 != "." }) else {
        throw TarListing.Fault.system(SystemError(call: "names", code: 0))
      }
    } catch {
      if case .system(let error) = error { throw Broken("a name that is none, or \(error)") }
    }
    do throws(ImageFailure) { _ = try ImageFile.recognise(file, shown: "x.tar") } catch {
      try hold(error.code == "not-an-image", "it fails as \(error.code)")
    }
  }

  private static func elf(_ bytes: [UInt8]) throws(Broken) {
    let file = try file(bytes)
    do throws(SystemError) {
      guard let elf = try ElfFile(file) else { return }
      let texts = elf.needed + elf.runPaths + (elf.interpreter.map { [$0] } ?? [])
      // Bytes that are not UTF-8 become three.
      let isBounded = texts.allSatisfy { !$0.utf8.contains(0) && $0.utf8.count <= 3 * 4096 }
      if !isBounded { throw SystemError(call: "text", code: 0) }
    } catch { throw Broken("a text without an end, or \(error)") }
  }

  /// A layout's index, its manifest and its config. Files of the digests a… and b… are all that there is.
  private static func layout(_ bytes: [UInt8]) throws(Broken) {
    let parts = parts(bytes, 3)
    do throws(ImageFailure) {
      let layout = try shelf.withLock { (shelf) throws(ImageFailure) in
        try shelf.layout(index: parts[0], manifest: parts[1], config: parts[2])
      }
      let record = layout.record(addedAt: Timestamp(seconds: 0), source: "x.tar")
      let written = record.encode()
      guard (try? ImageRecord.decode(written))?.encode() == written else {
        throw ImageFailure.notAnImage("x.tar", reason: "its record is written as \(text(written))")
      }
    } catch {
      guard case .notAnImage(_, let reason) = error else { return }
      throw Broken(reason)
    }
  }

  /// One at a time: two tests may ask for this rule at once.
  private static let shelf = Locked(Shelf())

  /// A folder for all layouts of this process. Nil where none can be made.
  private struct Shelf {
    let place: TemporaryFolder?
    let work: ImageWork?

    init() {
      place = try? TemporaryFolder()
      work = place.flatMap { try? ImageWork(in: $0.folder, limits: ImageLimits(), searchPath: "") }
      for path in ["layout", "layout/blobs", "layout/blobs/sha256"] {
        if let work, let base = try? FileSystem.path(of: work.folder) {
          try? FileSystem.makeFolders(path: base + "/" + path)
        }
      }
    }

    func layout(index: [UInt8], manifest: [UInt8], config: [UInt8]) throws(ImageFailure) -> ImageLayout {
      guard let work else { throw .notAnImage("", reason: "there is no folder for layouts") }
      do {
        let layout = try work.folder.folder("layout")
        let blobs = try layout.folder("blobs").folder("sha256")
        try put(index, "index.json", layout)
        try put(manifest, String(repeating: "a", count: 64), blobs)
        try put(config, String(repeating: "b", count: 64), blobs)
      } catch { throw .notAnImage("", reason: "\(error)") }
      return try ImageLayout(in: work)
    }

    private func put(_ bytes: [UInt8], _ name: String, _ folder: Folder) throws(SystemError) {
      if try folder.has(name) { try folder.remove(name) }
      try folder.create(name).write(bytes)
    }
  }
}
