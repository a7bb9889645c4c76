#!/usr/bin/env python3
"""A device with an EC key enrolls by SCEP through the RA: OpenSSL makes its messages with a throw-away RSA key, and opens
the answers with it."""

import sys
import tempfile
import unittest
from pathlib import Path

from scep_clients import run
from scep_servers import OurAgent
from harness import take_binaries
from scep_client import CERT_POLL, PKCS_REQ, ScepClient

BINARIES = take_binaries(sys.argv)
SUBJECT = "CN=device-1,O=Test"
CURVES = {"P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "P-521": ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"]}


class EllipticTest(unittest.TestCase):
    approval = False

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="cc-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.agent = cls.enterClassContext(OurAgent(BINARIES, folder.name, approval=cls.approval))

    def device(self, service, curve="P-256"):
        folder = tempfile.TemporaryDirectory(prefix="cc-interop-")
        self.addCleanup(folder.cleanup)
        return ScepClient(folder.name, "device-1", service.url).make_request_for(CURVES[curve], SUBJECT,
                                                                                 service.challenge)

    def assert_issued(self, answer, device, service):
        self.assertEqual("success", answer.status)
        chain = Path(device.folder, "chain.pem")
        chain.write_text("".join(service.ca_chain))
        run(["openssl", "verify", "-CAfile", chain, device.certificate])
        self.assertEqual(run(["openssl", "pkey", "-in", device.key, "-pubout"]),
                         run(["openssl", "x509", "-in", device.certificate, "-noout", "-pubkey"]))
        return answer.certificate


class Issued(EllipticTest):
    def test_an_ec_key_gets_its_certificate(self):
        for name, service in self.agent.services.items():
            for curve in CURVES:
                with self.subTest(ca=name, curve=curve):
                    device = self.device(service, curve)
                    answer = device.ask(PKCS_REQ, f"{name}-{curve}", *device.make_throw_away())
                    self.assert_issued(answer, device, service)

    def test_another_throw_away_key_gets_the_same_certificate(self):
        service, challenge = self.agent.one_time()
        device = self.device(service)
        first = device.ask(PKCS_REQ, "again", *device.make_throw_away(1))
        again = device.ask(PKCS_REQ, "again", *device.make_throw_away(2))
        self.assertEqual(self.assert_issued(first, device, service), self.assert_issued(again, device, service))
        self.assertEqual("used", self.agent.challenge_state(challenge))
        told = self.agent.agent.cli("scep", "explain", "again")
        self.assertIn("Another key than the one in the request signs", told)
        self.assertIn("signed by another key", told)

    def test_the_challenge_is_for_one_key(self):
        service, _ = self.agent.one_time()
        device, thief = self.device(service), self.device(service)
        signer = device.make_throw_away()
        self.assertEqual("success", device.ask(PKCS_REQ, "one-key", *signer).status)
        self.assertEqual("failure", thief.ask(PKCS_REQ, "one-key", *signer).status)


class Approved(EllipticTest):
    approval = True

    def test_the_signer_polls(self):
        service = self.agent.services["ec"]
        device = self.device(service)
        signer, other = device.make_throw_away(1), device.make_throw_away(2)
        self.assertEqual("pending", device.ask(PKCS_REQ, "polled", *signer).status)
        self.assertEqual("pending", device.ask(CERT_POLL, "polled", *signer).status)
        self.assertEqual("failure", device.ask(CERT_POLL, "polled", *other).status)
        service.approve_all()
        answer = device.ask(PKCS_REQ, "polled", *signer)
        self.assert_issued(answer, device, service)
        self.assertEqual(answer.certificate, device.ask(CERT_POLL, "polled", *signer).certificate)


if __name__ == "__main__":
    unittest.main(verbosity=2)
