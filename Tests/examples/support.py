"""What the tests of the examples share: folders, programs run to their end, and servers on 127.0.0.1 that behave badly on
request."""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHANNELS = os.path.join(ROOT, "Examples", "channels")
AGENTS = os.path.join(ROOT, "Examples", "agents")
TOKEN = "12345:AAsecret-Token_0"
# A hundred examples are started: without site-packages, and compiled once, each takes half the time. Not beside the
# source, which tests leave as it is.
CACHE = tempfile.TemporaryDirectory(prefix="bobbin-pycache-")
PYTHON = [sys.executable, "-E", "-S", "-X", "pycache_prefix=" + CACHE.name]


def eventually(condition, seconds=20, pause=0.005):
    """Waits until something is so, by looking again. Generous: a test that passes never waits longer than it takes."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return bool(condition())
        time.sleep(pause)
    return True


class ExampleTest(unittest.TestCase):
    """A spool, a home, and no variable that was not set here."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="bobbin-examples-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.inbox = os.path.join(self.folder, "spool", "inbox")
        os.makedirs(self.inbox)
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.folder, "LANG": "C.UTF-8",
            "PYTHONPYCACHEPREFIX": CACHE.name, "BOBBIN_SPOOL": os.path.join(self.folder, "spool"),
            "BOBBIN_RESULT": os.path.join(self.folder, "result.json"),
        }

    def start(self, program, *arguments, folder=CHANNELS, **variables):
        """Starts an example. It is ended with the test."""
        process = subprocess.Popen(
            [*PYTHON, os.path.join(folder, program), *arguments], cwd=self.folder,
            env={**self.environment, **variables}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def run_example(self, program, *arguments, input=b"", folder=CHANNELS, **variables):
        """Runs one to its end: exit code, standard output and error."""
        process = self.start(program, *arguments, folder=folder, **variables)
        output, error = process.communicate(input, timeout=30)
        return process.returncode, output.decode(), error.decode()

    def send(self, program, message, **variables):
        """Runs a sender with a message: exit code, what it said, and the delay it asked for."""
        try:
            os.unlink(self.environment["BOBBIN_RESULT"])
        except FileNotFoundError:
            pass
        code, output, error = self.run_example(program, input=json.dumps(message).encode(), **variables)
        self.assertEqual(output, "")
        self.assertNotIn("secret", error)
        try:
            with open(self.environment["BOBBIN_RESULT"], encoding="utf-8") as file:
                delay = json.load(file)["retryAfter"]
        except FileNotFoundError:
            delay = None
        return code, error, delay

    def drops(self):
        """The messages in the inbox by file name. Reads as the runner does: no dot names, whole files or none."""
        found = {}
        for name in sorted(os.listdir(self.inbox)):
            if name.startswith(".") or not name.endswith(".json"):
                continue
            self.assertRegex(name, r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z")
            self.assertLessEqual(len(name) - 5, 150)
            with open(os.path.join(self.inbox, name), encoding="utf-8") as file:
                document = json.load(file)
            self.assertEqual(list(document), ["message"])
            found[name[:-5]] = self.check_message(document["message"])
        return found

    def check_message(self, message):
        self.assertLessEqual({"channel", "from", "chat", "text", "at", "id"}, set(message))
        self.assertLessEqual(set(message), {"channel", "from", "chat", "text", "at", "id", "files"})
        for key, value in message.items():
            if key == "files":
                self.assertLessEqual(len(value), 20)
                for path in value:
                    self.assertTrue(os.path.isabs(path) and os.path.isfile(path), path)
            else:
                self.assertIsInstance(value, str, key)
                if key != "text":
                    self.assertTrue(1 <= len(value.encode()) <= 512, key)
        self.assertRegex(message["at"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)\Z")
        return message

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path


class Request:
    def __init__(self, handler):
        self.method, self.path, self.headers = handler.command, handler.path, handler.headers
        self.body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self):
        """The parts of a multipart body: name to (file name, bytes)."""
        boundary = re.search(r"boundary=(\S+)", self.headers["Content-Type"])[1]
        found = {}
        for part in self.body.split(b"--" + boundary.encode())[1:-1]:
            head, _, data = part.strip(b"\r\n").partition(b"\r\n\r\n") if b"\r\n\r\n" in part else (part, b"", b"")
            head = head.decode()
            file = re.search(r'filename="([^"]*)"', head)
            found[re.search(r' name="([^"]*)"', head)[1]] = (file and file[1], data)
        return found


class FakeServer:
    """A server that keeps what it was asked. answer(request) says what comes back: (status, headers, body), or "cut" for
    an answer that ends in its middle, or "close" for none at all. faults are such answers that come first."""

    def __init__(self, test, answer):
        self.requests, self.faults, self.lock = [], [], threading.Lock()

        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                request = Request(self)
                with fake.lock:
                    fake.requests.append(request)
                    fault = fake.faults.pop(0) if fake.faults else None
                reply = answer(request) if fault is None else fault
                self.close_connection = True
                if reply == "close":
                    return
                status, headers, body = (200, {}, b'{"ok": true, "result"') if reply == "cut" else reply
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body) + (1000 if reply == "cut" else 0)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # the client was killed

            do_GET = do_POST

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
