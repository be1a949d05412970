"""The senders of Slack, Discord and WhatsApp, against answers as their services give them."""

import json
from email.utils import format_datetime
from datetime import datetime, timedelta, timezone

from support import ExampleTest, FakeServer


class SenderTest(ExampleTest):
    channel = program = ""

    def serve(self, status, body):
        self.server = FakeServer(self, lambda request: (status, {}, body))

    def deliver(self, **keys):
        message = {"id": "m-1", "attempt": 1, "channel": self.channel, "to": "default", "text": "hello", "files": [],
                   "group": "main", "job": "j", "replyTo": None, **keys}
        return self.send(self.program, message)

    def check_codes(self, *table):
        for fault, code, delay in table:
            self.server.faults.append(fault)
            self.assertEqual(self.deliver()[0::2], (code, delay), fault)
        self.assertEqual(self.server.faults, [])


class Slack(SenderTest):
    channel, program = "slack", "slack-send"

    def setUp(self):
        super().setUp()
        self.serve(200, b"ok")
        self.environment |= {"SLACK_WEBHOOK": self.server.url + "/services/T/B/secret",
                             "SLACK_WEBHOOK_OPS": self.server.url + "/services/T/B/secret-ops"}

    def test_a_message_arrives_at_the_hook_that_is_meant(self):
        self.assertEqual(self.deliver(text="a < b & c <!channel>"), (0, "", None))
        self.assertEqual(self.server.requests[0].path, "/services/T/B/secret")
        self.assertEqual(self.server.requests[0].json["text"], "a &lt; b &amp; c &lt;!channel&gt;")
        self.assertEqual(self.deliver(to="slack:ops")[0], 0)
        self.assertEqual(self.server.requests[1].path, "/services/T/B/secret-ops")
        for to in ("unknown", "OPS/../x", "a-b"):
            self.assertEqual(self.deliver(to=to)[0], 65)
        self.assertEqual(len(self.server.requests), 2)

    def test_long_texts_come_in_parts_and_files_are_named(self):
        path = self.write("report.csv", b"1")
        self.assertEqual(self.deliver(text="<" * 9000, files=[path])[0], 0)
        texts = [request.json["text"] for request in self.server.requests]
        self.assertEqual(len(texts), 3)
        self.assertTrue(all(len(text) <= 5 * 4000 for text in texts))
        self.assertIn("report.csv", texts[-1])

    def test_answers_become_exit_codes(self):
        soon = format_datetime(datetime.now(timezone.utc) + timedelta(hours=1))
        self.check_codes(
            ((429, {"Retry-After": "30"}, b""), 75, "30s"), ((500, {}, b"rollup_error"), 75, None),
            ((503, {"Retry-After": "2"}, b""), 75, "2s"), ("close", 75, None), ("cut", 75, None),
            ((200, {}, b"<html>"), 75, None), ((400, {}, b"invalid_payload"), 65, None),
            ((403, {}, b"action_prohibited"), 65, None), ((403, {}, b"invalid_token"), 77, None),
            ((404, {}, b"channel_not_found"), 65, None), ((410, {}, b"channel_is_archived"), 65, None),
            ((429, {"Retry-After": "nonsense"}, b""), 75, None))
        self.server.faults.append((429, {"Retry-After": soon}, b""))
        code, _, delay = self.deliver()
        self.assertEqual(code, 75)
        self.assertTrue(3500 < float(delay.rstrip("ms")) / (1000 if delay.endswith("ms") else 1) <= 3600, delay)

    def test_only_http_is_asked(self):
        for address in ("file:///etc/passwd", "ftp://127.0.0.1/secret", "http://", "no address secret"):
            self.environment["SLACK_WEBHOOK"] = address
            self.assertEqual(self.deliver()[0], 78, address)


class Discord(SenderTest):
    channel, program = "discord", "discord-send"

    def setUp(self):
        super().setUp()
        self.serve(200, {"id": "1"})
        self.environment |= {"DISCORD_WEBHOOK": self.server.url + "/api/webhooks/1/secret",
                             "DISCORD_WEBHOOK_OPS": self.server.url + "/api/webhooks/2/secret"}

    def test_a_message_arrives_and_mentions_nobody(self):
        self.assertEqual(self.deliver(text="hello @everyone"), (0, "", None))
        request = self.server.requests[0]
        self.assertEqual(request.path, "/api/webhooks/1/secret?wait=true")
        self.assertEqual(request.json, {"content": "hello @everyone", "allowed_mentions": {"parse": []}})
        self.assertFalse(request.headers["User-Agent"].startswith("Python"))
        self.assertEqual(self.deliver(to="ops/42")[0], 0)
        self.assertEqual(self.server.requests[1].path, "/api/webhooks/2/secret?wait=true&thread_id=42")
        self.assertEqual(self.deliver(to="ops/x&y")[0], 65)

    def test_long_texts_and_many_files(self):
        paths = [self.write(f"f{n}.txt", b"%d" % n) for n in range(12)]
        self.assertEqual(self.deliver(text="word " * 900, files=paths)[0], 0)
        parts = [request.json["content"] for request in self.server.requests[:3]]
        self.assertEqual(" ".join(parts), "word " * 900)
        self.assertTrue(all(len(part) <= 2000 for part in parts))
        first, second = (request.form for request in self.server.requests[3:])
        self.assertEqual(json.loads(first["payload_json"][1]), {"allowed_mentions": {"parse": []}})
        self.assertEqual(first["files[9]"], ("f9.txt", b"9"))
        self.assertEqual(second["files[1]"], ("f11.txt", b"11"))

    def test_answers_become_exit_codes(self):
        limited = {"message": "You are being rate limited.", "retry_after": 64.57, "global": False}
        self.check_codes(
            ((204, {}, b""), 0, None), ((429, {"Retry-After": "65"}, limited), 75, "64570ms"),
            ((429, {"Retry-After": "65"}, b"<html>"), 75, "65s"), ((502, {}, b""), 75, None), ("close", 75, None),
            ((400, {}, {"message": "Invalid Form Body", "code": 50035}), 65, None),
            ((401, {}, {"message": "Invalid Webhook Token", "code": 50027}), 77, None),
            ((404, {}, {"message": "Unknown Webhook", "code": 10015}), 65, None), ((413, {}, {}), 65, None))


class WhatsApp(SenderTest):
    channel, program = "whatsapp", "whatsapp-send"

    def setUp(self):
        super().setUp()
        self.server = FakeServer(self, lambda request: (200, {}, {"id": "media-1"} if "/media" in request.path else {
            "messaging_product": "whatsapp", "messages": [{"id": "wamid.X"}]}))
        self.environment |= {"WHATSAPP_TOKEN": "secret-token", "WHATSAPP_NUMBER": "1065",
                             "WHATSAPP_API": self.server.url + "/v23.0"}

    def deliver(self, **keys):
        return super().deliver(**{"to": "+491701234567", **keys})

    def test_a_message_arrives(self):
        self.assertEqual(self.deliver(replyTo="wamid.Q"), (0, "", None))
        request = self.server.requests[0]
        self.assertEqual(request.path, "/v23.0/1065/messages")
        self.assertEqual(request.headers["Authorization"], "Bearer secret-token")
        self.assertEqual(request.json, {
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "491701234567",
            "biz_opaque_callback_data": "m-1", "context": {"message_id": "wamid.Q"}, "type": "text",
            "text": {"body": "hello", "preview_url": False}})
        self.assertEqual(self.deliver(text="x" * 10_000)[0], 0)
        self.assertEqual([len(one.json["text"]["body"]) for one in self.server.requests[1:]], [4096, 4096, 1808])
        self.assertEqual(self.deliver(to="Ada")[0], 65)

    def test_files_are_uploaded_and_then_sent(self):
        path = self.write("report.pdf", b"%PDF")
        self.assertEqual(self.deliver(text="", files=[path])[0], 0)
        upload, message = self.server.requests
        self.assertEqual(upload.form["messaging_product"][1], b"whatsapp")
        self.assertEqual(upload.form["type"][1], b"application/pdf")
        self.assertEqual(upload.form["file"], ("report.pdf", b"%PDF"))
        self.assertEqual(message.json["document"], {"id": "media-1", "filename": "report.pdf"})

    def test_answers_become_exit_codes(self):
        def says(status, code):
            return status, {}, {"error": {"message": f"(#{code}) …", "type": "OAuthException", "code": code}}

        self.check_codes(
            (says(429, 130429), 75, None), (says(400, 131056), 75, None), (says(400, 80007), 75, None),
            (says(500, 131000), 75, None), (says(401, 190), 77, None), (says(500, 3), 77, None),
            (says(403, 200), 77, None), (says(400, 131026), 65, None), (says(400, 131047), 65, None),
            (says(400, 100), 65, None), ((502, {}, b"<html>"), 75, None), ("close", 75, None),
            ((200, {}, b""), 75, None), ((429, {"Retry-After": "9"}, {"error": "x"}), 75, "9s"))
        self.environment["WHATSAPP_NUMBER"] = "../me"
        self.assertEqual(self.deliver()[0], 78)


del SenderTest  # a class without tests of its own
