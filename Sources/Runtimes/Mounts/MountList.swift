import Jobs
import Platform

/// `mounts.json` as it lies on the disk now, with its roots as they are there.
struct MountList {
  /// A root that is there.
  struct Root {
    let path: OwnedPath
    let allowsReadWrite: Bool
  }

  /// Longest file that is read, bytes.
  private static let limit = 1 << 20

  let rules: MountRules
  /// Without those that are not there, or that others could turn aside: what lies below these is refused as it is.
  let roots: [Root]

  /// Nil: there is no list.
  /// - Throws: `badList`.
  init?(_ config: ConfigFolder) throws(MountRefusal) {
    let name = "\(config.path)/mounts.json"
    do {
      let file = try config.open("mounts.json")
      guard file.status.kind == .file else { throw MountRefusal(.badList, "\(name) is not a regular file") }
      let bytes = try file.descriptor.openLocated().readAll(limit: Self.limit)
      guard bytes.count <= Self.limit else { throw MountRefusal(.badList, "\(name) is larger than 1 MiB") }
      rules = try MountRules.read(bytes)
    } catch let refusal as MountRefusal {
      throw refusal
    } catch let refusal as Refusal {
      throw MountRefusal(.badList, "\(name): \(refusal.reason)")
    } catch OwnedPath.Fault.missing {
      return nil
    } catch OwnedPath.Fault.unsafe(let path, let reason) {
      throw MountRefusal(.badList, "\(name) does not count, others could have written it: \(path): \(reason)")
    } catch { throw MountRefusal(.badList, "\(name) cannot be read: \(error)") }
    roots = rules.roots.compactMap { root in
      guard let path = try? OwnedPath(config.expanded(root.path), isFolderOfMore: true) else { return nil }
      return Root(path: path, allowsReadWrite: root.allowsReadWrite)
    }
  }
}
