/// Puts a piece of somebody's input between single quotes for a sentence: at most 60 scalars, control characters escaped.
///
/// Reasons are printed on terminals: an escape sequence in a key must not reach one.
public func quoted(_ text: String) -> String {
  var out = "'"
  var count = 0
  for scalar in text.unicodeScalars {
    if count == 60 {
      out += "…"
      break
    }
    count += 1
    let value = scalar.value
    // C0, DEL, C1, and the marks that turn the direction of text around.
    if value < 0x20 || (0x7F...0x9F).contains(value) || (0x200E...0x200F).contains(value)
      || (0x2028...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    {
      out += "\\u{" + String(value, radix: 16) + "}"
    } else {
      out.unicodeScalars.append(scalar)
    }
  }
  return out + "'"
}

/// At most 200 bytes of a key path, for the `key` of a refusal: a key can be as long as the file.
func shortened(_ path: String) -> String {
  guard path.utf8.count > 200 else { return path }
  var out = ""
  for scalar in path.unicodeScalars {
    if out.utf8.count > 196 { break }
    out.unicodeScalars.append(scalar)
  }
  return out + "…"
}
