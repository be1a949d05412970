import Jobs

/// Channels as `config --effective` shows them: what they do and what they are given, and no value that could be a secret.
/// Arguments, variables, values of headers and the paths of addresses are counted or named; the file itself has them.
enum EffectiveChannels {
  static func json(_ channels: [ChannelName: Channel]) -> [UInt8] {
    ValueText.json { json in
      json.beginObject()
      for (name, channel) in channels.sorted(by: { $0.key < $1.key }) {
        json.key(name.text)
        write(channel, &json)
      }
      json.endObject()
    }
  }

  private static func write(_ channel: Channel, _ json: inout JSONWriter) {
    json.beginObject()
    switch channel.deliverer {
    case .command(let words):
      json.key("command")
      json.beginArray()
      json.string(words.first ?? "")
      if words.count > 1 { json.string("… \(words.count - 1) more") }
      json.endArray()
    case .file(let folder):
      json.key("file")
      json.beginObject()
      json.member("folder", folder)
      json.endObject()
    case .mail(let from):
      json.key("mail")
      json.beginObject()
      json.member("from", from.address)
      json.endObject()
    case .kept: break  // nobody's setting
    case .webHook(let hook):
      json.key("webhook")
      json.beginObject()
      json.member("url", hook.url.origin + (hook.url.target.utf8.count > 1 ? "/…" : ""))
      json.member("secret", hook.secret)
      write("headers", hook.headers.map { ($0.name, "…") }, &json)
      write("headerSecrets", hook.secretHeaders.map { ($0.name, $0.value) }, &json)
      json.endObject()
    }
    json.member("rate", channel.rate?.description)
    json.member("timeout", DurationText.format(channel.timeout))
    json.member("attempts", channel.retry.attempts)
    write("env", channel.env.map { ($0.name, "…") }, &json)
    if !channel.secrets.isEmpty {
      json.key("secrets")
      json.beginArray()
      for name in channel.secrets { json.string(name) }
      json.endArray()
    }
    json.endObject()
  }

  private static func write(_ key: StaticString, _ pairs: [(String, String)], _ json: inout JSONWriter) {
    if pairs.isEmpty { return }
    json.key(key)
    json.beginObject()
    for (name, value) in pairs {
      json.key(name)
      json.string(value)
    }
    json.endObject()
  }
}
