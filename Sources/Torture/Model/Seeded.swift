/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers from the same seed everywhere, which the library's generator does
/// not promise.
public struct Seeded: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(_ seed: UInt64) { state = seed }

  /// One for each of many purposes: what is drawn for one does not shift what another one gets.
  public init(_ parts: UInt64...) {
    var mixed: UInt64 = 0
    for part in parts {
      var generator = Seeded(mixed ^ part)
      mixed = generator.next()
    }
    state = mixed
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// True once in so many times.
  mutating func once(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}
