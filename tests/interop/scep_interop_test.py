#!/usr/bin/env python3
"""SCEP clients of other projects against the agent: each enrolls and renews, and the agent denies bad requests.

Without --binaries the tests try only the clients, against micromdm's server.
"""

import os
import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

from nginx_server import Nginx
from scep_clients import CLIENTS, FAILED, ISSUED, PENDING, REFUSED, CertMonger, MicroMdm, Order, StrongSwan, run
from scep_servers import MicroMdmServer, OurAgent
from harness import take_binaries

BINARIES = take_binaries(sys.argv)
SUBJECT = "CN=device-1,O=Test"
SAN = "device-1.example"


class ClientTest(unittest.TestCase):
    """Makes clients in separate folders, and checks what holds for every certificate."""

    def client(self, kind, service):
        folder = tempfile.TemporaryDirectory(prefix="cc-interop-")
        self.addCleanup(folder.cleanup)
        client = kind(folder.name, service.url, service.ca_chain)
        self.addCleanup(client.close)
        return client

    def order(self, service):
        return Order(SUBJECT, service.challenge, SAN)

    def assert_ended(self, kind, outcome):
        self.assertEqual(kind, outcome.kind, outcome.text)

    def assert_issued(self, outcome, service, client):
        self.assert_ended(ISSUED, outcome)
        with tempfile.TemporaryDirectory() as folder:
            leaf, chain = Path(folder, "leaf.pem"), Path(folder, "chain.pem")
            leaf.write_text(outcome.certificate)
            chain.write_text("".join(service.ca_chain))
            run(["openssl", "verify", "-CAfile", chain, leaf])
            subject = run(["openssl", "x509", "-in", leaf, "-noout", "-subject", "-nameopt", "multiline"])
            self.assertIn("device-1\n", subject)
            if client is not MicroMdm:
                self.assertIn(SAN, run(["openssl", "x509", "-in", leaf, "-noout", "-ext", "subjectAltName"]))
            return run(["openssl", "x509", "-in", leaf, "-noout", "-serial"]).strip()


class AgentTest(ClientTest):
    """One agent for all tests of a class."""

    switches = {}

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="cc-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.agent = cls.enterClassContext(OurAgent(BINARIES, folder.name, **cls.switches))

    def for_each(self, clients, check):
        """check(kind, client, service, order) for every client with every CA."""
        for name, service in self.agent.services.items():
            for kind in clients:
                with self.subTest(client=kind.name, ca=name):
                    check(kind, self.client(kind, service), service, self.order(service))


class SafeDefaults(AgentTest):
    """A service as it is without any switch."""

    def test_enrols_and_renews(self):
        def check(kind, client, service, order):
            first = self.assert_issued(client.enroll(order), service, kind)
            self.assertNotEqual(first, self.assert_issued(client.renew(order), service, kind))

        self.for_each((StrongSwan, CertMonger), check)

    def test_renews_with_the_same_key(self):
        def check(kind, client, service, order):
            first = self.assert_issued(client.enroll(order), service, kind)
            self.assertNotEqual(first, self.assert_issued(client.renew(order, new_key=False), service, kind))

        self.for_each((CertMonger,), check)

    def test_takes_a_larger_key(self):
        def check(kind, client, service, order):
            self.assert_issued(client.enroll(replace(order, bits=3072)), service, kind)

        self.for_each((StrongSwan, CertMonger), check)

    def test_refuses_a_wrong_password(self):
        def check(_, client, __, order):
            self.assert_ended(REFUSED, client.enroll(replace(order, challenge="wrong")))

        self.for_each((StrongSwan, CertMonger), check)

    def test_refuses_single_des_with_bad_alg(self):
        def check(_, client, __, order):
            before = len(self.agent.logged("scep.refused"))
            outcome = client.enroll(order)
            self.assert_ended(REFUSED, outcome)
            self.assertIn("badAlg", outcome.text)
            # The client hides the reason; the log names the algorithm and its switch.
            refused = self.agent.logged("scep.refused")[before:]
            self.assertTrue(refused)
            for entry in refused:
                self.assertIn("DES-CBC", entry["message"])
                self.assertIn("allow_insecure_des", entry["message"])

        self.for_each((MicroMdm,), check)


class OneTimePasswords(AgentTest):
    """Passwords that `certconnector challenge new` makes."""

    def test_one_password_brings_one_certificate(self):
        for kind in (StrongSwan, CertMonger):
            with self.subTest(client=kind.name):
                service, challenge = self.agent.one_time()
                order = self.order(service)
                self.assert_issued(self.client(kind, service).enroll(order), service, kind)
                self.assertEqual("used", self.agent.challenge_state(challenge))
                self.assert_ended(REFUSED, self.client(kind, service).enroll(order))
                self.assertNotIn(service.challenge, self.agent.agent.log_text())

    def test_the_agents_own_test_makes_its_password_and_leaves_nothing_valid(self):
        self.agent.one_time()  # waits until the service can enroll
        self.agent.agent.cli("scep", "test", "one-time")
        tried = self.agent.agent.json("certs", "list", "--subject", "SCEP test")["certificates"]
        self.assertEqual(["revoked"], [certificate["status"] for certificate in tried])

    def test_a_withdrawn_password_is_refused(self):
        service, challenge = self.agent.one_time()
        self.agent.agent.cli("challenge", "revoke", challenge)
        self.assert_ended(REFUSED, self.client(StrongSwan, service).enroll(self.order(service)))
        self.assertEqual("revoked", self.agent.challenge_state(challenge))


class LegacySwitches(AgentTest):
    """Single DES and SHA-1 allowed."""

    switches = {"legacy": True}

    def test_micromdm_enrols_and_renews(self):
        def check(kind, client, service, order):
            first = self.assert_issued(client.enroll(order), service, kind)
            self.assertNotEqual(first, self.assert_issued(client.renew(order), service, kind))

        self.for_each((MicroMdm,), check)

    def test_refuses_a_wrong_password(self):
        def check(_, client, __, order):
            self.assert_ended(REFUSED, client.enroll(replace(order, challenge="wrong")))

        self.for_each((MicroMdm,), check)


class NdesFailures(AgentTest):
    """Failures as NDES writes them, with one octet of content."""

    switches = {"ndes_failures": True}

    def test_certmonger_sees_the_refusal(self):
        def check(_, client, __, order):
            self.assert_ended(REFUSED, client.enroll(replace(order, challenge="wrong")))

        self.for_each((StrongSwan, CertMonger), check)


class Approval(AgentTest):
    """A template whose requests wait for a person."""

    switches = {"approval": True}

    def test_the_client_sees_that_it_has_to_wait(self):
        def check(_, client, __, order):
            self.assert_ended(PENDING, client.enroll(order))

        self.for_each((StrongSwan, CertMonger), check)

    def test_the_client_polls_until_it_is_approved(self):
        def check(kind, client, service, order):
            self.assert_issued(client.enroll(order, when_pending=service.approve_all), service, kind)

        self.for_each((StrongSwan, CertMonger), check)


class ThroughNginx(AgentTest):
    """The agent behind nginx with the packaged configuration."""

    switches = {"legacy": True}

    def published(self, service, plain):
        """The service as nginx publishes it, and the certificate to check its TLS with."""
        folder = tempfile.TemporaryDirectory(prefix="cc-interop-")
        self.addCleanup(folder.cleanup)
        address, _, path = service.url.partition("://")[2].partition("/")
        nginx = self.enterContext(Nginx(folder.name, address.rpartition(":")[2], plain))
        url = f"{'http' if plain else 'https'}://127.0.0.1:{nginx.port}/{path}"
        return replace(service, url=url), nginx.folder / "server.pem"

    def check(self, client, service, kind):
        order = self.order(service)
        self.assert_issued(client.enroll(order), service, kind)
        self.assert_issued(client.renew(order), service, kind)
        self.assert_ended(REFUSED, client.enroll(replace(order, challenge="wrong")))

    def test_clients_enrol_and_renew(self):
        # What these trust for TLS is the machine's to say: nginx without it.
        for name, service in self.agent.services.items():
            for kind in (StrongSwan, CertMonger):
                with self.subTest(client=kind.name, ca=name):
                    published, _ = self.published(service, plain=True)
                    self.check(self.client(kind, published), published, kind)

    def test_a_client_enrols_and_renews_over_tls(self):
        published, tls_ca = self.published(self.agent.services["rsa"], plain=False)
        with mock.patch.dict(os.environ, SSL_CERT_FILE=str(tls_ca)):
            self.check(self.client(MicroMdm, published), published, MicroMdm)


class ClientsThemselves(ClientTest):
    """Checks against a foreign server that the tests drive the clients correctly."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="cc-interop-")
        cls.addClassCleanup(folder.cleanup)
        cls.service = cls.enterClassContext(MicroMdmServer(folder.name)).services["rsa"]

    def test_micromdm_enrols_and_renews(self):
        client = self.client(MicroMdm, self.service)
        order = self.order(self.service)
        first = self.assert_issued(client.enroll(order), self.service, MicroMdm)
        self.assertNotEqual(first, self.assert_issued(client.renew(order), self.service, MicroMdm))

    def test_a_wrong_password_is_seen_as_a_refusal(self):
        for kind in CLIENTS:
            if kind is StrongSwan:  # it finds no AES in what this server offers, and sends nothing
                continue
            with self.subTest(client=kind.name):
                order = replace(self.order(self.service), challenge="wrong")
                self.assert_ended(REFUSED, self.client(kind, self.service).enroll(order))

    def test_what_a_client_cannot_use_is_its_own_failure(self):
        # strongSwan wants SHA-384; certmonger cannot read single DES.
        for kind, said in ((StrongSwan, "not supported by CA"), (CertMonger, "NEED_GUIDANCE")):
            with self.subTest(client=kind.name):
                outcome = self.client(kind, self.service).enroll(self.order(self.service))
                self.assert_ended(FAILED, outcome)
                self.assertIn(said, outcome.text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
