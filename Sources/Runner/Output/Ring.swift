/// The last bytes of a stream, at most `capacity` of them; grows as needed up to that.
struct Ring {
  let capacity: Int
  private var bytes: [UInt8] = []
  private var next = 0

  init(capacity: Int) { self.capacity = capacity }

  mutating func append(_ more: UnsafeRawBufferPointer) {
    guard capacity > 0 else { return }
    var rest = more.count > capacity ? UnsafeRawBufferPointer(rebasing: more.suffix(capacity)) : more
    let growth = min(rest.count, capacity - bytes.count)
    if growth > 0 {
      bytes.append(contentsOf: rest.prefix(growth))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(growth))
    }
    while !rest.isEmpty {
      let part = min(rest.count, capacity - next)
      bytes.replaceSubrange(next..<(next + part), with: rest.prefix(part))
      next = (next + part) % capacity
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part))
    }
  }

  /// In the order they came.
  var contents: [UInt8] { next == 0 ? bytes : Array(bytes[next...] + bytes[..<next]) }
  var count: Int { bytes.count }
}
