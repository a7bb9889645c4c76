#!/usr/bin/env python3
"""deliver_after_report with the real agent and endpoint: a device gets its certificate after the endpoint acknowledged
it, and never if the endpoint denied it. A restart of the agent in between changes nothing."""

import sys
import unittest
from pathlib import Path

from harness import run, take_binaries, wait_until
from scep_site import Device, ScepSetUp

BINARIES = take_binaries(sys.argv)
QUICK = """[management]
poll_wait=1s
request_timeout=2s
[retry]
base=50ms
cap=500ms
"""
REFUSES = "refuse_enrollments_percent=100"


class DeliverAfterReport(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(ScepSetUp(BINARIES, configuration=QUICK))

    def faults(self, *faults):
        self.site.endpoint.verb("faults", *(faults or ["none"]))

    def device(self, service="reported"):
        device = Device(self.site, service)
        self.addCleanup(device.close)
        return device

    def restart_after_stop(self):
        self.assertEqual(0, self.site.agent.stop())
        self.site.agent.start()

    def restart_after_kill(self):
        self.site.agent.kill()
        self.site.agent.start()

    def last_answer(self, device):
        """The first answer that is not "pending"."""
        return wait_until(lambda: (answer := device.poll())["kind"] != "pending" and answer, "an answer", 30, 0.1)

    def records(self, device):
        """(verdict, status, serial number) of each report of the device at the endpoint."""
        return [(row["verdict"], row["status"], int(row["serial"], 16))
                for row in self.site.enrollments().get(device.transaction, [])]

    def reported(self, device, timeout=30):
        return wait_until(lambda: self.records(device), "the report", timeout, 0.1)

    def issued(self, device):
        """The certificates that the agent issued to the device."""
        return self.site.agent.json("certs", "list", "--device", device.name)["certificates"]

    def crl_entry(self, serial):
        """The lines of this serial number in the CRL; empty when it is not there."""
        crl = self.site.agent.state / "ca" / "default" / "ca.crl"
        if not crl.exists():
            return ""
        entries = run(["openssl", "crl", "-in", crl, "-inform", "DER", "-noout", "-text"]).split("Serial Number: ")
        return next((entry for entry in entries[1:] if int(entry.split()[0], 16) == serial), "")

    def test_a_certificate_waits_for_the_endpoint(self):
        self.faults("hold_enrollments=true")
        device, other = self.device(), self.device("prompt")
        self.assertEqual("pending", device.request()["kind"])
        other.request()
        self.assertEqual("success", self.last_answer(other)["kind"], "the other service does not wait")
        for restart in (self.restart_after_stop, self.restart_after_kill):
            wait_until(lambda: self.issued(device), "the CA to issue")
            self.assertEqual("pending", device.poll()["kind"])
            self.assertEqual("pending", device.request()["kind"])
            restart()
            self.assertEqual("pending", device.poll()["kind"])
        self.assertEqual([], self.records(device))
        self.faults()
        answer = self.last_answer(device)
        self.assertEqual("success", answer["kind"])
        self.assertEqual(answer["certificate"], device.request()["certificate"])
        (certificate,) = self.issued(device)
        self.assertEqual([("accepted", "issued", int(certificate["serial"], 16))], self.records(device))
        self.site.agent.cli("certs", "revoke", "--yes", certificate["serial"], "--reason", "keyCompromise")
        wait_until(lambda: "Key Compromise" in self.crl_entry(int(certificate["serial"], 16)), "the CRL entry", 30)

    def test_what_the_endpoint_refuses_is_never_given_out_and_is_revoked(self):
        self.faults("hold_enrollments=true", REFUSES)
        device = self.device()
        self.assertEqual("pending", device.request()["kind"])
        self.restart_after_kill()
        self.assertEqual("pending", device.poll()["kind"])
        self.assertEqual([], self.records(device))
        self.faults(REFUSES)
        answer = self.last_answer(device)
        ((verdict, status, serial),) = self.records(device)  # before anything else happens
        self.assertEqual(("failure", "refused", "issued"), (answer["kind"], verdict, status))
        wait_until(lambda: "Cessation Of Operation" in self.crl_entry(serial), "the serial number in the CRL", 30)
        for restart in (self.restart_after_stop, self.restart_after_kill):
            self.faults()
            restart()
            self.assertEqual("failure", device.request()["kind"])
            self.assertEqual("failure", device.poll()["kind"])
        self.assertEqual([("refused", "issued", serial)], self.records(device))
        (certificate,) = self.issued(device)
        self.assertEqual((serial, "revoked"), (int(certificate["serial"], 16), certificate["status"]))
        self.assertIn("Cessation Of Operation", self.crl_entry(serial))

    def test_a_refusal_counts_once_it_has_arrived(self):
        self.faults(REFUSES, "lose_ack_percent=100")
        device = self.device()
        self.assertEqual("pending", device.request()["kind"])
        self.assertEqual("refused", self.reported(device)[0][0])
        self.assertEqual("pending", device.poll()["kind"])
        self.restart_after_kill()
        self.assertEqual("pending", device.poll()["kind"])
        self.assertEqual("", self.crl_entry(self.records(device)[0][2]))
        # The denial never reached the agent, so the agent reports again.
        self.faults()
        self.assertEqual("success", self.last_answer(device)["kind"])
        ((verdict, _, serial),) = self.records(device)
        self.assertEqual("accepted", verdict)
        (certificate,) = self.issued(device)
        self.assertEqual((serial, "valid"), (int(certificate["serial"], 16), certificate["status"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
