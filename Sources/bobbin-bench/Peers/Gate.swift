/// A job that ends when it is let: what is queued behind it waits until then.
struct Gate {
  private let place: PeerPlace
  /// Its words.
  let command: [String]

  init(_ place: PeerPlace) throws {
    self.place = place
    try place.run("mkfifo gate")
    // The opening of a named pipe waits for somebody who writes.
    command = ["/bin/sh", "-c", "read x < '\(place.path)/gate'; true"]
  }

  /// For a line of shell.
  var quoted: String { #"/bin/sh -c "read x < '\#(place.path)/gate'; true""# }

  func open() throws { try place.run(": > gate") }
}
