#!/usr/bin/env python3
"""The agent does not deliver a revoked certificate again: with the real agent, for each service and kind of challenge,
to the same request and to a poll, also after a restart."""

import sys
import unittest

from harness import take_binaries, wait_until
from scep_site import Device, ScepSetUp

BINARIES = take_binaries(sys.argv)
QUICK = """[management]
poll_wait=1s
[retry]
base=50ms
cap=500ms
"""


class Revoked(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(ScepSetUp(BINARIES, configuration=QUICK))

    def enrolled(self, service):
        device = Device(self.site, service)
        self.addCleanup(device.close)
        answer = device.request()
        if answer["kind"] != "success":
            answer = wait_until(lambda: (last := device.poll())["kind"] == "success" and last, "a certificate", 30, 0.1)
        return device, answer["certificate"]

    def revoke(self, device):
        serial = self.site.agent.json("certs", "list", "--device", device.name)["certificates"][0]["serial"]
        self.site.agent.cli("certs", "revoke", "--yes", "--reason", "keyCompromise", serial)

    def assert_refused(self, device):
        for answer in (device.request(), device.poll()):
            self.assertEqual(("failure", ""), (answer["kind"], answer["certificate"]), answer)

    def test_nothing_is_delivered_again(self):
        devices = []
        for service in ("codes", "prompt", "reported"):
            device, certificate = self.enrolled(service)
            self.assertEqual(certificate, device.request()["certificate"], f"{service}: the same until it is revoked")
            self.revoke(device)
            self.assert_refused(device)
            devices.append(device)
        self.assertEqual(0, self.site.agent.stop())
        self.site.agent.start()
        for device in devices:
            wait_until(lambda: device.request()["kind"] != "no_answer", "the agent", 30, 0.1)
            self.assert_refused(device)


if __name__ == "__main__":
    unittest.main(verbosity=2)
