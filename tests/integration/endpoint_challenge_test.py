#!/usr/bin/env python3
"""Challenges that the management endpoint validates, with the real programs: the agent's own test is the device."""

import json
import sys
import unittest
from pathlib import Path

from harness import HarnessError, Site, take_binaries, wait_until

BINARIES = take_binaries(sys.argv)
CONFIGURATION = """[http]
listen=127.0.0.1:0
[management]
challenge_timeout=2s
[scep.phones]
challenge=endpoint
renewal=no
[scep.lab]
path=/lab
challenge=static
challenge_file={secret}
"""


class EndpointChallenge(unittest.TestCase):
    def setUp(self):
        self.site = Site(BINARIES)
        secret = self.site.folder / "secret"
        secret.write_text("laboratory\n")
        secret.chmod(0o600)
        config = self.site.agent.config
        config.write_text(config.read_text() + CONFIGURATION.format(secret=secret))
        self.enterContext(self.site)
        services = self.site.agent.json
        wait_until(lambda: all(one.get("ra") for one in services("scep", "list")["services"]), "the RA certificates")

    def mint(self, *options):
        return self.site.endpoint.verb("challenge", "--service", "phones", "--device", "device-7", "--subject",
                                       "CN=phone,O=Test", *options).strip()

    def enroll(self, challenge, service="phones", subject="CN=phone,O=Test"):
        """The failure at the device; empty when it has its certificate."""
        file = self.site.folder / "challenge"
        file.write_text(challenge)
        try:
            self.site.agent.cli("scep", "test", service, "--challenge-file", file, "--subject", subject)
        except HarnessError as refused:
            return str(refused)
        return ""

    def faults(self, *faults):
        self.site.endpoint.verb("faults", *faults, "paths=/challenges/check")

    def reported(self):
        """Codes and devices as the endpoint got them."""
        rows = json.loads(self.site.endpoint.verb("enrollments", "--json"))["enrollments"]
        return [(row["status"], row["code"], row["device"]) for row in rows]

    def test_one_challenge_one_certificate(self):
        challenge = self.mint()
        self.assertEqual("", self.enroll(challenge))
        self.assertNotEqual("", self.enroll(challenge), "another key, another transaction")
        wait_until(lambda: ("issued", "", "device-7") in self.reported(), "the report")
        self.assertIn("challenge_used", self.site.agent.log_text())
        self.assertNotIn(challenge, self.site.agent.log_text())

    def test_a_denial_is_reported_and_the_device_does_not_see_it(self):
        said = self.enroll(self.mint("--starts-in=-2h"))
        self.assertNotIn("expired at", said)
        self.enroll(self.mint(), subject="CN=tablet,O=Test")
        self.faults("refuse_challenges_percent=100")
        said = self.enroll(self.mint())
        self.assertNotIn("a fault on demand", said)
        # A denial of the endpoint names no device. If it accepts and the request differs, the report names the device.
        expected = {("challenge_expired", ""), ("challenge_refused", ""), ("subject_mismatch", "device-7")}
        wait_until(lambda: {(code, device) for _, code, device in self.reported()} == expected, "the reports")
        self.assertIn("a fault on demand", self.site.agent.log_text())

    def test_without_a_verdict_nothing_is_used_and_nobody_else_waits(self):
        challenge = self.mint()
        for fault in ("status_503_percent=100", "defer_challenges_percent=100", "latency_ms=20000"):
            self.faults(fault)
            self.assertNotEqual("", self.enroll(challenge), fault)
        self.assertEqual("", self.enroll("laboratory", "lab"))
        self.site.endpoint.verb("faults", "none")
        wait_until(lambda: self.enroll(challenge) == "", "the challenge to be good again", interval=0.5)
        self.assertNotIn(challenge, self.site.agent.log_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
