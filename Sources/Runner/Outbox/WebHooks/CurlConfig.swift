import Jobs

/// What curl(1) is told of one request, in the form of its configuration files (`--config -`, on standard input). Everything
/// is in there, and nothing in its arguments, which others can read: addresses of web hooks are often secrets themselves.
struct CurlConfig {
  private(set) var text: [UInt8] = []

  /// - Parameters:
  ///   - body: the descriptor that holds it, open in curl; - timeout: s, as text.
  init(url: WebAddress, headers: [(name: String, value: String)], body: Int32, timeout: String) {
    // Redirects are not followed: neither `location` nor a scheme that one could lead to.
    for option in [
      "silent", "show-error", "include", "globoff", "path-as-is", "suppress-connect-headers", "no-location",
    ] {
      text += Array("\(option)\n".utf8)
    }
    add("proto", "=\(url.scheme)")
    add("proto-redir", "=\(url.scheme)")
    add("max-redirs", "0")
    add("max-time", timeout)
    add("request", "POST")
    add("data-binary", "@/dev/fd/\(body)")
    // curl waits a second for "100 Continue" of a server that knows nothing of it.
    add("header", "Expect:")
    add("header", "Content-Type: application/json")
    for (name, value) in headers { add("header", "\(name): \(value)") }
    add("url", url.text)
  }

  /// One option. A value is quoted as curl reads it; control characters, which would end the line, do not get here.
  private mutating func add(_ option: String, _ value: String) {
    text += Array("\(option) = \"".utf8)
    for byte in value.utf8 {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
      text.append(byte)
    }
    text += Array("\"\n".utf8)
  }
}
