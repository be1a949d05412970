#!/usr/bin/env python3
"""agent.py: an agent without a model. It shows everything that the protocol has, in one file without dependencies.

    remind me in 10m: tea      schedules a task that writes to this chat at that time
    run: COMMAND               starts a job, goes on listening, and tells the job's result
    tasks                      what is scheduled
    anything else              is answered

    groups/helper.json   { "image": "python-script", "agent": { "run": ["python3", "/bobbin/group/agent.py"] } }
    groups/helper/       this file

AGENT_IDLE: how many seconds without anything to do it stays (default 5); what comes later starts it anew. To make it
think, call a model in 'answer'.

agent.py say TO TEXT writes one message and ends: that is what its reminders run.

Exit codes: 0; 64 usage; 65 standard input is no prompt; 78 not run as a group's job.
"""

import hashlib
import json
import os
import re
import sys
import time
from datetime import datetime, timedelta, timezone

TICK, HEARTBEAT = 0.1, 10


class IPC:
    """The folder that this agent and the host write to each other in."""

    def __init__(self, path):
        self.path, self.waiting, self.beat = path, {}, 0

    def ask(self, folder, request, then=None):
        """Writes a request. The id names the file too: the same request, written again after a crash, is the same file.
        'then' gets each answer to it."""
        id = request["id"]
        part = os.path.join(self.path, folder, f".{id}.part")
        # Renamed within its folder: each folder may be a mount of its own. No fsync: a crash of the machine runs the
        # job anew, and with it this line.
        with open(part, "w", encoding="utf-8") as file:
            json.dump(request, file)
        os.rename(part, os.path.join(self.path, folder, id + ".json"))
        if then:
            self.waiting[id + ".json"] = then
            if request.get("wait"):
                self.waiting[id + ".result.json"] = then

    def answers(self):
        """Hands the answers that are there to those who wait for them."""
        for name in list(self.waiting):
            answer = self.read("answers", name)
            if answer is None:
                continue
            then = self.waiting.pop(name)
            if name.endswith(".result.json"):
                then(answer, True)
            else:
                if not answer.get("ok"):
                    self.waiting.pop(name[:-5] + ".result.json", None)
                then(answer, False)

    def inputs(self):
        """What has come and is not taken yet, oldest name first."""
        for name in sorted(os.listdir(os.path.join(self.path, "input"))):
            stem = name[:-5]
            if name.startswith(".") or not name.endswith(".json") or stem == "_close":
                continue
            if not os.path.exists(os.path.join(self.path, "taken", stem)):
                message = self.read("input", name)
                if message is not None:
                    yield stem, message

    def read(self, folder, name):
        try:
            with open(os.path.join(self.path, folder, name), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def take(self, stem):
        """Says that an input is dealt with. Only after everything that it asked for was written, and not twice: the host
        takes both files away, and a name that is taken without being there would count for the next one."""
        with open(os.path.join(self.path, "taken", stem), "w"):
            pass

    def alive(self):
        """The heartbeat, without which a long silence counts as idle."""
        if time.monotonic() - self.beat > HEARTBEAT:
            self.beat = time.monotonic()
            self.take(".heartbeat")

    def is_closing(self):
        return os.path.exists(os.path.join(self.path, "input", "_close.json"))


class Agent:
    def __init__(self, ipc, prompt):
        self.ipc, self.prompt, self.jobs, self.closing = ipc, prompt, set(), False

    def run(self):
        # The last one is for it; what has no 'attempt' was said earlier, and is there to understand the last.
        for number, message in enumerate(self.prompt["messages"], 1):
            if "attempt" in message or number == len(self.prompt["messages"]):
                self.handle(message)
        idle = float(os.environ.get("AGENT_IDLE", "5"))
        quiet = time.monotonic()
        while not self.closing:
            self.ipc.alive()
            self.ipc.answers()
            for stem, message in self.ipc.inputs():
                self.handle(message)
                self.ipc.take(stem)
                quiet = time.monotonic()
            if self.jobs:
                quiet = time.monotonic()
            if self.ipc.is_closing():
                self.close()
            elif time.monotonic() - quiet >= idle:
                return
            else:
                time.sleep(TICK)

    def close(self):
        """Asked to finish: what was asked for has been written, so there is nothing to do but to say what is open."""
        self.closing = True
        for id, to in sorted(self.jobs):
            self.say(to, "I have to go; the job goes on without me.", id + "-left")
        self.ipc.take("_close")

    def handle(self, message):
        """One message. All that it asks for has ids that follow from its own, so a repeat asks for nothing new."""
        text = str(message.get("text", "")).strip()
        channel = message.get("channel") or self.prompt.get("channel") or "main"
        to = f"{channel}:{message.get('chat') or self.prompt.get('chat') or 'main'}"
        id = hashlib.sha256(json.dumps([to, message.get("id") or text]).encode()).hexdigest()[:24]
        if reminder := re.fullmatch(r"(?:@\w+\s+)?remind me in (\d+)\s*([smhd]): ?(.+)", text, re.S):
            self.remind(id, to, message, int(reminder[1]), reminder[2], reminder[3])
        elif command := re.fullmatch(r"(?:@\w+\s+)?run: ?(.+)", text, re.S):
            self.start(id, to, command[1])
        elif re.fullmatch(r"(?:@\w+\s+)?tasks", text):
            self.say(to, self.scheduled(), id)
        else:
            self.say(to, answer(text), id)

    def say(self, to, text, id):
        self.ipc.ask("messages", {"type": "message", "to": to, "text": text, "id": id})

    def remind(self, id, to, message, count, unit, text):
        # From when it was written, not from now: a repeat of the message is the same reminder.
        start = timestamp(message.get("at")) or datetime.now(timezone.utc)
        try:
            at = start + timedelta(seconds=count * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit])
            when = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        except OverflowError:
            return self.say(to, "That is too far away.", id)

        def then(answer, _):
            if answer.get("ok"):
                self.say(to, f"I shall remind you at {when}.", id)
            else:
                self.say(to, f"I cannot: {answer.get('reason', answer.get('code'))}", id + "-no")

        job = {"run": [sys.executable, os.path.abspath(__file__), "say", to, f"Reminder: {text}"]}
        task = {"schedule": {"at": when}, "job": job}
        self.ipc.ask("tasks", {"type": "schedule", "name": f"remind-{id}", "task": task, "id": f"{id}-t"}, then)

    def start(self, id, to, command):
        def then(answer, is_result):
            if is_result:
                self.jobs.discard((id, to))
                said = answer.get("stdout") or {}
                text = said.get("text", "") if isinstance(said, dict) else str(said)
                self.say(to, f"The job {answer.get('status')}.\n{text}".strip(), id)
            elif not answer.get("ok"):
                self.jobs.discard((id, to))
                self.say(to, f"I cannot: {answer.get('reason', answer.get('code'))}", id + "-no")

        self.jobs.add((id, to))
        job = {"run": ["sh", "-c", command], "timeout": "1m"}
        self.ipc.ask("jobs", {"type": "job", "job": job, "wait": True, "id": f"{id}-j"}, then)

    def scheduled(self):
        tasks = self.ipc.read("", "tasks.json") or []
        return "\n".join(f"{task['name']}: {task.get('next', task.get('status'))}" for task in tasks) or "Nothing."


def answer(text):
    """Where a model would be."""
    return f"You said: {text}" if text else "You said nothing."


def timestamp(text):
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def read_prompt():
    try:
        prompt = json.load(sys.stdin)
        if all(isinstance(message, dict) for message in prompt["messages"]):
            return prompt
    except (ValueError, KeyError, TypeError):
        pass
    print("agent: standard input is no prompt: expected { \"messages\": [ … ] }", file=sys.stderr)
    sys.exit(65)


def main():
    if "BOBBIN_IPC" not in os.environ:
        print("agent: BOBBIN_IPC is not set: this runs as a job of a group", file=sys.stderr)
        sys.exit(78)
    ipc = IPC(os.environ["BOBBIN_IPC"])
    if sys.argv[1:2] == ["say"] and len(sys.argv) == 4:
        # The job's id: each run of a task is another message, a repeat of the same run is not.
        to, text = sys.argv[2:]
        id = hashlib.sha256(json.dumps([os.environ.get("BOBBIN_JOB_ID"), to, text]).encode()).hexdigest()[:24]
        ipc.ask("messages", {"type": "message", "to": to, "text": text, "id": id})
    elif sys.argv[1:]:
        print("usage: agent.py [say TO TEXT]", file=sys.stderr)
        sys.exit(64)
    else:
        Agent(ipc, read_prompt()).run()


main()
