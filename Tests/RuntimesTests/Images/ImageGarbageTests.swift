import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

@Suite("What is no image is refused", .enabled(if: Need.skopeo, Comment(rawValue: Need.skopeoSays)))
struct ImageGarbageTests {
  private let shelf: ImageShelf

  init() throws { shelf = try ImageShelf() }

  struct Garbage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Makes `image`.
    let python: String
    var code = "not-an-image"
  }

  private static let small =
    "layer('l.tar').put('usr/file', data=b'x' * 5000).put('usr/more', data=bytes(range(256)) * 40).end()"

  static let garbage = [
    Garbage(testDescription: "an empty file", python: "open('image', 'w')"),
    Garbage(testDescription: "a text", python: "open('image', 'w').write('hello ' * 1000)"),
    Garbage(testDescription: "a zip", python: "import zipfile; zipfile.ZipFile('image', 'w').writestr('bin/sh', 'x')"),
    Garbage(testDescription: "an empty folder", python: "os.mkdir('image')"),
    Garbage(testDescription: "a FIFO", python: "os.mkfifo('image')"),
    Garbage(testDescription: "a socket", python: "import socket; socket.socket(socket.AF_UNIX).bind('image')"),
    Garbage(testDescription: "nothing", python: "pass", code: "image-system"),
    Garbage(testDescription: "a compressed text", python: "gzip.open('image', 'wb').write(b'hello ' * 1000)"),
    Garbage(
      testDescription: "a tar that is compressed twice",
      python: "open('image', 'wb').write(gzip.compress(gzip.compress(open(\(small), 'rb').read())))"),
    Garbage(
      testDescription: "a tar that is cut within a member",
      python: "open('image', 'wb').write(open(\(small), 'rb').read()[:4000])"),
    Garbage(
      testDescription: "a tar with a size that nothing has",
      python: """
        data = bytearray(open(\(small), 'rb').read()[:512])
        data[124:136] = b'77777777777\\0'
        data[148:156] = b' ' * 8
        data[148:156] = b'%06o\\0 ' % sum(data)
        open('image', 'wb').write(data)
        """),
    Garbage(
      testDescription: "a compressed tar that is cut",
      python: "data = gzip.compress(open(\(small), 'rb').read()); open('image', 'wb').write(data[:len(data) // 2])",
      code: "image-failed"),
    Garbage(
      testDescription: "an OCI archive that is cut",
      python: "oci('image.tar', [\(small)]); os.rename('image.tar', 'image'); os.truncate('image', 4096 + 700)"),
    Garbage(
      testDescription: "an OCI archive with a layer that is not what its digest says",
      python: """
        def spoil(files):
            name = max(files, key=lambda name: len(files[name]) if name.startswith('blobs') else 0)
            files[name] = gzip.compress(b'other' * 99)
        oci('image.tar', [\(small)], spoil=spoil); os.rename('image.tar', 'image')
        """, code: "image-failed"),
    Garbage(
      testDescription: "an OCI archive without a manifest",
      python: """
        def spoil(files): files['index.json'] = b'{"schemaVersion": 2, "manifests": []}'
        oci('image.tar', [\(small)], spoil=spoil); os.rename('image.tar', 'image')
        """, code: "image-failed"),
    Garbage(
      testDescription: "an OCI archive whose index names a file outside",
      python: """
        def spoil(files):
            index = json.loads(files['index.json'])
            index['manifests'][0]['digest'] = 'sha256:' + UP + OUT + '/secret'
            files['index.json'] = json.dumps(index).encode()
        oci('image.tar', [\(small)], spoil=spoil); os.rename('image.tar', 'image')
        """, code: "image-failed"),
    Garbage(
      testDescription: "an OCI archive whose layer is no tar",
      python: "open('l', 'wb').write(b'hello ' * 999); oci('image.tar', ['l']); os.rename('image.tar', 'image')",
      code: "image-failed"),
    Garbage(
      testDescription: "a docker archive without its layers",
      python: """
        docker('d.tar', [\(small)])
        with tarfile.open('d.tar') as old, tarfile.open('image', 'w') as new:
            for member in old:
                if not member.name.endswith('.tar'): new.addfile(member, old.extractfile(member))
        """, code: "image-failed"),
    Garbage(
      testDescription: "an OCI archive with members outside",
      python: """
        def spoil(files): files[UP + OUT + '/new'] = b'x'
        oci('image.tar', [\(small)], spoil=spoil); os.rename('image.tar', 'image')
        """, code: "image-failed"),
  ]

  @Test("with a code that says why, and nothing is left of it", .timeLimit(.minutes(60)), arguments: garbage)
  func refused(garbage: Garbage) throws {
    shelf.python(garbage.python)
    #expect(try shelf.add("image") == garbage.code)
    #expect(try shelf.store.find("image") == nil)
    shelf.expectNothingElse()
  }

  @Test(
    "a program that is missing is named, with the package that has it", arguments: ["umoci", "skopeo", "tar", "gzip"])
  func missing(program: String) throws {
    shelf.python(
      """
      import shutil
      os.mkdir('bin')
      for name in ['umoci', 'skopeo', 'tar', 'gzip', 'sha256sum']:
          if name != '\(program)': os.symlink(shutil.which(name), 'bin/' + name)
      l = layer('root.tar').put('file').end()
      oci('oci.tar', [l])
      os.mkdir('root'); open('root/file', 'w')
      gzip.open('root.tar.gz', 'wb').write(open(l, 'rb').read())
      """)
    let file = ["umoci": "root.tar", "skopeo": "oci.tar", "tar": "root", "gzip": "root.tar.gz"][program] ?? ""
    let store = ImageStore(
      state: try shelf.place.folder.folder("state"), searchPath: shelf.place.path + "/bin")
    let name = try ImageName(validating: "image")
    #expect(throws: ImageFailure.programMissing(program, package: program)) {
      try store.add(path: shelf.place.path + "/" + file, as: name)
    }
    shelf.expectNothingElse()
  }

  @Test("a registry that cannot be reached is a failure that says so", .timeLimit(.minutes(60)))
  func offline() throws {
    let name = try ImageName(validating: "image")
    do throws(ImageFailure) {
      _ = try shelf.store.pull("docker://localhost:1/image", as: name, environment: [])
      Issue.record("there was a registry")
    } catch {
      #expect(error.code == "image-failed")
      #expect(error.reason.contains("connection refused"), "\(error.reason)")
      #expect(!error.reason.contains("level="))
    }
    shelf.expectNothingElse()
  }

  @Test("any transport of skopeo is taken", arguments: ["oci", "dir"])
  func transports(transport: String) throws {
    shelf.python("oci('oci', [layer('l.tar').put('usr/file').end()])")
    if transport == "dir" {
      #expect(
        Command.shell("cd '\(shelf.place.path)' && skopeo --insecure-policy copy --quiet oci:oci dir:dir").isSuccess)
    }
    let name = try ImageName(validating: "image")
    _ = try shelf.store.pull("\(transport):\(shelf.place.path)/\(transport)", as: name, environment: [])
    #expect(try shelf.inRoot("cat usr/file") == "x")
    shelf.expectNothingElse()
  }
}
