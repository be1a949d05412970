"""What the channels beside this file have in common: drops that last, the message on standard input, requests over HTTP
whose secrets stay out of every text, and the exit codes that the runner understands.

A receiver calls drop(), a sender read_message() and deliver(); both start in main(). Python 3.9 or later, nothing else.

    BOBBIN_SPOOL           where drop() drops; default ./spool
    BOBBIN_RESULT          the runner sets it: a path for {"retryAfter": "30s"}
    BOBBIN_CHANNEL_STATE   a folder for what must outlive a run; default $XDG_STATE_HOME/bobbin/channels, with
                           ~/.local/state for XDG_STATE_HOME
"""

import email.utils
import hashlib
import http.client
import json
import math
import os
import re
import secrets
import stat
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone

# sysexits(3). The runner is done with a message at 0 and at 65, and tries again after everything else; 75 may say when.
DATA, NO_INPUT, IO, LATER, DENIED, SETTINGS = 65, 66, 74, 75, 77, 78

# What the runner refuses: larger drops, longer values of 'from', 'chat' and 'id', in bytes, and more files.
MAX_DROP, MAX_WORD, MAX_FILES = 1 << 20, 512, 20
MAX_ANSWER = 16 << 20


class Leave(Exception):
    """The way out of a channel: an exit code, a sentence for people, and after how many seconds to come again."""

    def __init__(self, code, reason, retry_after=None):
        super().__init__(reason)
        self.code, self.retry_after = code, retry_after


def main(run):
    """Runs a channel and exits as it left. No traceback: it would show values, and a token is one of them."""
    try:
        run()
        code = 0
    except Leave as leave:
        say(leave)
        if leave.retry_after is not None:
            tell_when(leave.retry_after)
        code = leave.code
    except KeyboardInterrupt:
        code = 130
    except OSError as error:
        say(error)
        code = IO
    except Exception as error:  # our bug: said in one line, and tried again
        say(f"{type(error).__name__} at line {error.__traceback__.tb_lineno}: {error}")
        code = 70
    sys.exit(code)


# --- secrets

_hidden = []


def setting(name, default=None):
    """A variable that must be there unless it has a default."""
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise Leave(SETTINGS, f"{name} is not set")
    return value


def secret(name, default=None):
    """The same for one that nobody may read in a log."""
    value = setting(name, default)
    if value and value not in _hidden:
        _hidden.append(value)
    return value


def say(text):
    """A line for people, on standard error, without secrets and control characters."""
    text = str(text)
    for value in _hidden:
        text = text.replace(value, "***").replace(urllib.parse.quote(value, safe=""), "***")
    text = "".join(c if c.isprintable() else " " for c in text)[:2000]
    print(f"{os.path.basename(sys.argv[0])}: {text}", file=sys.stderr, flush=True)


# --- files


def write_durably(path, data):
    """The bytes under that name, whole or not at all, and on the disk when this returns. What was there is replaced."""
    folder, name = os.path.split(path)
    # A name of our own: two that write the same at once must not write into one file. A crash leaves it behind under a
    # dot name, which nobody reads; sweep() takes it away.
    part = os.path.join(folder, f".{name[:150]}.{os.getpid()}-{secrets.token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, path)
    except BaseException:
        try:
            os.unlink(part)
        except OSError:
            pass  # the first error is the one to hear of
        raise
    sync_folder(folder)


def sync_folder(folder):
    """What was renamed in it stays renamed."""
    descriptor = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder, prefix, age=3600):
    """Takes away what crashes left of our own unfinished files. An hour, so that nobody is still writing one."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("." + prefix) and entry.name.endswith(".part"):
                if time.time() - entry.stat(follow_symlinks=False).st_mtime > age:
                    os.unlink(entry.path)


def read_file(path, limit):
    """A regular file's bytes; a link is not followed and a FIFO not waited for. 65 if it is none, or larger."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Leave(DATA, f"{path}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Leave(DATA, f"{path} is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Leave(DATA, f"{path} has more than {limit} bytes")
    return data


def state_folder():
    folder = setting("BOBBIN_CHANNEL_STATE", "")
    if not folder:
        home = setting("XDG_STATE_HOME", os.path.join(os.path.expanduser("~"), ".local", "state"))
        folder = os.path.join(home, "bobbin", "channels")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder


# --- messages that come in


def file_name(channel, id):
    """A name made of a channel and an id: always the same for the same two, never the same for others, at most 150
    bytes with what is put behind it."""
    plain = f"{channel}-{id}"
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).lstrip(".-")
    # Endings that mean something else in the spool.
    odd = re.search(r"\.(run|result|state|cancel|files)$", name)
    if name != plain or len(name) > 120 or odd:
        digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        name = f"{name[:100]}-{digest}"
    return name


def rfc3339(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def clean(text):
    """Text that is UTF-8 and has no NUL: JSON may carry halves of characters, which no file of the spool may."""
    return str(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


def word(text):
    """Text as 'from' and 'chat' may be: something, and not too long."""
    return clean(text).encode()[:MAX_WORD].decode(errors="ignore") or "unknown"


def drop(channel, id, sender, chat, text, at, files=()):
    """Drops a message into the inbox; when this returns it is on the disk. Returns the file's name without .json.

    Dropping one again does no harm: it has the same name and the same id, and the runner takes an id once.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", channel):
        raise Leave(SETTINGS, f"'{channel}' is not a channel: expected 1 to 64 of A-Z a-z 0-9 _ -")
    name, id = file_name(channel, id), clean(id)
    if len(id.encode()) > MAX_WORD:
        id = hashlib.sha256(id.encode()).hexdigest()
    message = {"channel": channel, "from": word(sender), "chat": word(chat), "text": clean(text), "at": at, "id": id}
    if files:
        message["files"] = [clean(path) for path in files]
    data = encode(message)
    if len(data) > MAX_DROP:
        # A character takes at most six bytes, so this many always fit.
        message["text"] = message["text"][: MAX_DROP // 8] + "\n[cut: the message was too long]"
        data = encode(message)
    write_durably(os.path.join(inbox(), name + ".json"), data)
    return name


def encode(message):
    return (json.dumps({"message": message}, ensure_ascii=False) + "\n").encode()


def inbox():
    folder = os.path.join(setting("BOBBIN_SPOOL", "./spool"), "inbox")
    if not os.path.isdir(folder):
        raise Leave(SETTINGS, f"{folder} is not there: BOBBIN_SPOOL must name a spool ('bobbin init' makes one)")
    return folder


# --- messages that go out


def read_message():
    """The message on standard input. 65 if it is none."""
    try:
        message = json.loads(sys.stdin.buffer.read().decode())
    except ValueError as error:
        raise Leave(DATA, f"standard input is not a message: {error}") from None
    if not isinstance(message, dict):
        raise Leave(DATA, "standard input is not a message: expected an object")
    for key, kind in (("id", str), ("to", str), ("text", str), ("files", list)):
        if not isinstance(message.setdefault(key, kind()), kind):
            raise Leave(DATA, f"'{key}' of the message is not a {kind.__name__}")
    channel = message.get("channel")
    # 'telegram:42' and '42' are the same address of the channel telegram.
    if isinstance(channel, str) and message["to"].startswith(channel + ":"):
        message["to"] = message["to"][len(channel) + 1 :]
    if not message["text"].strip() and not message["files"]:
        raise Leave(DATA, "the message has neither text nor files")
    return message


def replied(message):
    """The id of the message that this one answers, or nothing. replyTo is the channel's to understand: ours is that id,
    or an object with it."""
    value = message.get("replyTo")
    value = value.get("id") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""


def tell_when(seconds):
    """Has the runner come again after so many seconds."""
    path = os.environ.get("BOBBIN_RESULT")
    if path:
        milliseconds = max(0, math.ceil(seconds * 1000))
        whole = milliseconds % 1000 == 0
        delay = f"{milliseconds // 1000}s" if whole else f"{milliseconds}ms"
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"retryAfter": delay}, file)


def split(text, limit):
    """The text in parts of at most so many UTF-16 units, divided where a line or at least a word ends. Services count
    characters in different ways; none counts more than UTF-16 units."""
    parts = []
    while True:
        head = prefix(text, limit)
        if len(head) == len(text):
            return parts + [text] if text.strip() else parts
        # Not in the first half: a part of one short line would only make more parts.
        cut = max(head.rfind("\n"), 0)
        if cut <= len(head) // 2:
            cut = max(head.rfind("\n"), head.rfind(" "))
        if cut <= len(head) // 2:
            cut = len(head)
        if text[:cut].strip():
            parts.append(text[:cut])
        text = text[cut:]
        if text[:1] in ("\n", " "):
            text = text[1:]


def prefix(text, limit):
    units = 0
    for index, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > limit:
            return text[:index]
    return text


def deliver(message, steps):
    """Carries out the steps of a message, each a function that sends one part. What was sent is remembered, so that a
    repeat goes on after it; only a crash between sending and remembering sends a part twice."""
    if len(steps) < 2 or not message["id"]:
        for step in steps:
            step()
        return
    folder = state_folder()
    note = os.path.join(folder, "sent-" + file_name(message.get("channel") or "channel", message["id"]))
    done = 0
    try:
        with open(note, encoding="utf-8") as file:
            known = json.load(file)
        # Of another number of parts it knows nothing.
        done = known["sent"] if known["of"] == len(steps) else 0
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):
        say(f"{note} cannot be read; the message is sent from its start")
    for number, step in enumerate(steps[done:], done + 1):
        step()
        if number < len(steps):
            write_durably(note, json.dumps({"sent": number, "of": len(steps)}).encode())
    try:
        os.unlink(note)
    except FileNotFoundError:
        pass


# --- HTTP


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        """The body as an object; an empty one if it is none."""
        try:
            value = json.loads(self.body.decode())
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def retry_after(self):
        """Seconds until the server wants to hear of us again, or None. RFC 9110 allows a number and a date."""
        value = (self.headers.get("Retry-After") or "").strip()
        try:
            seconds = float(value)
            return seconds if 0 <= seconds < 1e9 else None
        except ValueError:
            pass
        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
        except (TypeError, ValueError):
            return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token, or the message, to somebody who was not named."""

    def redirect_request(self, *arguments):
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def base_url(value):
    """An address that may be asked: http or https and nothing else, as urllib would read file: too."""
    try:
        parts = urllib.parse.urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and value.isascii()
    except ValueError:
        good = False
    if not good or not value.isprintable() or " " in value:
        raise Leave(SETTINGS, "an address in the environment is not an http or https URL")
    return value.rstrip("/")


def post(url, data, headers=None, timeout=30):
    """One request, with an object as JSON, or a Form. Raises Leave 75 when there is no whole answer: then nobody knows
    whether it arrived, and a repeat is the lesser evil."""
    body, kind = data.encoded() if isinstance(data, Form) else (json.dumps(data).encode(), "application/json")
    request = urllib.request.Request(url, data=body, method="POST")
    request.add_header("Content-Type", kind)
    # The one that Python sends by itself is turned away by some.
    request.add_header("User-Agent", "bobbin-channel/1")
    for name, value in (headers or {}).items():
        request.add_unredirected_header(name, value)
    try:
        with _opener.open(request, timeout=timeout) as response:
            return Answer(response.status, response.headers, response.read(MAX_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            try:
                text = error.read(MAX_ANSWER)
            except (OSError, http.client.HTTPException):
                text = b""
            return Answer(error.code, error.headers, text)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        host = urllib.parse.urlsplit(url).hostname
        raise Leave(LATER, f"no answer from {host}: {type(error).__name__}: {reason}") from None


class Form:
    """multipart/form-data with fields and files (RFC 7578)."""

    def __init__(self, fields):
        self.parts = [(name, None, None, str(value).encode()) for name, value in fields.items()]

    def file(self, name, path, data, kind="application/octet-stream"):
        self.parts.append((name, os.path.basename(path), kind, data))
        return self

    def encoded(self):
        boundary = secrets.token_hex(16)
        body = bytearray()
        for name, file, kind, data in self.parts:
            body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'.encode()
            if file is not None:
                quoted = file.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
                body += f'; filename="{quoted}"\r\nContent-Type: {kind}'.encode("utf-8", "surrogateescape")
            body += b"\r\n\r\n" + data + b"\r\n"
        body += f"--{boundary}--\r\n".encode()
        return bytes(body), f"multipart/form-data; boundary={boundary}"


def must_wait(answer, what):
    """Leaves with 75 if the server has no time now: 429, 408, and its own faults."""
    if answer.status == 429 or answer.status == 408 or answer.status >= 500:
        raise Leave(LATER, f"{what}: status {answer.status}", answer.retry_after())


def hook(prefix, to):
    """The web hook that an address means: '' and 'default' are PREFIX, 'ops' is PREFIX_OPS. One that is not set is
    nobody's: sending it to the default would show it to the wrong people."""
    name = prefix
    if to not in ("", "default"):
        if not re.fullmatch(r"[A-Za-z0-9_]{1,40}", to):
            raise Leave(DATA, f"'{to}' is not an address of this channel: expected letters, digits and _")
        name = f"{prefix}_{to.upper()}"
        if not os.environ.get(name, "").strip():
            raise Leave(DATA, f"there is no web hook for '{to}': {name} is not set")
    return base_url(secret(name))
