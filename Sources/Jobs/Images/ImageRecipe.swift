/// How an image is built from what is on this machine, without a network: a strict `image.json`.
///
/// ```
/// { "name": "report", "programs": ["/usr/bin/python3"], "paths": ["/usr/lib/python3.*"],
///   "files": { "report.py": "/app/report.py" }, "links": { "/bin/sh": "busybox" }, "env": { "TZ": "UTC" } }
/// ```
public struct ImageRecipe: Equatable, Sendable {
  /// `name`: what the image will be called.
  public var name: ImageName
  /// `from`: an image of the store to begin with; default: nothing.
  public var base: ImageName?
  /// `programs`: absolute paths of programs of this machine, copied with the libraries and the interpreter they need.
  public var programs: [Item] = []
  /// `paths`: absolute paths of files and folders of this machine, copied to the same place; a `*` in the last name
  /// stands for any run of characters.
  public var paths: [Item] = []
  /// `files`: what lies beside the recipe, by its place in the image.
  public var files: [(source: Item, place: Item)] = []
  /// `links`: symbolic links, what they say by where they stand.
  public var links: [(place: Item, target: String)] = []
  /// `env`: "NAME=value", in the order written.
  public var environment: [String] = []
  /// `description`; default: none.
  public var note: String?

  /// A text of the recipe and where it stands, for what is found out only when it is carried out.
  public struct Item: Equatable, Sendable {
    /// The text.
    public let text: String
    private let missing: Refusal

    fileprivate init(_ text: String, _ missing: Refusal) {
      self.text = text
      self.missing = missing
    }

    /// A refusal of what stands there.
    public func refusal(_ reason: String) -> Refusal {
      var refusal = missing
      refusal.reason = "'\(text)': \(reason)" + (refusal.line.map { " (line \($0))" } ?? "")
      return refusal
    }
  }

  private static let keys = ["name", "from", "programs", "paths", "files", "links", "env", "description"]

  /// Reads a recipe.
  /// - Throws: the first thing that is wrong, with its place; the codes are those of `Job.read`.
  public static func read(_ bytes: [UInt8]) throws(Refusal) -> ImageRecipe {
    let root = Field(root: try JSONReader.read(bytes), source: bytes)
    let members = try root.members("an object with \(keys.joined(separator: ", "))")
    guard let name = members.first(where: { $0.name == "name" }) else {
      throw root.refusal(.missingKey, "no 'name' in the recipe", "expected what the image is to be called")
    }
    var recipe = ImageRecipe(name: try name.imageName())
    for field in members {
      switch field.name {
      case "name": break
      case "from": recipe.base = try field.imageName()
      case "programs": recipe.programs = try field.hostPaths()
      case "paths": recipe.paths = try field.hostPaths()
      case "files":
        for member in try field.members("an object of places in the image, by what lies beside the recipe") {
          recipe.files.append((try member.sourceName(), try member.place()))
        }
      case "links":
        for member in try field.members("an object of what links say, by where they stand") {
          recipe.links.append((try member.placeInKey(), try member.text("a path", upTo: 4095)))
        }
      case "env":
        for member in try field.members("an object of texts") {
          let value = try member.text()
          guard !member.name.isEmpty, !member.name.utf8.contains(UInt8(ascii: "=")) else {
            throw member.keyRefusal(.badValue, "bad name of a variable", "expected a name without '='")
          }
          recipe.environment.append("\(member.name)=\(value)")
        }
      case "description": recipe.note = try field.text()
      default: throw field.unknownKey(among: keys)
      }
    }
    return recipe
  }

  private init(name: ImageName) { self.name = name }

  /// Equal in all that is carried out.
  public static func == (a: ImageRecipe, b: ImageRecipe) -> Bool {
    a.name == b.name && a.base == b.base && a.programs == b.programs && a.paths == b.paths && a.note == b.note
      && a.environment == b.environment && a.files.elementsEqual(b.files, by: ==)
      && a.links.elementsEqual(b.links, by: ==)
  }
}

extension Field {
  fileprivate func imageName() throws(Refusal) -> ImageName {
    let text = try self.text("an image's name")
    do { return try ImageName(validating: text) } catch {
      throw refusal(error.code, "bad image name", error.reason)
    }
  }

  /// Absolute paths of this machine.
  fileprivate func hostPaths() throws(Refusal) -> [ImageRecipe.Item] {
    var paths: [ImageRecipe.Item] = []
    for element in try elements("an array of absolute paths") {
      paths.append(element.item(try element.plainPath(), element.badValue("a path that is there")))
    }
    return paths
  }

  /// An absolute path without `.` and `..`.
  private func plainPath() throws(Refusal) -> String {
    let text = try absolutePath()
    guard Self.isPlain(text) else { throw badValue("an absolute path without '.' and '..', and not '/' itself") }
    return text
  }

  fileprivate func place() throws(Refusal) -> ImageRecipe.Item {
    item(try plainPath(), badValue("a place in the image"))
  }

  fileprivate func placeInKey() throws(Refusal) -> ImageRecipe.Item {
    let fault = keyRefusal(.badValue, "bad place of a link", "expected an absolute path without '.' and '..'")
    guard name.utf8.first == UInt8(ascii: "/"), name.utf8.count < 4096, Self.isPlain(name) else { throw fault }
    return item(name, fault)
  }

  /// A key that is a path below the recipe's folder.
  fileprivate func sourceName() throws(Refusal) -> ImageRecipe.Item {
    let fault = keyRefusal(
      .badValue, "bad name of a file", "expected a path below the recipe's folder, without '.' and '..'")
    guard !name.isEmpty, name.utf8.first != UInt8(ascii: "/"), name.utf8.count < 4096, Self.isPlain(name) else {
      throw fault
    }
    return item(name, fault)
  }

  private func item(_ text: String, _ fault: Refusal) -> ImageRecipe.Item { ImageRecipe.Item(text, fault) }

  private static func isPlain(_ path: String) -> Bool {
    let names = path.utf8.split(separator: UInt8(ascii: "/"))
    return !names.isEmpty && names.allSatisfy { !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
  }
}
