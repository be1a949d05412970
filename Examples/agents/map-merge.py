#!/usr/bin/env python3
"""map-merge.py: an agent that puts one question to many files at once, and makes one answer of the answers.

    groups/readers.json   { "image": "python-script", "maxParallel": 4,
                            "agent": { "run": ["python3", "/bobbin/group/map-merge.py"] } }
    groups/readers/       this file, and texts/

The message that starts it is the question. It asks for a job for each file in /bobbin/group/texts and one more that is
'after' all of them, in a single request, and ends: nobody sits and waits, and everything that is known lies in files. So
it goes on after a crash of anything. The last job sends the answer to the chat.

    map-merge.py                         the agent: standard input is the prompt
    map-merge.py map QUESTION FILE       what each of the jobs runs: its value is the answer for one file
    map-merge.py merge TO                what the last one runs: reads the values in BOBBIN_AFTER, sends the answer

A file whose job failed is named in the answer; with "onFailure": "fail" there would be no answer at all, with "need": 3
one as soon as three are there.

    MODEL       a program that gets the question and the text on standard input and prints an answer. Default: a stand-in
                that finds the words of the question in the text
    MAP_FILES   the folder with the files; default /bobbin/group/texts

Exit codes: 0; 65 no prompt, or no files; 70 the model failed, or BOBBIN_AFTER is not there.
"""

import hashlib
import json
import os
import re
import subprocess
import sys


def ask(folder, request):
    """Writes a request, whole or not at all. See PROTOCOL.md."""
    path = os.path.join(os.environ["BOBBIN_IPC"], folder)
    part = os.path.join(path, f".{request['id']}.part")
    with open(part, "w", encoding="utf-8") as file:
        json.dump(request, file)
    os.rename(part, os.path.join(path, request["id"] + ".json"))


def start():
    try:
        prompt = json.load(sys.stdin)
        message = prompt["messages"][-1]
        question = message["text"]
    except (ValueError, KeyError, IndexError, TypeError):
        leave(65, "standard input is no prompt")
    to = f"{message.get('channel') or prompt.get('channel')}:{message.get('chat') or prompt.get('chat')}"
    folder = os.environ.get("MAP_FILES", "/bobbin/group/texts")
    files = sorted(name for name in os.listdir(folder) if not name.startswith(".")) if os.path.isdir(folder) else []
    if not files:
        leave(65, f"there are no files in {folder}")

    this = [sys.executable, os.path.abspath(__file__)]
    env = {"env": {"MODEL": os.environ["MODEL"]}} if "MODEL" in os.environ else {}
    jobs = {}
    for number, name in enumerate(files, 1):
        # Names of our own: a file's may be anything.
        jobs[f"map-{number:02d}"] = {"run": this + ["map", question, os.path.join(folder, name)], **env}
    jobs["merge"] = {"run": this + ["merge", to], "after": {"jobs": list(jobs), "onFailure": "continue"}}
    # From the message: if this job is run again, it asks for the same jobs.
    id = "map-" + hashlib.sha256(json.dumps([to, message.get("id"), question]).encode()).hexdigest()[:16]
    ask("jobs", {"type": "jobs", "jobs": jobs, "id": id})


def map_one(question, path):
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    model = os.environ.get("MODEL")
    if model:
        done = subprocess.run(["sh", "-c", model], input=f"{question}\n\n{text}", capture_output=True, text=True)
        if done.returncode:
            leave(70, f"the model failed with {done.returncode}: {done.stderr.strip()[-500:]}")
        answer = done.stdout.strip()
    else:
        words = set(re.findall(r"\w{4,}", question.lower()))
        found = [line.strip() for line in text.splitlines() if words & set(re.findall(r"\w+", line.lower()))]
        answer = found[0] if found else ""
    with open(os.environ["BOBBIN_RESULT"], "w", encoding="utf-8") as file:
        json.dump({"file": os.path.basename(path), "answer": answer}, file)


def merge(to):
    if "BOBBIN_AFTER" not in os.environ:
        leave(70, "BOBBIN_AFTER is not set: this runs after others")
    with open(os.environ["BOBBIN_AFTER"], encoding="utf-8") as file:
        before = json.load(file)
    lines, failed = [], []
    for job in before:
        value = job.get("value")
        if job.get("status") == "succeeded" and isinstance(value, dict):
            if value.get("answer"):
                lines.append(f"{value['file']}: {value['answer']}")
        else:
            failed.append(job.get("asked") or job.get("id"))
    text = "\n".join(lines) or "Nothing was found."
    if failed:
        text += f"\n({len(failed)} of {len(before)} could not be read: {', '.join(map(str, failed))})"
    id = "merge-" + hashlib.sha256(str(os.environ.get("BOBBIN_JOB_ID")).encode()).hexdigest()[:16]
    ask("messages", {"type": "message", "to": to, "text": text, "id": id})


def leave(code, reason):
    print(f"map-merge: {reason}", file=sys.stderr)
    sys.exit(code)


if len(sys.argv) == 1:
    start()
elif sys.argv[1] == "map" and len(sys.argv) == 4:
    map_one(sys.argv[2], sys.argv[3])
elif sys.argv[1] == "merge" and len(sys.argv) == 3:
    merge(sys.argv[2])
else:
    leave(64, "usage: map-merge.py [map QUESTION FILE | merge TO]")
