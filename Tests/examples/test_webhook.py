"""generic-webhook-receive: who may drop, and what."""

import hashlib
import hmac
import http.client
import json
import os
import re
import socket
import time

from support import ExampleTest

SECRET = "a-secret"


def sign(body, key=SECRET):
    return "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


class WebhookTest(ExampleTest):
    def serve(self, **variables):
        self.process = self.start("generic-webhook-receive", WEBHOOK_SECRET=SECRET, WEBHOOK_PORT="0", **variables)
        said = self.process.stderr.readline().decode()
        self.port = int(re.search(r"http://127\.0\.0\.1:([0-9]+)/hook/", said)[1])

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text

    def post(self, body, path="/hook/repo", **headers):
        return self.ask("POST", path, body, **{"X_Hub_Signature_256": sign(body), **headers})[0]

    def test_a_signed_hook_becomes_a_message(self):
        self.serve(WEBHOOK_TEXT="{action} {repository.full_name} {commits.1.id} {nothing.there} {n}")
        body = json.dumps({"action": "opened", "repository": {"full_name": "a/b"}, "commits": [{}, {"id": "é"}], "n": 3})
        self.assertEqual(self.post(body.encode(), X_GitHub_Delivery="72d3-1", User_Agent="GitHub-Hookshot/1"), 202)
        drops = self.drops()
        self.assertEqual(list(drops), ["webhook-72d3-1"])
        message = drops["webhook-72d3-1"]
        self.assertEqual([message[key] for key in ("channel", "chat", "from", "id")],
                         ["webhook", "repo", "GitHub-Hookshot/1", "72d3-1"])
        self.assertEqual(message["text"], "opened a/b é  3")
        self.assertEqual(self.post(b"no json"), 400)

    def test_a_repeat_has_the_same_name(self):
        self.serve()
        for _ in range(2):
            self.assertEqual(self.post(b"{}", Idempotency_Key="../../x"), 202)
            self.assertEqual(self.post(b"body"), 202)
        drops = self.drops()
        self.assertEqual(sorted(message["text"] for message in drops.values()), ["body", "{}"])

    def test_what_is_not_signed_right_is_refused(self):
        self.serve()
        body = b'{"a": 1}'
        for signature in ("", "sha256=", sign(body, "other"), sign(body + b" "), sign(body)[:-1], "é"):
            self.assertEqual(self.post(body, X_Hub_Signature_256=signature.encode()), 401)
        self.assertEqual(self.ask("POST", "/hook/repo", body)[0], 401)
        for path in ("/", "/hook/", "/hook/..", "/hook/a%2f", "/other", "/hook/" + "a" * 101):
            self.assertEqual(self.post(body, path=path), 404, path)
        self.assertEqual(self.post(b"\xff"), 400)
        self.assertEqual(self.ask("GET", "/hook/repo")[0], 405)
        self.assertEqual(self.drops(), {})
        self.process.terminate()
        self.assertNotIn(SECRET, self.process.communicate()[1].decode())

    def test_a_signature_with_a_time_is_right_for_five_minutes(self):
        """As Bobbin's own web hooks are signed."""
        self.serve()
        for age, status in ((0, 202), (-200, 202), (400, 401), (-400, 401)):
            at = str(int(time.time()) - age)
            mark = sign(at.encode() + b".body")[7:]
            headers = {"X_Bobbin_Signature": f"t={at},v1={mark}", "Idempotency_Key": "m-1"}
            self.assertEqual(self.ask("POST", "/hook/x", b"body", **headers)[0], status, age)
            self.assertEqual(self.ask("POST", "/hook/x", b"other", **headers)[0], 401)
        self.assertEqual(list(self.drops()), ["webhook-m-1"])

    def test_sizes_are_limited(self):
        self.serve()
        self.assertEqual(self.ask("POST", "/hook/x", None, Content_Length="600000")[0], 413)
        self.assertEqual(self.ask("POST", "/hook/x", None, Content_Length="-1")[0], 411)
        self.assertEqual(self.post(b"\x01" * 500_000), 202)
        message, = self.drops().values()
        self.assertIn("[cut", message["text"])
        # Says it has more to come and goes away.
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"POST /hook/x HTTP/1.1\r\nContent-Length: 10\r\n\r\nshort")
            connection.shutdown(socket.SHUT_WR)
            self.assertIn(b" 400 ", connection.recv(100))

    def test_a_full_disk_is_answered_with_come_again(self):
        self.serve()
        os.rename(self.inbox, self.inbox + "-away")
        self.assertEqual(self.post(b"x"), 503)
        os.rename(self.inbox + "-away", self.inbox)
        self.assertEqual(self.post(b"x"), 202)

    def test_a_subscription_is_confirmed(self):
        self.serve(WEBHOOK_VERIFY="token")
        path = "/hook/w?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
        self.assertEqual(self.ask("GET", path + "token"), (200, "1158201444\n"))
        self.assertEqual(self.ask("GET", path + "wrong")[0], 401)
        self.assertEqual(self.ask("GET", "/hook/w")[0], 405)

    def test_settings_that_are_missing(self):
        self.assertEqual(self.run_example("generic-webhook-receive")[0], 78)
        self.assertEqual(self.run_example("generic-webhook-receive", WEBHOOK_SECRET=SECRET, WEBHOOK_PORT="x")[0], 78)
