"""maildir-receive with mails as they come."""

import os
import random

from support import ExampleTest, eventually

PLAIN = b"""From: "Ada L." <ada@example.org>
To: bob@example.org
Subject: =?utf-8?q?Caf=C3=A9?=
Date: Thu, 01 Oct 2026 12:00:00 +0200
Message-ID: <one@example.org>

Hello,
how are you?
"""


def with_files(number):
    return f"""From: ada@example.org
Subject: files
Message-ID: <files-{number}@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<html><head><style>p {{}}</style></head><p>Gr=FC=DFe <b>an</b> alle<p>two</html>
--B
Content-Type: text/plain; name="../../../etc/passwd"
Content-Disposition: attachment; filename="../../../etc/passwd"

root
--B
Content-Type: application/pdf
Content-Disposition: attachment; filename="../../../etc/passwd"
Content-Transfer-Encoding: base64

JVBERg==
--B
Content-Type: message/rfc822

Subject: inner

inner
--B--
""".encode()


class MaildirTest(ExampleTest):
    def setUp(self):
        super().setUp()
        self.maildir = os.path.join(self.folder, "Maildir")
        for name in ("new", "cur", "tmp"):
            os.makedirs(os.path.join(self.maildir, name))
        self.files = os.path.join(self.folder, "files")
        self.environment |= {"MAILDIR": self.maildir, "MAIL_FILES": self.files}

    def mail(self, name, data):
        return self.write(f"Maildir/new/{name}", data)

    def listed(self, name):
        return sorted(os.listdir(os.path.join(self.maildir, name)))

    def test_a_mail_becomes_a_message_and_moves(self):
        self.mail("1.host", PLAIN)
        self.assertEqual(self.run_example("maildir-receive"), (0, "", ""))
        (name, message), = self.drops().items()
        self.assertEqual(message, {
            "channel": "mail", "from": "Ada L. <ada@example.org>", "chat": "ada@example.org",
            "text": "Café\n\nHello,\nhow are you?", "at": "2026-10-01T10:00:00Z", "id": "one@example.org"})
        self.assertTrue(name.startswith("mail-one_example.org-"))
        self.assertEqual((self.listed("new"), self.listed("cur")), ([], ["1.host:2,S"]))

    def test_attachments_stay_in_their_folder(self):
        self.mail("1", with_files(1))
        self.assertEqual(self.run_example("maildir-receive"), (0, "", ""))
        message, = self.drops().values()
        self.assertEqual(message["text"], "files\n\nGrüße an alle\ntwo")
        names = [os.path.basename(path) for path in message["files"]]
        self.assertEqual(names, ["01-_.._.._etc_passwd", "02-_.._.._etc_passwd", "03-message.rfc822"])
        contents = [open(path, "rb").read() for path in message["files"]]
        self.assertEqual(contents[:2], [b"root", b"%PDF"])
        self.assertIn(b"Subject: inner", contents[2])
        self.assertTrue(all(os.path.realpath(path).startswith(os.path.realpath(self.files)) for path in message["files"]))

    def test_odd_mails_are_not_lost(self):
        """Broken headers, unknown character sets, no headers at all, a text of megabytes, no Message-ID."""
        odd = [
            b"", b"\xff\xfe\n\n\xff", b"From: \nSubject: =?x?q?=\nDate: never\n\nx",
            b"Content-Type: text/plain; charset=klingon\nFrom: <k@x.y>\n\nqapla\xe9",
            b"Content-Type: multipart/mixed; boundary=\n\n--\n", b"From: a@b.c\n\n" + b"long " * 400_000,
            b'Content-Type: text/html\nFrom: "a\nb" <@,>\n\n<p>x</style><script>',
            b"From: " + b"a" * 900 + b"@b.c\nMessage-ID: <" + b"i" * 900 + b"@x>\n\nwords",
            b"Content-Type: multipart/mixed; boundary=B\n\n" + b"--B\nContent-Disposition: attachment\n\nx\n" * 30
            + b"--B--\n",
        ]
        for number, data in enumerate(odd):
            self.mail(str(number), data)
        self.assertEqual(self.run_example("maildir-receive")[0], 0)
        drops = self.drops()
        self.assertEqual(len(drops), len(odd))
        self.assertEqual(self.listed("new"), [])
        long = next(one for one in drops.values() if "long long" in one["text"])
        self.assertEqual(os.path.getsize(long["files"][0]), len(odd[5]))

    def test_automatic_mails_start_nothing(self):
        for number, header in enumerate((b"Auto-Submitted: auto-replied", b"Precedence: bulk", b"Return-Path: <>",
                                         b"List-Id: <x>")):
            self.mail(str(number), header + b"\n" + PLAIN)
        code, _, error = self.run_example("maildir-receive")
        self.assertEqual((code, self.drops(), len(self.listed("cur"))), (0, {}, 4))
        self.assertEqual(error.count("automatic"), 4)
        self.mail("9", b"Auto-Submitted: auto-replied\n" + PLAIN)
        self.assertEqual(self.run_example("maildir-receive", MAIL_AUTO="1")[0], 0)
        self.assertEqual(len(self.drops()), 1)

    def test_what_is_no_mail_stays(self):
        os.symlink("/etc/hostname", os.path.join(self.maildir, "new", "link"))
        os.mkfifo(os.path.join(self.maildir, "new", "fifo"))
        os.mkdir(os.path.join(self.maildir, "new", "folder"))
        self.mail("x", PLAIN)
        code, _, _ = self.run_example("maildir-receive")
        self.assertEqual((code, len(self.drops()), self.listed("new")), (1, 1, ["fifo", "folder", "link"]))
        self.assertEqual(self.run_example("maildir-receive", MAILDIR=self.folder)[0], 78)
        self.assertEqual(self.run_example("maildir-receive", "--watch")[0], 64)

    def test_kill_9_loses_no_mail(self):
        chance = random.Random(7)
        for number in range(60):
            self.mail(f"{number:02d}", with_files(number))
        for _ in range(8):
            if not self.listed("new"):
                break
            process = self.start("maildir-receive", "--watch", "60")
            left = max(0, len(self.listed("new")) - chance.randint(1, 10))
            self.assertTrue(eventually(lambda: len(self.listed("new")) <= left, pause=0.0005))
            process.kill()
            process.wait()
        self.assertEqual(self.run_example("maildir-receive")[0], 0)
        drops = self.drops().values()
        self.assertEqual({one["id"] for one in drops}, {f"files-{n}@example.org" for n in range(60)})
        self.assertEqual((len(drops), len(self.listed("cur"))), (60, 60))
