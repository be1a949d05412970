import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

@Suite(
  "An image takes no more of the disk than it may", .enabled(if: Need.skopeo, Comment(rawValue: Need.skopeoSays)))
struct ImageSizeTests {
  private let shelf: ImageShelf
  private let small = ImageLimits(maxSize: .mebibytes(20), minFree: .mebibytes(1))

  init() throws { shelf = try ImageShelf() }

  struct Bomb: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let file: String
    let python: String
  }

  static let bombs = [
    Bomb(
      testDescription: "one large file in a layer", file: "bomb.tar",
      python: "oci('bomb.tar', [layer('l.tar').put('zeros', data=bytes(300 << 20)).end()])"),
    Bomb(
      testDescription: "many files in a layer", file: "bomb.tar",
      python: """
        l = layer('l.tar')
        for n in range(60): l.put('f%d' % n, data=bytes(1 << 20))
        oci('bomb.tar', [l.end()])
        """),
    Bomb(
      testDescription: "a hundred thousand empty files", file: "bomb.tar.gz",
      python: """
        l = layer('l.tar')
        for n in range(20000): l.put('f%d' % n, data=b'')
        gzip.open('bomb.tar.gz', 'wb').write(open(l.end(), 'rb').read())
        """),
    Bomb(
      testDescription: "a compressed tar", file: "bomb.tar.gz",
      python:
        "gzip.open('bomb.tar.gz', 'wb').write(open(layer('l.tar').put('z', data=bytes(200 << 20)).end(), 'rb').read())"),
    Bomb(
      testDescription: "a compressed stream that is no tar", file: "bomb.gz",
      python: "gzip.open('bomb.gz', 'wb').write(bytes(200 << 20))"),
    Bomb(
      testDescription: "a tar that is too large itself", file: "bomb.tar",
      python: "layer('bomb.tar').put('z', data=bytes(30 << 20)).end()"),
    Bomb(
      testDescription: "a folder that is too large", file: "bomb",
      python: "os.mkdir('bomb'); open('bomb/z', 'wb').truncate(1 << 40)"),
    Bomb(
      testDescription: "a docker archive", file: "bomb.tar",
      python: "docker('bomb.tar', [layer('l.tar').put('z', data=bytes(100 << 20)).end()])"),
  ]

  @Test("what would take more is stopped, and nothing of it is left", .timeLimit(.minutes(60)), arguments: bombs)
  func bomb(bomb: Bomb) throws {
    shelf.python(bomb.python)
    #expect(try shelf.add(bomb.file, limits: small) == "image-too-large")
    shelf.expectNothingElse()
    #expect(Command.shell("du -sk '\(shelf.place.path)/state' | cut -f1").text.split(separator: "\n").first == "8")
  }

  @Test("none is made where the disk would be left with less than the spool keeps free")
  func noRoom() throws {
    shelf.python("layer('image.tar').put('file').end()")
    let limits = ImageLimits(minFree: ByteCount(try shelf.place.folder.freeBytes() + 1 << 40))
    #expect(try shelf.add("image.tar", limits: limits) == "disk-full")
    shelf.expectNothingElse()
  }

  @Test("a program that does not come to its end is ended, with all that it started")
  func patience() throws {
    shelf.python("layer('image.tar').put('file').end()")
    #expect(
      Command.shell(
        """
        cd '\(shelf.place.path)' && mkdir bin && printf '#!/bin/sh\\nsleep 1000 & echo $! $$ > ../../../pids; wait\\n' > bin/umoci
        chmod +x bin/umoci
        """
      ).isSuccess)
    let store = ImageStore(
      state: try shelf.place.folder.folder("state"), searchPath: shelf.place.path + "/bin:/usr/bin:/bin")
    let name = try ImageName(validating: "image")
    var code: String?
    do throws(ImageFailure) {
      _ = try store.add(
        path: shelf.place.path + "/image.tar", as: name, limits: ImageLimits(patience: .seconds(1)))
    } catch { code = error.code }
    #expect(code == "image-timed-out")
    shelf.expectNothingElse()
    let pids = try shelf.place.text("pids").split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    #expect(pids.count == 2)
    #expect(eventually { pids.allSatisfy { ProcessTable.facts($0)?.isZombie ?? true } })
  }
}
