"""The example agents, with the test as their host."""

import json
import os
import subprocess

from support import AGENTS, PYTHON, ExampleTest, eventually

MESSAGE = {"id": "m-1", "attempt": 1, "from": "@ada", "chat": "-100", "channel": "telegram",
           "at": "2026-10-01T12:00:00Z"}


class AgentTest(ExampleTest):
    def setUp(self):
        super().setUp()
        self.ipc = os.path.join(self.folder, "ipc")
        for name in ("messages", "tasks", "jobs", "answers", "input", "taken"):
            os.makedirs(os.path.join(self.ipc, name))
        self.put("tasks.json", [])
        self.environment |= {"BOBBIN_IPC": self.ipc, "BOBBIN_JOB_ID": "main.7", "AGENT_IDLE": "0.2",
                             "ECHO_PAUSE": "0.05"}

    def put(self, name, value):
        path = os.path.join(self.ipc, name)
        with open(path + ".part", "w", encoding="utf-8") as file:
            json.dump(value, file)
        os.rename(path + ".part", path)

    def requests(self, folder):
        """What was asked for, by file name."""
        found = {}
        for name in sorted(os.listdir(os.path.join(self.ipc, folder))):
            if not name.startswith("."):
                with open(os.path.join(self.ipc, folder, name), encoding="utf-8") as file:
                    found[name[:-5]] = json.load(file)
                self.assertEqual(found[name[:-5]]["id"], name[:-5])
                self.assertRegex(name[:-5], r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
        return found

    def texts(self):
        return sorted(request["text"] for request in self.requests("messages").values())

    def prompt(self, *texts):
        """The last text is what the agent is told; those before it were said earlier."""
        messages = [{**MESSAGE, "id": f"m-{n}", "text": text} for n, text in enumerate(texts, 1)]
        for message in messages[:-1]:
            del message["attempt"]
        return json.dumps({"messages": messages, "chat": "-100", "channel": "telegram", "session": "s"}).encode()

    def begin(self, program, *texts, **variables):
        """Starts an agent with a prompt, and closes its standard input."""
        process = self.start(program, folder=AGENTS, **variables)
        process.stdin.write(self.prompt(*texts))
        process.stdin.close()
        process.stdin = None
        return process

    def ended(self, process):
        error = process.communicate(timeout=20)[1].decode()
        self.assertEqual((process.returncode, error), (0, ""))

    def wait_for(self, folder, count=1):
        self.assertTrue(eventually(lambda: len(self.requests(folder)) >= count))
        return list(self.requests(folder).values())


class Echo(AgentTest):
    def run_echo(self, input):
        done = subprocess.run(["sh", os.path.join(AGENTS, "echo-agent.sh")], input=input, env={
            **self.environment, "ECHO_LOOKS": "1"}, capture_output=True, timeout=20)
        return done.returncode

    def test_texts_come_back_as_they_were(self):
        texts = ['with "quotes", \\ and\nlines', '{ "text": "inner" }', "ünï 😀 $(id) `id` %s", "\\", '"', "-n"]
        for number, text in enumerate(texts):
            self.assertEqual(self.run_echo(self.prompt(*texts[: number + 1])), 0)
        requests = self.requests("messages").values()
        self.assertEqual(sorted(request["text"] for request in requests), sorted(texts))
        self.assertEqual({request["to"] for request in requests}, {"telegram:-100"})
        before = self.requests("messages")
        self.assertEqual(self.run_echo(json.dumps(json.loads(self.prompt(*texts)), indent=2).encode()), 0)
        self.assertEqual(self.requests("messages"), before)
        self.assertEqual(os.listdir(self.ipc + "/tasks"), [])

    def test_what_is_no_prompt(self):
        for input in (b"", b"{}", b"\xff"):
            self.assertEqual(self.run_echo(input), 65)


class Helper(AgentTest):
    def test_it_answers_and_takes_what_comes(self):
        process = self.begin("agent.py", "hello", AGENT_IDLE="20")
        self.wait_for("messages")
        self.put("input/b.json", {**MESSAGE, "id": "m-2", "text": "more"})
        self.assertTrue(eventually(lambda: os.path.exists(self.ipc + "/taken/b")))
        self.assertEqual(self.texts(), ["You said: hello", "You said: more"])
        self.assertTrue(os.path.exists(self.ipc + "/taken/.heartbeat"))
        self.put("input/_close.json", {})
        self.ended(process)

    def test_it_schedules_a_reminder_which_comes(self):
        process = self.begin("agent.py", "@Bob remind me in 90m: tea & cake", AGENT_IDLE="20")
        task, = self.wait_for("tasks")
        self.assertEqual((task["type"], task["task"]["schedule"]), ("schedule", {"at": "2026-10-01T13:30:00Z"}))
        self.assertRegex(task["name"], r"\Aremind-[0-9a-f]{24}\Z")
        self.put(f"answers/{task['id']}.json", {"id": task["id"], "ok": True})
        self.wait_for("messages")
        self.assertEqual(self.texts(), ["I shall remind you at 2026-10-01T13:30:00Z."])
        self.put("input/_close.json", {})
        self.ended(process)
        # What the task runs, twice: a run has one id, however often it is tried.
        for _ in range(2):
            subprocess.run(task["task"]["job"]["run"], env=self.environment, check=True)
        self.assertEqual(self.texts()[1:], ["Reminder: tea & cake"])

    def test_it_listens_while_a_job_runs(self):
        process = self.begin("agent.py", "run: make test")
        job, = self.wait_for("jobs")
        self.assertEqual((job["job"]["run"], job["wait"]), (["sh", "-c", "make test"], True))
        self.put(f"answers/{job['id']}.json", {"id": job["id"], "ok": True, "job": "main.x"})
        self.put("input/1.json", {**MESSAGE, "id": "m-2", "text": "still there?"})
        self.assertTrue(eventually(lambda: os.path.exists(self.ipc + "/taken/1")))
        self.assertEqual(self.texts(), ["You said: still there?"])
        self.put(f"answers/{job['id']}.result.json", {"status": "succeeded", "stdout": {"text": "all good\n"}})
        self.ended(process)
        self.assertEqual(self.texts(), ["The job succeeded.\nall good", "You said: still there?"])

    def test_it_tells_of_refusals_and_of_what_it_leaves(self):
        process = self.begin("agent.py", "said earlier", "run: a", AGENT_IDLE="20")
        self.put("input/1.json", {**MESSAGE, "id": "m-7", "text": "run: b"})
        self.put("input/2.json", {**MESSAGE, "id": "m-8", "text": "remind me in 999999999999d: x"})
        self.put("tasks.json", [{"name": "main.t", "status": "scheduled", "next": "soon"}])
        self.put("input/3.json", {**MESSAGE, "id": "m-9", "text": "tasks"})
        one, two = self.wait_for("jobs", 2)
        self.assertTrue(eventually(lambda: os.path.exists(self.ipc + "/taken/3")))
        self.put(f"answers/{one['id']}.json", {"id": one["id"], "ok": False, "code": "c", "reason": "too many"})
        self.assertTrue(eventually(lambda: "I cannot: too many" in self.texts()))
        self.put("input/_close.json", {})
        self.ended(process)
        self.assertEqual(self.texts(), ["I cannot: too many", "I have to go; the job goes on without me.",
                                        "That is too far away.", "main.t: soon"])

    def test_what_is_no_prompt_and_no_place(self):
        for input in (b"", b"[]", b'{"messages": [1]}'):
            self.assertEqual(self.run_example("agent.py", input=input, folder=AGENTS)[0], 65)
        self.assertEqual(self.run_example("agent.py", "x", folder=AGENTS)[0], 64)
        del self.environment["BOBBIN_IPC"]
        self.assertEqual(self.run_example("agent.py", folder=AGENTS)[0], 78)


class MapMerge(AgentTest):
    def setUp(self):
        super().setUp()
        for number in range(20):
            self.write(f"texts/{number:02d} of twenty.txt", f"nothing\nThe harvest of {1900 + number}\n".encode())
        self.environment["MAP_FILES"] = os.path.join(self.folder, "texts")

    def fan_out(self, **variables):
        """Runs the agent, and then its jobs in the order of 'after', as the host would."""
        self.ended(self.begin("map-merge.py", "Was there a harvest?", **variables))
        (id, request), = self.requests("jobs").items()
        self.assertEqual(request["type"], "jobs")
        after = []
        for name, job in request["jobs"].items():
            if "after" in job:
                self.assertEqual(job["after"], {"jobs": [one["asked"] for one in after], "onFailure": "continue"})
                self.write("after.json", json.dumps(after).encode())
                subprocess.run(job["run"], check=True, env={
                    **self.environment, "BOBBIN_AFTER": os.path.join(self.folder, "after.json")})
                continue
            result = os.path.join(self.folder, f"value-{name}")
            done = subprocess.run(job["run"], capture_output=True, env={
                **self.environment, **job.get("env", {}), "BOBBIN_RESULT": result})
            after.append({"asked": name, "id": f"readers.{name}", "status": "failed" if done.returncode else "succeeded"})
            if not done.returncode:
                with open(result, encoding="utf-8") as file:
                    after[-1]["value"] = json.load(file)
        return len(after), self.texts()

    def test_twenty_files_become_one_answer(self):
        count, (text,) = self.fan_out()
        self.assertEqual(count, 20)
        self.assertEqual(text.splitlines()[7], "07 of twenty.txt: The harvest of 1907")
        self.assertEqual(len(text.splitlines()), 20)

    def test_a_model_is_asked_and_may_fail(self):
        for number in range(4, 20):
            os.unlink(os.path.join(self.folder, "texts", f"{number:02d} of twenty.txt"))
        count, (text,) = self.fan_out(MODEL="grep -o 19[0-9]*[1-9]$")
        self.assertEqual(text.splitlines()[0], "01 of twenty.txt: 1901")
        self.assertIn("(1 of 4 could not be read: map-01)", text)

    def test_a_repeat_asks_for_the_same(self):
        for _ in range(2):
            self.ended(self.begin("map-merge.py", "Was there a harvest?"))
        self.assertEqual(len(self.requests("jobs")), 1)
        self.assertEqual(self.run_example("map-merge.py", input=b"{}", folder=AGENTS)[0], 65)


GOOD = """
import json, os, sys, time
ipc = os.environ["BOBBIN_IPC"] + "/"
def ask(name, **request):
    path = ipc + "messages/." + name
    with open(path, "w") as file:
        json.dump({"type": "message", "to": "test:room 1", "text": "x", "id": name, **request}, file)
    os.rename(path, ipc + "messages/" + name + ".json")
def take():
    for name in os.listdir(ipc + "input"):
        if not name.startswith("."):
            open(ipc + "taken/" + name[:-5], "w").close()
def closing():
    return os.path.exists(ipc + "input/_close.json")
prompt = json.load(sys.stdin)
open(ipc + "taken/.heartbeat", "w").close()
"""
LOOP = "\nwhile not closing():\n    take(); time.sleep(0.01)\n"


class Conformance(AgentTest):
    def check(self, *command, **variables):
        return self.finish(self.start("conformance", "--", *command, folder=AGENTS, **variables))

    def finish(self, process):
        """The sentences that did not hold with what was said of them, and the warnings."""
        output, error = process.communicate(timeout=120)
        self.output = output.decode()
        lines = self.output.splitlines()
        self.assertEqual(error, b"")
        failed = [line for line in lines if line.startswith("not ok") or line.startswith("#   ")]
        self.assertEqual(process.returncode, 1 if failed else 0)
        self.assertIn(f"1..{sum(line.split()[0] in ('ok', 'not') for line in lines)}", lines)
        return "\n".join(failed), [line for line in lines if line.startswith("# warning")]

    def check_bad(self, *bodies):
        """Agents that do something wrong, all at once as most of them are waited for: each with the sentences that must
        be said of it. Those that are waited for in vain get less time, and on a busy machine need enough to start."""
        started = [
            (self.start("conformance", "--timeout", "4" if "deaf" in body else "60", "--grace", "0.5", "--", *PYTHON,
                        "-c", GOOD + body, folder=AGENTS), sentences) for body, *sentences in bodies]
        for process, sentences in started:
            failed, warnings = self.finish(process)
            for sentence in sentences:
                with self.subTest(sentence):
                    self.assertIn(sentence, failed + "\n".join(warnings))

    def test_the_examples_conform(self):
        self.write("texts/a.txt", b"hello")
        for command in (("sh", "echo-agent.sh"), (*PYTHON, "agent.py"), (*PYTHON, "map-merge.py")):
            command = (*command[:-1], os.path.join(AGENTS, command[-1]))
            failed, warnings = self.check(*command, MAP_FILES=os.path.join(self.folder, "texts"), ECHO_LOOKS="999",
                                          AGENT_IDLE="60")
            self.assertEqual((failed, warnings), ("", []), command)
            if not command[-1].endswith("map-merge.py"):
                self.assertNotIn("skipped", self.output)

    def test_a_small_good_one_conforms(self):
        self.assertEqual(self.check(*PYTHON, "-c", GOOD + 'ask("a")' + LOOP)[0], "")

    def test_requests_that_are_not_as_they_should_be(self):
        """Each is named, in one run: the agent writes all of them."""
        self.check_bad((
            'ask("a"); open(ipc + "messages/b.json", "w").write("{}")\n'
            'ask("c", id="../x"); ask("d", to="no body"); ask("e", files=["/etc/passwd"]); ask("f", extra=1)\n'
            'ask("g", files=["/bobbin/group/../x"]); ask("h", text=5)\n'
            'os.symlink("/etc/hostname", ipc + "jobs/l.json"); os.mkdir(ipc + "tasks/m.json"); os.mkfifo(ipc + "tasks/n.json")\n'
            'def raw(name, text):\n'
            '    open(ipc + ".raw", "w").write(text); os.rename(ipc + ".raw", ipc + name)\n'
            'raw("jobs/o.json", \'{"type": "job", "type": "job"}\'); raw("jobs/p.json", "{ torn")\n'
            'raw("jobs/q.json", json.dumps({"type": "job", "job": {"run": "x", "runtime": "process"}, "id": "q"}))\n'
            'raw("tasks/r.json", json.dumps({"type": "schedule", "name": "n", "task": {}, "id": "r"}))\n'
            'raw("messages/s.json", " " * (1 << 20) + "{}"); raw("messages/t b.json", json.dumps({"type": "message", "to": "a:b", "text": "x"}))\n'
            'raw("messages/u.tmp", "x"); raw("messages/v.json", json.dumps({"type": "job", "id": "v"}))\n'
            'time.sleep(0.05); ask("a", text="other"); open(ipc + "taken/never", "w").close()\n' + LOOP,
            "messages/b.json is written under its final name", "'../x'", "'to' is 'no body'",
            "'/etc/passwd' is not a regular file below", "'/bobbin/group/../x' is not", "unknown key 'extra'",
            "'text' is not a text", "jobs/l.json", "tasks/m.json", "'tasks/n.json' is not a regular file",
            "a key comes twice", "'jobs/p.json' is not strict JSON", "runtime process", "'task' is not",
            "has more than 1048576 bytes", "'messages/t b.json': the name without .json is not an id",
            "'messages/u.tmp' is no request", "the type is 'job'", "the id 'a' was another request before",
            "taken/never: there was no input"))

    def test_agents_that_do_not_behave(self):
        self.check_bad(
            ('time.sleep(60) # deaf', "not ok 1 it asks for something"),
            ('ask("a"); sys.exit(3)', "its exit code is 0"),
            ('ask("a")\nwhile not closing(): time.sleep(0.01) # deaf', "it takes what comes while it runs"),
            ('ask("a")\nwhile True: take(); time.sleep(0.01)', "it ends within 0.5 s when it is asked to"),
            ('ask("a")\nos.path.exists(ipc + "messages/.left.part") and sys.exit(1)' + LOOP, "killed and started again"),
            ('ask("a-%d" % time.time_ns())' + LOOP, "started again it makes requests with other ids"),
            ('ask("a")\nwhile not os.path.exists(ipc + "answers/a.json"): time.sleep(0.01)\n'
             'json.load(open(ipc + "answers/a.json"))["ok"] or sys.exit(1)' + LOOP, "it bears that a request is refused"),
            ('ask("a")\nopen(ipc + "input/x.json", "w").close(); open(ipc + "tasks.json", "w").close()' + LOOP,
             "tasks.json was changed"),
        )

    def test_usage(self):
        self.assertEqual(self.run_example("conformance", folder=AGENTS)[0], 64)
        self.assertEqual(self.run_example("conformance", "--timeout", "x", "--", "true", folder=AGENTS)[0], 64)
        self.assertEqual(self.run_example("conformance", "--", "/nowhere", folder=AGENTS)[0], 69)
        self.assertIn("--image", self.run_example("conformance", "--help", folder=AGENTS)[1])
