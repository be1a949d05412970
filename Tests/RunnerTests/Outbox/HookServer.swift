import Jobs
import Platform
import TestSupport
import Testing

/// A server of web hooks on this machine alone, which answers as its path says and writes down what it got.
final class HookServer {
  private let place: TemporaryFolder
  private let process: RunnerProcess
  let port: Int

  init(in place: TemporaryFolder) throws {
    self.place = place
    try place.write("hook.py", Self.program)
    process = try RunnerProcess(
      Program(
        paths: (Machine.environment("PATH") ?? "").split(separator: ":").map { $0 + "/python3" },
        arguments: ["python3", "\(place.path)/hook.py", place.path],
        environment: ["PATH=\(Machine.environment("PATH") ?? "/usr/bin:/bin")", "HOME=\(Machine.home)"]),
      output: place.path + "/hook.txt")
    guard try eventually(within: 60, { try place.folder.has("port") }), let port = Int(try place.text("port")) else {
      throw NotStarted(text: process.text)
    }
    self.port = port
  }

  struct NotStarted: Error { let text: String }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

  /// A channel that posts to a path.
  func channel(_ path: String, _ more: String = "", hook: String = "") -> String {
    #"{"webhook": {"url": "\#(url(path))"\#(hook)}\#(more)}"#
  }

  /// What came, in order: `path`, `headers` in lower case, `body`, `mark` (whether the signature is right), `leaks`.
  func requests() throws -> [JSONNode] {
    guard try place.folder.has("requests") else { return [] }
    return try place.text("requests").split(separator: "\n").map { try JSONReader.read(Array($0.utf8)) }
  }

  func header(_ name: String, of request: JSONNode) -> String? {
    guard case .string(let text)? = request.member("headers")?.member(name)?.value else { return nil }
    return text
  }

  deinit { process.kill() }

  private static let program = #"""
    import hashlib, hmac, http.server, json, os, socket, sys, threading, time
    here = sys.argv[1]
    lock = threading.Lock()
    seen = {}

    def secrets():
        folder = here + "/config/bobbin/secrets"
        return [open(folder + "/" + name).read().strip() for name in os.listdir(folder)] if os.path.isdir(folder) else []

    def leaks():
        # Of curl that waits for our answer: what others can read of it.
        found, curls = [], 0
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if open(f"/proc/{pid}/comm").read().strip() != "curl":
                    continue
                curls += 1
                for what in ("cmdline", "environ"):
                    data = open(f"/proc/{pid}/{what}", "rb").read()
                    found += [what for secret in secrets() if secret.encode() in data]
            except OSError:
                pass
        return {"curls": curls, "found": found}

    class Hook(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *words):
            pass

        def do_GET(self):
            self.note(b"")
            self.reply(200)

        def reply(self, status, body=b"", **headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def note(self, body):
            mark = self.headers.get("X-Bobbin-Signature")
            right = None
            if mark and os.path.exists(here + "/config/bobbin/secrets/SIGN"):
                parts = dict(part.split("=", 1) for part in mark.split(","))
                key = open(here + "/config/bobbin/secrets/SIGN").read().strip().encode()
                code = hmac.new(key, parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
                right = hmac.compare_digest(code, parts["v1"]) and abs(time.time() - int(parts["t"])) < 300
            entry = {"path": self.path, "method": self.command, "body": body.decode(), "mark": right, "leaks": leaks(),
                "headers": {name.lower(): value for name, value in self.headers.items()}}
            with lock, open(here + "/requests", "a") as file:
                file.write(json.dumps(entry) + "\n")

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                seen[self.path] = times = seen.get(self.path, 0) + 1
            self.note(body)
            kind = self.path.split("/")[1].split("?")[0]
            if kind == "500":
                self.reply(500, b"broken: " + self.path.encode())
            elif kind == "twice":
                self.reply(500 if times == 1 else 204)
            elif kind == "busy":
                self.reply(429 if times == 1 else 200, b"slow down", Retry_After="7200")
            elif kind == "soon":
                self.reply(503 if times == 1 else 200, b"", Retry_After="0")
            elif kind == "hang":
                time.sleep(600)
            elif kind == "to-file":
                self.reply(302, b"", Location="file:///etc/passwd")
            elif kind == "to-other":
                self.reply(307, b"", Location=f"http://127.0.0.1:{port}/stolen")
            elif kind in ("huge", "huge-bad"):
                self.send_response(200 if kind == "huge" else 400)
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(b"x" * 65536)
                except OSError:
                    self.close_connection = True
            elif kind == "drop":
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
            elif kind == "rubbish":
                self.wfile.write(b"\x00\xff no http at all\r\n\r\n")
                self.close_connection = True
            elif kind == "echo":
                self.reply(400, json.dumps(dict(self.headers)).encode() + self.path.encode() + b" " + body)
            else:
                self.reply(200, b"thanks")

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    port = server.server_address[1]
    open(here + "/port.new", "w").write(str(port))
    os.rename(here + "/port.new", here + "/port")
    server.serve_forever()
    """#
}
