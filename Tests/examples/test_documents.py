"""That the examples can be found, read and called."""

import os
import re
import unittest

from support import AGENTS, CHANNELS, ROOT

SCRIPTS = [os.path.join(folder, name) for folder in (CHANNELS, AGENTS) for name in sorted(os.listdir(folder))
           if not name.endswith((".md", "__pycache__"))]


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class DocumentsTest(unittest.TestCase):
    def test_every_script_can_be_called_and_says_how(self):
        for path in SCRIPTS:
            name = os.path.basename(path)
            head = text(path)[:5000]
            if name == "bobbin_channel.py":
                continue
            with self.subTest(name):
                self.assertTrue(os.access(path, os.X_OK))
                self.assertRegex(head, r"\A#!(/bin/sh|/usr/bin/env python3)\n")
                self.assertIn("Exit codes:", head)
                self.assertRegex(head, rf"\n(# |\"\"\"){re.escape(name)}")

    def test_every_variable_is_in_the_manual(self):
        for path in SCRIPTS:
            source = text(path)
            used = set(re.findall(r"""(?:setting|secret|environ\.get|hook)\(["']([A-Z_]+)["']""", source))
            used -= {"XDG_STATE_HOME", "BOBBIN_JOB_ID"}
            if not path.endswith(".sh"):
                manual = source.split('"""')[1]
                with self.subTest(os.path.basename(path)):
                    self.assertEqual({name for name in used if name not in manual}, set())

    def test_the_tables_name_every_example(self):
        readme = text(os.path.join(ROOT, "Examples", "README.md"))
        for path in SCRIPTS:
            self.assertIn(f"`{os.path.basename(path)}`", readme)

    def test_only_the_standard_library_is_used(self):
        for path in SCRIPTS:
            for name in re.findall(r"^(?:import|from) (\w+)", text(path), re.M):
                self.assertIn(name, {"bobbin_channel", *__import__("sys").stdlib_module_names})
