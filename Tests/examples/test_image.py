"""conformance with an image, on the podman of Tests/engines: Tests/run brings it up as root."""

import os
import unittest

from support import AGENTS, ExampleTest


@unittest.skipUnless("BOBBIN_TEST_ENGINES" in os.environ, "needs the podman of Tests/engines")
class ImageTest(ExampleTest):
    def test_an_agent_in_a_container_conforms(self):
        """Its folders are mounts, its user is another; it is found and killed by its container."""
        self.environment |= {name: os.environ[name] for name in os.environ if name.startswith("CONTAINERS_")}
        with open(os.path.join(AGENTS, "echo-agent.sh"), "rb") as file:
            self.write("group/echo-agent.sh", file.read())
        code, output, error = self.run_example(
            "conformance", "--image", os.environ["BOBBIN_TEST_IMAGE"], "--group", os.path.join(self.folder, "group"),
            "--env", "ECHO_PAUSE", "--env", "ECHO_LOOKS", "--", "sh", "/bobbin/group/echo-agent.sh", folder=AGENTS,
            ECHO_PAUSE="0.1", ECHO_LOOKS="999")
        self.assertEqual((code, error), (0, ""), output)
        self.assertNotIn("skipped", output)
