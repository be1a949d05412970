"""telegram-receive and telegram-send against a Bot API that loses connections."""

import json
import os
import random
import subprocess
import threading
import time

from support import TOKEN, ExampleTest, FakeServer, eventually


def update(number, **message):
    return {
        "update_id": number,
        "message": {
            "message_id": number, "date": 1_790_000_000 + number, "chat": {"id": -100, "type": "group"},
            "from": {"id": 7, "first_name": "Ada", "username": "ada"}, "text": f"message {number}", **message,
        },
    }


class FakeTelegram:
    """What getUpdates promises: an offset forgets what lies before it, everything else comes again."""

    def __init__(self, test, updates):
        self.updates, self.changed = list(updates), threading.Condition()
        self.offsets, self.on_offset = [], lambda offset: None
        self.server = FakeServer(test, self.answer)
        self.faults, self.url = self.server.faults, self.server.url

    def answer(self, request):
        if request.path != f"/bot{TOKEN}/getUpdates":
            return 404, {}, {"ok": False, "error_code": 404, "description": "Not Found"}
        asked = request.json
        offset = asked.get("offset")
        with self.changed:
            self.offsets.append(offset)
            if offset is not None:
                self.on_offset(offset)
                self.updates = [one for one in self.updates if one["update_id"] >= offset]
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.updates, timeout=asked["timeout"])
            return 200, {}, {"ok": True, "result": self.updates[: asked["limit"]]}

    def add(self, *updates):
        with self.changed:
            self.updates += updates
            self.changed.notify_all()


def too_many(seconds):
    return 429, {}, {"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {seconds}",
                     "parameters": {"retry_after": seconds}}


class Receiving(ExampleTest):
    def setUp(self):
        super().setUp()
        self.environment |= {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_RETRY": "0.01", "TELEGRAM_POLL": "5",
                             "TELEGRAM_STATE": os.path.join(self.folder, "offset.json")}

    def telegram(self, updates):
        fake = FakeTelegram(self, updates)
        self.environment["TELEGRAM_API"] = fake.url
        return fake

    def once(self):
        code, output, error = self.run_example("telegram-receive", "--once")
        self.assertEqual(output, "")
        self.assertNotIn("secret", error)
        return code, error

    def state(self):
        with open(self.environment["TELEGRAM_STATE"], encoding="utf-8") as file:
            return json.load(file)

    def test_messages_become_drops(self):
        """Text, captions, kinds, topics, channels' posts; who wrote and when; nothing for those who join."""
        self.telegram([
            update(1), update(2, text="half \ud83d, nul \0, \"quotes\" 😀"),
            update(3, text=None, caption="look", photo=[{}]), update(4, text=None, voice={}),
            update(5, is_topic_message=True, message_thread_id=9),
            update(6, text=None, new_chat_members=[{}]),
            {"update_id": 7, "channel_post": {"message_id": 1, "date": 1, "text": "post",
                                              "chat": {"id": -200, "title": "News"}}},
            {"update_id": 8, "message": {"text": "no chat"}},
        ])
        self.assertEqual(self.once(), (0, ""))
        drops = self.drops()
        self.assertEqual(drops["telegram--100.1"], {
            "channel": "telegram", "from": "@ada", "chat": "-100", "text": "message 1", "at": "2026-09-21T14:13:21Z",
            "id": "-100.1"})
        self.assertEqual(drops["telegram--100.2"]["text"], "half \ufffd, nul \ufffd, \"quotes\" 😀")
        self.assertEqual(drops["telegram--100.3"]["text"], "[photo] look")
        self.assertEqual(drops["telegram--100.4"]["text"], "[voice]")
        self.assertEqual(drops["telegram--100.5"]["chat"], "-100/9")
        self.assertEqual(drops["telegram--200.1"]["from"], "News (-200)")
        self.assertIn("no chat", drops["telegram-update.8"]["text"])
        self.assertEqual(len(drops), 7)
        self.assertEqual(self.state()["offset"], 9)
        self.assertEqual([name for name in os.listdir(self.inbox) if name.startswith(".")], [])

    def test_the_offset_is_kept_and_belongs_to_one_bot(self):
        fake = self.telegram([update(1)])
        self.assertEqual(self.once()[0], 0)
        fake.add(update(2))
        self.assertEqual(self.once()[0], 0)
        self.assertEqual(fake.offsets, [None, 2, 2, 3])
        # Of another bot, and of a week ago, it must not be used: messages would be forgotten unseen.
        for change in ({"bot": "999"}, {"at": time.time() - 7 * 86400}):
            with open(self.environment["TELEGRAM_STATE"], "w", encoding="utf-8") as file:
                json.dump({**self.state_of(3), **change}, file)
            fake.offsets.clear()
            self.assertEqual(self.once()[0], 0)
            self.assertEqual(fake.offsets, [None])

    @staticmethod
    def state_of(offset):
        return {"bot": TOKEN.split(":")[0], "offset": offset, "at": time.time()}

    def test_a_state_that_is_garbage_loses_nothing(self):
        self.telegram([update(1)])
        self.write("offset.json", b"{ torn")
        code, error = self.once()
        self.assertEqual((code, len(self.drops())), (0, 1))
        self.assertIn("cannot be read", error)

    def test_lost_connections_and_refusals_are_survived(self):
        """Answers that end in their middle, none at all, 500, 502 with HTML, 429, JSON that is none, a redirect."""
        fake = self.telegram([update(n) for n in range(1, 251)])
        fake.faults += [
            "cut", "close", (500, {}, {"ok": False, "error_code": 500}), (502, {}, b"<html>"), too_many(0.05),
            (200, {}, b"{"), (200, {}, {"ok": False}), (302, {"Location": "http://127.0.0.1:1/"}, b""),
            (409, {}, {"ok": False, "description": "Conflict"}), "cut",
        ]
        process = self.start("telegram-receive", TELEGRAM_RETRY="0.001")
        self.assertTrue(eventually(lambda: len(self.drops()) == 250))
        fake.faults += ["cut", "close"]
        fake.add(update(251))
        self.assertTrue(eventually(lambda: len(self.drops()) == 251))
        process.terminate()
        error = process.communicate()[1].decode()
        self.assertIn("again in 0.05 s", error)
        self.assertNotIn("secret", error)

    def test_repeated_updates_are_one_message(self):
        one, two = self.telegram([update(1), update(1), update(2)]), [update(1), update(2)]
        one.faults.append((200, {}, {"ok": True, "result": two}))
        self.assertEqual(self.once()[0], 0)
        self.assertEqual(sorted(message["id"] for message in self.drops().values()), ["-100.1", "-100.2"])

    def test_the_offset_waits_for_the_drop(self):
        """No room to drop: nothing is confirmed, and it goes on when there is."""
        fake = self.telegram([update(1)])
        os.rename(self.inbox, self.inbox + "-away")
        self.write("spool/inbox", b"a file where the folder was")
        code, error = self.once()
        self.assertEqual(code, 78, error)
        os.unlink(self.inbox)
        os.rename(self.inbox + "-away", self.inbox)
        process = self.start("telegram-receive")
        self.assertTrue(eventually(lambda: len(self.drops()) == 1 and fake.offsets[-1] == 2))
        process.terminate()

    def test_bad_tokens_end_it(self):
        fake = self.telegram([])
        for token in ("nonsense secret", "5:wrong-secret"):
            self.environment["TELEGRAM_TOKEN"] = token
            self.assertEqual(self.once()[0], 78)
        del self.environment["TELEGRAM_TOKEN"]
        self.assertEqual(self.once()[0], 78)
        self.environment |= {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": "file:///etc"}
        self.assertEqual(self.once()[0], 78)
        self.assertEqual(len(fake.server.requests), 1)

    def test_a_second_one_leaves(self):
        fake = self.telegram([])
        self.start("telegram-receive")
        self.assertTrue(eventually(lambda: fake.offsets))
        self.assertEqual(self.once()[0], 75)

    def test_kill_9_at_random_moments(self):
        """Every update is dropped at least once, no other is, and Telegram forgets none before it is dropped."""
        chance = random.Random(6)
        fake = self.telegram([])
        seen, again, early = set(), [], []

        def claim():
            """What a runner does: takes files away, so that a name is free for the next drop of the same message."""
            for name in os.listdir(self.inbox):
                if not name.startswith("."):
                    path = os.path.join(self.inbox, name)
                    with open(path, encoding="utf-8") as file:
                        id = self.check_message(json.load(file)["message"])["id"]
                    os.unlink(path)
                    (again.append if id in seen else seen.add)(id)

        def on_offset(offset):
            claim()
            early.extend(n for n in range(1, offset) if f"-100.{n}" not in seen)

        fake.on_offset = on_offset
        for kill in range(12):
            with fake.changed:
                claim()
            fake.faults += [chance.choice(["cut", "close"])] if chance.random() < 0.3 else []
            fake.add(*[update(n) for n in range(kill * 20 + 1, kill * 20 + 21)])
            asked = len(fake.offsets)
            process = self.start("telegram-receive")
            self.assertTrue(eventually(lambda: len(fake.offsets) > asked, pause=0.0005))
            # Before the first, among them, and between the last one and the offset.
            drops = chance.randint(0, min(len(fake.updates), 100))
            self.assertTrue(eventually(lambda: len(os.listdir(self.inbox)) >= drops or not fake.updates, pause=0.0005))
            process.kill()
            process.wait()
        process = self.start("telegram-receive")
        self.assertTrue(eventually(lambda: not fake.updates))
        process.kill()
        claim()
        self.assertEqual(seen, {f"-100.{n}" for n in range(1, 241)})
        self.assertEqual(early, [])
        self.assertGreater(len(again), 0)


class Sending(ExampleTest):
    def setUp(self):
        super().setUp()
        self.server = FakeServer(self, lambda request: (200, {}, {"ok": True, "result": {"message_id": 1}}))
        self.environment |= {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": self.server.url}

    def message(self, **keys):
        return {"id": "m-1", "attempt": 1, "channel": "telegram", "to": "-100", "text": "hello", "files": [],
                "group": "main", "job": "j", "replyTo": None, **keys}

    def deliver(self, **keys):
        return self.send("telegram-send", self.message(**keys))

    def texts(self):
        return [request.json["text"] for request in self.server.requests]

    def test_a_message_arrives(self):
        self.assertEqual(self.deliver(), (0, "", None))
        self.assertEqual(self.server.requests[0].path, f"/bot{TOKEN}/sendMessage")
        self.assertEqual(self.server.requests[0].json, {"chat_id": "-100", "text": "hello"})
        self.assertEqual(self.deliver(to="telegram:-100/7", replyTo="-100.42")[0], 0)
        self.assertEqual(self.server.requests[1].json, {
            "chat_id": "-100", "message_thread_id": 7, "text": "hello",
            "reply_parameters": {"message_id": 42, "allow_sending_without_reply": True}})
        self.assertEqual(self.deliver(replyTo={"id": "-100.43"})[0], 0)
        self.assertEqual(self.server.requests.pop().json["reply_parameters"]["message_id"], 43)
        self.assertEqual(self.deliver(to="@news", replyTo="-5.42")[0], 0)
        self.assertEqual(self.server.requests[2].json, {"chat_id": "@news", "text": "hello"})

    def test_long_texts_come_in_parts(self):
        """At most 4096 however it is counted, nothing lost, divided between lines and words."""
        lines = "\n".join(f"line {n} " + "x" * 60 for n in range(200))
        self.assertEqual(self.deliver(text=lines)[0], 0)
        self.assertEqual("\n".join(self.texts()), lines)
        self.assertGreater(len(self.texts()), 2)
        self.server.requests.clear()
        for text in ("😀" * 5000, "a" * 9000, "b" * 4096):
            self.assertEqual(self.deliver(text=text)[0], 0)
        self.assertTrue(all(len(part.encode("utf-16-le")) <= 2 * 4096 for part in self.texts()))
        self.assertEqual("".join(self.texts()), "😀" * 5000 + "a" * 9000 + "b" * 4096)
        self.assertEqual(len(self.texts()), 3 + 3 + 1)

    def test_files_are_documents(self):
        path = self.write('odd "name"\n.txt', b"\x00--data\r\n")
        self.assertEqual(self.deliver(text="", files=[path])[0], 0)
        request = self.server.requests[0]
        self.assertEqual(request.path, f"/bot{TOKEN}/sendDocument")
        self.assertEqual(request.form["chat_id"][1], b"-100")
        self.assertEqual(request.form["document"][0], "odd %22name%22%0A.txt")
        self.assertTrue(request.form["document"][1].startswith(b"\x00--data"))

    def test_what_can_never_be_sent(self):
        os.symlink("/etc/hostname", os.path.join(self.folder, "link"))
        os.mkfifo(os.path.join(self.folder, "fifo"))
        for keys in ({"text": " \n"}, {"to": "nobody in particular"}, {"to": ""}, {"text": 5}, {"files": "x"},
                     {"files": [os.path.join(self.folder, "link")]}, {"files": [os.path.join(self.folder, "fifo")]},
                     {"files": [self.folder]}, {"files": ["/nowhere"]}):
            self.assertEqual(self.deliver(**keys)[0], 65, keys)
        for text in (b"", b"{", b"[]", b"\xff"):
            self.assertEqual(self.run_example("telegram-send", input=text)[0], 65)
        self.assertEqual(self.server.requests, [])

    def test_answers_become_exit_codes(self):
        def says(status, **more):
            return status, {}, {"ok": False, "error_code": status, "description": "…", **more}

        for fault, code, delay in (
            (too_many(7), 75, "7s"), (too_many(0.25), 75, "250ms"), (says(500), 75, None), ("close", 75, None),
            ("cut", 75, None), ((429, {"Retry-After": "3"}, b"<html>"), 75, "3s"), ((200, {}, b"?"), 75, None),
            (says(400), 65, None), (says(403), 65, None), (says(401), 77, None), (says(404), 77, None),
            (says(400, parameters={"migrate_to_chat_id": -9}), 65, None),
            ((302, {"Location": self.server.url}, b""), 65, None),
        ):
            self.server.faults.append(fault)
            self.assertEqual(self.deliver()[0::2], (code, delay), fault)
        self.assertEqual(len(self.server.requests), 13)
        self.server.server.server_close()
        self.assertEqual(self.deliver(), self.deliver())
        del self.environment["TELEGRAM_TOKEN"]
        self.assertEqual(self.deliver()[0], 78)

    def test_a_repeat_goes_on_where_it_stopped(self):
        text = "a" * 4096 + "b" * 4096 + "c" * 10
        self.server.faults += [(200, {}, {"ok": True}), too_many(1)]
        self.assertEqual(self.deliver(text=text)[0::2], (75, "1s"))
        self.assertEqual(self.deliver(text=text, attempt=2)[0], 0)
        self.assertEqual([part[0] for part in self.texts()], ["a", "b", "b", "c"])
        # Another message knows nothing of it, nor does the same one after it was delivered.
        self.server.requests.clear()
        self.assertEqual(self.deliver(text=text, attempt=3)[0], 0)
        self.assertEqual(self.deliver(text=text, id="m-2")[0], 0)
        self.assertEqual(len(self.texts()), 6)

    def test_the_token_is_not_among_the_arguments(self):
        gate = threading.Event()
        slow = FakeServer(self, lambda request: gate.wait(20) and (200, {}, {"ok": True}))
        process = self.start("telegram-send", TELEGRAM_API=slow.url)
        process.stdin.write(json.dumps(self.message()).encode())
        process.stdin.close()
        self.assertTrue(eventually(lambda: slow.requests))
        listed = subprocess.run(["ps", "-o", "args=", "-p", str(process.pid)], capture_output=True, text=True).stdout
        gate.set()
        self.assertIn("telegram-send", listed)
        self.assertNotIn("secret", listed)
        process.stdin = None
        self.assertEqual(process.communicate()[0], b"")
        self.assertEqual(process.returncode, 0)
