import Jobs
import Platform

/// An image as an OCI layout (image-spec, image-layout.md) in the folder where it is made: its layers and what its config says.
struct ImageLayout {
  /// What the one image in it is called there.
  static let reference = ImageWork.layoutName + ":image"
  private static let limit = 4 << 20

  let digest: String
  private let config: JSONNode

  /// Reads a layout that skopeo or we have written; it holds one image.
  init(in work: ImageWork) throws(ImageFailure) {
    func bad(_ reason: String) -> ImageFailure { .programFailed("skopeo", reason: "its layout has \(reason)") }
    do {
      let layout = try work.folder.folder(ImageWork.layoutName)
      let index = try JSONReader.read(layout.plainBytes("index.json", limit: Self.limit))
      guard case .array(let manifests)? = index.member("manifests")?.value, manifests.count == 1,
        let digest = manifests[0].member("digest")?.text, ImageDigest.isValid(digest)
      else { throw bad("not one manifest") }
      let blobs = try layout.folder("blobs").folder("sha256")
      let manifest = try JSONReader.read(blobs.plainBytes(Self.blob(digest), limit: Self.limit), dialect: .record)
      guard let configured = manifest.member("config")?.member("digest")?.text, ImageDigest.isValid(configured) else {
        throw bad("no config")
      }
      config = try JSONReader.read(blobs.plainBytes(Self.blob(configured), limit: Self.limit), dialect: .record)
      self.digest = digest
    } catch let failure as ImageFailure {
      throw failure
    } catch let refusal as Refusal {
      throw bad("no JSON: \(refusal.reason)")
    } catch let error as SystemError {
      throw .system(error)
    } catch { throw bad("\(error)") }
  }

  /// What is kept of the config (image-spec, config.md). It is the maker's word: variables without a name and texts with NULs,
  /// which no program could be given, are passed over.
  func record(addedAt: Timestamp, source: String) -> ImageRecord {
    var record = ImageRecord(digest: digest, addedAt: addedAt)
    record.source = source
    let config = config.member("config")
    record.environment = (config?.member("Env")?.texts ?? []).filter { entry in
      entry.utf8.first != UInt8(ascii: "=") && entry.utf8.contains(UInt8(ascii: "="))
    }
    record.entrypoint = config?.member("Entrypoint")?.texts ?? []
    record.command = config?.member("Cmd")?.texts ?? []
    record.workingDirectory = config?.member("WorkingDir")?.text
    record.user = config?.member("User")?.text
    return record
  }

  private static func blob(_ digest: String) -> String { String(digest.dropFirst("sha256:".count)) }
}

extension JSONNode {
  /// A text that a program can be given.
  var text: String? {
    guard case .string(let text) = value, !text.utf8.contains(0) else { return nil }
    return text
  }

  /// The texts of an array.
  var texts: [String]? {
    guard case .array(let elements) = value else { return nil }
    return elements.compactMap(\.text)
  }
}
