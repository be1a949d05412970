"""A conversation from end to end: Telegram, its receiver, the runner, an agent in a sandbox, the sender, Telegram. Needs the
runner's program in BOBBIN_PROGRAM, and bubblewrap."""

import json
import os
import shutil
import subprocess
import unittest

from support import AGENTS, CHANNELS, TOKEN, ExampleTest, FakeServer, eventually
from test_telegram import FakeTelegram, update


@unittest.skipUnless("BOBBIN_PROGRAM" in os.environ, "needs the runner's program")
class WholeTest(ExampleTest):
    def setUp(self):
        super().setUp()
        self.spool = os.path.join(self.folder, "spool")
        shutil.rmtree(self.spool)
        subprocess.run([os.environ["BOBBIN_PROGRAM"], "init", self.spool], check=True, stdout=subprocess.DEVNULL)

    def put(self, name, value):
        path = self.write(f"spool/{name}", json.dumps(value).encode() if isinstance(value, dict) else value)
        os.chmod(path, 0o600)

    def test_a_chat_gets_an_answer_to_each_message(self):
        """The receiver and the runner are killed in between; Telegram loses an answer and is too busy once."""
        news = FakeTelegram(self, [])
        sent = FakeServer(self, lambda request: (200, {}, {"ok": True, "result": {}}))
        sent.faults += ["close", (429, {}, {"ok": False, "parameters": {"retry_after": 0.1}})]
        secrets = os.path.join(self.folder, "config", "bobbin", "secrets")
        os.makedirs(secrets, mode=0o700)
        self.environment["XDG_CONFIG_HOME"] = os.path.join(self.folder, "config")
        with open(os.open(secrets + "/TELEGRAM_TOKEN", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(TOKEN)
        self.put("settings.json", {
            "secrets": ["TELEGRAM_TOKEN"],
            "routes": [{"channel": "telegram", "group": "echo"}],
            "channels": {"telegram": {
                "command": [os.path.join(CHANNELS, "telegram-send")], "secrets": ["TELEGRAM_TOKEN"],
                "env": {"TELEGRAM_API": sent.url, "PYTHONDONTWRITEBYTECODE": "1"},
                "retry": {"attempts": 9, "delay": "100ms"}}}})
        self.put("groups/echo.json", {"agent": {
            "run": ["sh", "/bobbin/group/echo-agent.sh"], "env": {"ECHO_LOOKS": "1", "ECHO_PAUSE": "0.05"}}})
        os.makedirs(os.path.join(self.spool, "groups", "echo"), exist_ok=True)
        with open(os.path.join(AGENTS, "echo-agent.sh"), "rb") as file:
            self.put("groups/echo/echo-agent.sh", file.read())
            os.chmod(os.path.join(self.spool, "groups", "echo", "echo-agent.sh"), 0o644)
        self.environment |= {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": news.url, "TELEGRAM_POLL": "5",
                             "TELEGRAM_RETRY": "0.01"}

        def answered():
            return {one.json["text"] for one in list(sent.requests)}

        def run():
            runner = subprocess.Popen(
                [os.environ["BOBBIN_PROGRAM"], "run", "--spool", self.spool], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.addCleanup(self.end, runner)
            return runner

        for number, texts in enumerate((["one", "two \"2\" 😀"], ["three"])):
            receiver, runner = self.start("telegram-receive"), run()
            news.add(*[update(10 * number + n, text=text) for n, text in enumerate(texts)])
            self.assertTrue(eventually(lambda: answered() >= set(texts), 60), self.state(runner))
            receiver.kill()
            runner.kill()
            receiver.wait()
            runner.wait()
        self.assertEqual({one.json["chat_id"] for one in sent.requests}, {"-100"})
        found = subprocess.run(["grep", "-rlF", TOKEN, self.spool], capture_output=True, text=True)
        self.assertEqual((found.returncode, found.stdout), (1, ""))

    def state(self, runner):
        """Where everything is, for whoever has to find out why."""
        listed = subprocess.run(["find", self.spool, "-type", "f"], capture_output=True, text=True).stdout
        with open(os.path.join(self.spool, "logs", "bobbin.log"), encoding="utf-8") as file:
            return listed + file.read()[-4000:]
