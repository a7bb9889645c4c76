#!/usr/bin/env python3
"""The NDES service with the real agent: Python and openssl are the policy module of an NDES and its CA."""

import re
import sys
import tempfile
import unittest
from pathlib import Path

from authority import Authority
from harness import Agent, Endpoint, run, take_binaries
from ndes import Ndes, body_of, pkcs10

BINARIES = take_binaries(sys.argv)
ISSUER = "https://mdm.example"


class Registration(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="certconnector-")))
        self.ndes = Ndes(self.folder, Authority(self.folder, "issuing-ca"))
        self.laptop = self.ndes.tls.issue("laptop-client", "extendedKeyUsage=clientAuth\nsubjectAltName=DNS:laptop.example")
        # The management endpoint only makes challenges.
        self.endpoint = Endpoint(BINARIES, self.folder).start()
        self.addCleanup(self.endpoint.stop)
        keys = self.folder / "challenge-keys.pem"
        keys.write_text(self.endpoint.verb("challenge-keys"))
        self.agent = Agent(BINARIES, self.folder, f"""[scep.ndes]
path=
template=Device
challenge=signed
challenge_issuer={ISSUER}
challenge_keys_file={keys}
{self.ndes.section("ndes")}""")
        self.start()
        self.addCleanup(self.agent.stop)

    def start(self):
        self.agent.start()
        self.ndes.find(self.agent)

    def challenge(self, device):
        return self.endpoint.verb("challenge", "--service", "ndes", "--device", device, "--subject", f"CN={device}",
                                  "--issuer", ISSUER).strip()

    def request(self, name, challenge):
        return pkcs10(self.folder, name, challenge)

    def verify(self, request, transaction, caller=None):
        return self.ndes.verify(request, transaction, caller)

    def test_a_certificate_uses_its_challenge_up_also_over_a_restart(self):
        challenge = self.challenge("laptop")
        request = self.request("laptop", challenge)
        self.assertEqual((200, {"verified": True}), self.verify(request, "T-1"))
        self.assertEqual("challenge_in_use", self.verify(self.request("laptop", challenge), "T-1")[1]["code"])
        request = self.request("tablet", other := self.challenge("tablet"))
        self.assertEqual((200, {"verified": True}), self.verify(request, "T-2"))
        self.assertEqual(0, self.agent.stop())
        self.start()
        self.assertEqual((200, {"verified": True}), self.verify(request, "T-2"))
        issued = self.ndes.issue(request)
        report = {"challenge": other, "transaction_id": "T-2", "disposition": "success",
                "certificate": body_of(issued)}
        self.assertEqual((200, {"standing": "issued"}), self.ndes.call("notify", report))
        self.assertEqual("challenge_used", self.verify(self.request("tablet", other), "T-2")[1]["code"])
        states = {job["correlation_id"]: job for job in self.agent.json("jobs", "list")["jobs"]}
        self.assertEqual({"T-1": "waiting", "T-2": "succeeded"},
                         {name: job["state"] for name, job in states.items()})
        serial = run(["openssl", "x509", "-in", issued, "-noout", "-serial"]).strip().split("=")[1].lower()
        self.assertIn(serial, self.agent.cli("jobs", "explain", states["T-2"]["id"]).lower())
        for secret in (challenge, other):
            self.assertNotIn(secret, self.agent.log_text())

    def test_failure_releases_the_challenge(self):
        challenge = self.challenge("laptop")
        self.assertTrue(self.verify(self.request("laptop", challenge), "T-1")[1]["verified"])
        report = {"challenge": challenge, "transaction_id": "T-1", "disposition": "pending"}
        self.assertEqual((200, {"standing": "pending"}), self.ndes.call("notify", report))
        report |= {"disposition": "failure", "hresult": -2146877420}
        self.assertEqual((200, {"standing": "failed"}), self.ndes.call("notify", report))
        self.assertTrue(self.verify(self.request("laptop", challenge), "T-1")[1]["verified"])

    def test_what_is_wrong_is_refused(self):
        for challenge, code in (("laptop-password", "challenge_malformed"),
                                (self.challenge("somebody"), "subject_mismatch")):
            status, answer = self.verify(self.request("laptop", challenge), "T-1")
            self.assertEqual((200, False, code), (status, answer["verified"], answer["code"]))
            self.assertNotIn(challenge, self.agent.log_text())
        request = self.request("laptop", challenge := self.challenge("laptop"))
        self.assertTrue(self.verify(request, "T-1")[1]["verified"])
        foreign = Authority(self.folder, "other-ca").sign(request, self.folder / "foreign.pem", "")
        report = {"challenge": challenge, "transaction_id": "T-1", "disposition": "success",
                "certificate": body_of(foreign)}
        self.assertEqual(409, self.ndes.call("notify", report)[0])
        self.assertEqual(501, self.ndes.call("challenge", {"template": "Device"})[0])

    def use_passwords(self):
        self.assertEqual(0, self.agent.stop())
        text = self.agent.config.read_text()
        self.agent.config.write_text(re.sub(r"challenge=signed\n(challenge_.*\n)*", "challenge=one-time\n", text))
        self.start()

    def test_a_request_has_nothing_that_its_ca_could_copy_to_its_advantage(self):
        self.use_passwords()
        sid = "S-1-5-21-1-2-3-500"
        refused = {
            "keyUsage=keyCertSign": "key_usage_not_allowed",
            "keyUsage=digitalSignature,cRLSign": "key_usage_not_allowed",
            "extendedKeyUsage=clientAuth,1.3.6.1.4.1.311.20.2.1": "extended_key_usage_not_allowed",
            "extendedKeyUsage=anyExtendedKeyUsage": "extended_key_usage_not_allowed",
            "1.3.6.1.4.1.311.21.10=ASN1:SEQUENCE:all\n[all]\none=SEQUENCE:one\n[one]\nid=OID:1.3.6.1.4.1.311.20.2.1":
                "extended_key_usage_not_allowed",
            "basicConstraints=CA:true": "extension_not_allowed",
            "nameConstraints=permitted;DNS:example.com": "extension_not_allowed",
            f"subjectAltName=@names\n[names]\nURI.1=tag:microsoft.com\\,2022-09-14:sid:{sid}": "sid_not_allowed",
            f"subjectAltName=otherName:1.3.6.1.4.1.311.25.2.1;UTF8:{sid}": "sid_not_allowed",
        }
        password = self.ndes.challenge()[1]["challenge"]
        for number, (extensions, code) in enumerate(refused.items()):
            request = pkcs10(self.folder, "laptop", password, extensions=extensions)
            status, answer = self.verify(request, f"T-{number}")
            self.assertEqual((200, code), (status, answer.get("code")), extensions)
        for number, extensions in enumerate((
                "1.3.6.1.4.1.311.20.2=ASN1:BMP:IPSECIntermediateOffline", "1.2.840.113549.1.9.15=DER:3000",
                "basicConstraints=CA:false\nextendedKeyUsage=clientAuth\n"
                "1.3.6.1.4.1.311.21.10=ASN1:SEQUENCE:all\n[all]\none=SEQUENCE:one\n[one]\nid=OID:1.3.6.1.5.5.7.3.2")):
            request = pkcs10(self.folder, "laptop", self.ndes.challenge()[1]["challenge"], extensions=extensions)
            self.assertEqual((200, {"verified": True}), self.verify(request, f"H-{number}"), extensions)

    def test_a_one_time_password_comes_from_the_agent(self):
        self.use_passwords()
        status, answer = self.ndes.call("challenge", {"template": "Device"})
        self.assertEqual(200, status, answer)
        self.assertTrue(self.verify(self.request("laptop", answer["challenge"]), "T-1")[1]["verified"])
        again = self.verify(self.request("laptop", answer["challenge"]), "T-2")[1]
        self.assertEqual("challenge_in_use", again["code"])
        self.assertNotIn(answer["challenge"], self.agent.log_text())

    def test_a_device_with_a_client_certificate_is_refused(self):
        status, answer = self.verify(self.request("laptop", self.challenge("laptop")), "T-1", self.laptop)
        self.assertEqual((403, "not_allowed"), (status, answer["code"]))
        self.assertEqual([], self.agent.json("jobs", "list")["jobs"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
