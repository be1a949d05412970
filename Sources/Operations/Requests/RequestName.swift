/// Names in the folders of requests.
enum RequestName {
  /// Whether a name is a request's: it ends in `.json`, is not hidden and no reason of a refusal.
  static func isRequest(_ name: some Collection<UInt8>) -> Bool {
    isAnyJSON(name) && !name.suffix(12).elementsEqual(".result.json".utf8)
  }

  /// Whether a name in a folder that a container writes in is looked at.
  static func isAnyJSON(_ name: some Collection<UInt8>) -> Bool {
    name.first != UInt8(ascii: ".") && name.count > 5 && name.suffix(5).elementsEqual(".json".utf8)
  }
}
