import Jobs

/// What a reading came to: the value, or the refusal as data.
func refusal<Value>(_ body: () throws(Refusal) -> Value) -> Refusal? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// The bytes of a text.
func utf8(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

/// The text of bytes.
func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// A job with `rest` beside its `run`.
func job(_ rest: String) throws(Refusal) -> Job { try Job.read(utf8("{\"run\": \"true\", \(rest)}")) }

/// SplitMix64 (Steele, Lea, Flood 2014): the same sequence for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
