import Platform

extension Need {
  private static let isCI = Machine.environment("CI") == "true"

  /// umoci(1), which unpacks images, with Python to make them.
  public static let umoci = isCI || (python && Command.shell("umoci --version").isSuccess)
  public static let umociSays: String = "needs umoci and python3, to make and unpack images"

  /// skopeo(1) too, which reads archives.
  public static let skopeo = isCI || (umoci && Command.shell("skopeo --version").isSuccess)
  public static let skopeoSays: String = "needs skopeo, umoci and python3, to make and read archives of images"

  /// A busybox that needs no library.
  public static let busybox = isCI || (umoci && Command.shell("busybox true").isSuccess)
  public static let busyboxSays: String = "needs busybox-static and umoci"
}

/// Makes archives that no decent program would: by Python, whose tarfile writes whatever it is told.
public enum OddArchive {
  /// Runs Python in a folder. `layer(NAME)` is a tar in which `put` writes a member; `oci(NAME, LAYERS)` and `docker` put such
  /// tars into an archive; `OUT` is a folder that must not be touched, `UP` the way to the root from anywhere.
  public static func make(in folder: TemporaryFolder, _ body: String) -> Command {
    Command.run(
      Program(
        paths: ["/usr/bin/python3", "/usr/local/bin/python3"], arguments: ["python3", "-"],
        environment: ["PATH=/usr/bin:/bin", "OUT=\(folder.path)/out"], folder: .path(folder.path)),
      input: Array((prelude + body + "\n").utf8))
  }

  private static let prelude = #"""
    import gzip, hashlib, io, json, os, tarfile
    OUT = os.environ["OUT"]
    UP = "../" * 30
    SYM, HARD, DIR, FIFO = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE
    BLOCK, CHAR = tarfile.BLKTYPE, tarfile.CHRTYPE

    class layer:
        def __init__(self, name):
            self.name = name
            self.tar = tarfile.open(name, "w", format=tarfile.PAX_FORMAT)
        def put(self, name, data=b"x", type=tarfile.REGTYPE, to="", mode=0o755, device=(0, 0), **pax):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mode = type, to, mode
            member.devmajor, member.devminor = device
            member.pax_headers = {key.replace("_", "."): value for key, value in pax.items()}
            if type == tarfile.REGTYPE:
                member.size = len(data)
                self.tar.addfile(member, io.BytesIO(data))
            else:
                self.tar.addfile(member)
            return self
        def end(self):
            self.tar.close()
            return self.name

    def digest(data):
        return hashlib.sha256(data).hexdigest()

    def pack(name, files):
        with tarfile.open(name, "w") as tar:
            for path, data in files.items():
                member = tarfile.TarInfo(path)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))

    def oci(name, layers, config={}, spoil=lambda files: None):
        files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
        def blob(data, type):
            files["blobs/sha256/" + digest(data)] = data
            return {"mediaType": "application/vnd.oci.image." + type, "digest": "sha256:" + digest(data), "size": len(data)}
        plain = [open(layer, "rb").read() for layer in layers]
        packed = [gzip.compress(data, mtime=0) for data in plain]
        conf = blob(json.dumps({"architecture": "amd64", "os": "linux", "config": config, "rootfs": {"type": "layers",
            "diff_ids": ["sha256:" + digest(data) for data in plain]}}).encode(), "config.v1+json")
        manifest = blob(json.dumps({"schemaVersion": 2, "config": conf, "mediaType":
            "application/vnd.oci.image.manifest.v1+json",
            "layers": [blob(data, "layer.v1.tar+gzip") for data in packed]}).encode(), "manifest.v1+json")
        files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()
        spoil(files)
        if name.endswith(".tar"):
            pack(name, files)
        else:
            for path, data in files.items():
                os.makedirs(os.path.dirname(name + "/" + path), exist_ok=True)
                open(name + "/" + path, "wb").write(data)

    def docker(name, layers, config={}):
        plain = [open(layer, "rb").read() for layer in layers]
        conf = json.dumps({"architecture": "amd64", "os": "linux", "config": config, "rootfs": {"type": "layers",
            "diff_ids": ["sha256:" + digest(data) for data in plain]}}).encode()
        files = {digest(conf) + ".json": conf}
        names = []
        for data in plain:
            names.append(digest(data) + "/layer.tar")
            files[names[-1]] = data
        files["manifest.json"] = json.dumps([{"Config": digest(conf) + ".json", "RepoTags": ["made:1"],
            "Layers": names}]).encode()
        pack(name, files)

    """#
}
