/// A way to the outside: `"channels": { "ops": { "command": ["send-to-ops"] } }`.
public struct Channel: Sendable, Equatable {
  /// How it delivers. Each channel has one.
  public enum Deliverer: Sendable, Equatable {
    /// `command`: a program, absolute or in the runner's PATH, and its arguments. It gets the message on standard input.
    case command([String])
    /// `file`: a folder, absolute; each message becomes a line of a file there.
    case file(folder: String)
    /// `mail`: the machine's sendmail, from this address.
    case mail(from: MailAddress)
    /// `webhook`: an HTTP POST.
    case webHook(WebHook)
    /// No word of the settings: an answer to what was said to a group itself. Nobody outside waits for it, so it is delivered
    /// where it is, and found in `done/outbox/`.
    case kept
  }

  /// How it delivers.
  public var deliverer: Deliverer
  /// `rate`: how many attempts it makes in a span of time; nil: as many as there are.
  public var rate: DeliveryRate?
  /// `timeout` of an attempt, 1 s…1 d; default 30 s.
  public var timeout = Duration.seconds(30)
  /// `retry`, as a job's; default 5 attempts, 5 s × 2 … 10 min between.
  public var retry = RetryPolicy(attempts: Channel.attempts)
  /// `env`: variables of its program; none by default. Not of a `file`.
  public var env: [EnvEntry] = []
  /// `secrets`: names of secrets that its program gets as variables; none by default. Of a `command` and of `mail` only: a
  /// web hook's go into its headers.
  public var secrets: [String] = []

  /// The attempts at a message when the channel does not say.
  public static let attempts = RetryPolicy.temporaryAttempts

  /// A channel with every default.
  public init(_ deliverer: Deliverer) { self.deliverer = deliverer }
}

extension Settings {
  /// The channel of a name: one of `channels`, or the one by which groups are talked to.
  public func channel(_ name: ChannelName) -> Channel? {
    channels[name] ?? (UTF8Text.same(name.text, IncomingMessage.groupChannel) ? Channel(.kept) : nil)
  }
}
