#!/usr/bin/env python3
"""CAs of `openssl ca` and in the layout of easy-rsa come to the real agent with their past: what they revoked stays
revoked in the agent's CRL, as `openssl verify` sees it, and what they issued can be revoked."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from harness import Agent, HarnessError, run, take_binaries, wait_until

BINARIES = take_binaries(sys.argv)
CONFIGURATION = """[ca]
default_ca = d
[d]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = newcerts
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = p
default_days = 300
default_crl_days = 30
unique_subject = no
{extensions}
[p]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid
{crl_extensions}
[issued]
crlDistributionPoints = URI:http://pki.example/old.crl
"""


class OldCa:
    """A CA of `openssl ca` that was in use before."""

    def __init__(self, folder, key="rsa:2048", crl_extensions="", serial="0A51B2C3"):
        self.folder = Path(folder)
        (self.folder / "newcerts").mkdir(parents=True)
        algorithm = ["-newkey", "rsa:2048"] if key == "rsa:2048" else ["-newkey", "ec", "-pkeyopt",
                                                                      "ec_paramgen_curve:P-256"]
        self.openssl("req", "-x509", *algorithm, "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650",
                     "-subj", "/CN=Old CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        (self.folder / "c.cnf").write_text(CONFIGURATION.format(
            extensions="crl_extensions = crl\nx509_extensions = issued", crl_extensions=crl_extensions))
        (self.folder / "v1.cnf").write_text(CONFIGURATION.format(extensions="", crl_extensions=""))
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text(serial + "\n")
        (self.folder / "crlnumber").write_text("FFFFFFFFFF\n")

    def openssl(self, *arguments, **more):
        return run(["openssl", *arguments], cwd=self.folder, **more)

    def issue(self, name):
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                     f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self.openssl("ca", "-batch", "-config", "c.cnf", "-in", f"{name}.csr", "-out", f"{name}.pem", "-notext")
        return self.openssl("x509", "-in", f"{name}.pem", "-noout", "-serial").strip().split("=")[1]

    def revoke(self, name, reason="keyCompromise"):
        self.openssl("ca", "-config", "c.cnf", "-revoke", f"{name}.pem", "-crl_reason", reason)

    def publish(self, name="old.crl", configuration="c.cnf"):
        self.openssl("ca", "-config", configuration, "-gencrl", "-out", name)
        return self.folder / name

    def verdict(self, crl, name):
        """What relying parties see with this CRL (DER)."""
        self.openssl("crl", "-inform", "DER", "-in", crl, "-out", "new.pem")
        done = subprocess.run(["openssl", "verify", "-crl_check", "-CAfile", "ca.pem", "-CRLfile", "new.pem",
                               f"{name}.pem"], cwd=self.folder, capture_output=True, text=True)
        return done.stdout + done.stderr


class ImportedCa(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="imported")))
        self.agent = Agent(BINARIES, self.folder)
        self.agent.start()
        self.addCleanup(self.agent.stop)
        self.crl = self.agent.state / "ca" / "default" / "ca.crl"

    def old_ca(self, **more):
        ca = OldCa(self.folder / "old", **more)
        ca.stolen = ca.issue("stolen")
        ca.good = ca.issue("good")
        ca.revoke("stolen")
        return ca

    def bring(self, ca, *more):
        return self.agent.cli("ca", "import", "default", "--certificate", ca.folder / "ca.pem", "--key",
                              ca.folder / "ca.key", *more)

    def published(self):
        self.agent.cli("ca", "publish-crl", "default")
        return self.crl

    def fails(self, *arguments):
        with self.assertRaises(HarnessError) as failed:
            self.agent.cli(*arguments)
        return str(failed.exception)

    def test_with_a_crl(self):
        ca = self.old_ca()
        crl = ca.publish()
        said = self.fails("ca", "import", "default", "--certificate", ca.folder / "ca.pem", "--key",
                          ca.folder / "ca.key", "--issued", ca.folder / "newcerts")
        self.assertIn("curl -fo default.crl 'http://pki.example/old.crl'", said)
        self.assertFalse(self.crl.exists())
        self.assertIn("Revocations: 1 taken", self.bring(ca, "--crl", crl))
        self.assertIn("certificate revoked", ca.verdict(self.published(), "stolen"))
        self.assertIn("good.pem: OK", ca.verdict(self.crl, "good"))
        number = int(run(["openssl", "crl", "-inform", "DER", "-in", self.crl, "-noout", "-crlnumber"]
                         ).split("=")[1], 16)
        self.assertGreater(number, 0xFFFFFFFFFF)

        self.assertIn("name the CA", self.fails("certs", "revoke", "--yes", "00AABB"))
        self.agent.cli("certs", "revoke", "--yes", "--ca", "default", "--reason", "superseded", ca.good)
        self.assertIn("certificate revoked", ca.verdict(self.published(), "good"))
        self.agent.cli("certs", "revoke", "--yes", "--ca", "default", "00AABB")
        self.assertIn("was revoked before", self.agent.cli("certs", "revoke", "--yes", "--ca", "default", ca.stolen))
        self.assertEqual(0, self.agent.stop())
        self.agent.start()
        wait_until(lambda: "AABB" in run(["openssl", "crl", "-inform", "DER", "-in", self.published(), "-noout",
                                          "-text"]), "the revocations after a restart")

    def test_with_an_index(self):
        ca = self.old_ca(key="ec:256", serial="7F" + 19 * "A5")  # the longest that there are
        held = ca.issue("held")
        ca.revoke("held", "certificateHold")
        said = self.bring(ca, "--issued", ca.folder / "index.txt")
        self.assertIn("Revocations: 2 taken", said)
        self.assertIn("Certificates: 3 taken", said)
        self.assertIn("certificate revoked", ca.verdict(self.published(), "stolen"))
        shown = self.agent.json("certs", "show", ca.stolen)["certificate"]
        self.assertEqual(("revoked", "keyCompromise"), (shown["status"], shown["revocation_reason"]))
        self.assertEqual("CN=good", self.agent.json("certs", "show", ca.good)["certificate"]["subject"])
        self.agent.cli("certs", "revoke", "--yes", ca.good)
        self.assertIn("certificate revoked", ca.verdict(self.published(), "good"))
        self.assertIn("certificate revoked", ca.verdict(self.crl, "held"))
        self.agent.cli("certs", "revoke", "--yes", "--reason", "removeFromCRL", held)
        self.assertIn("held.pem: OK", ca.verdict(self.published(), "held"))

    def test_a_forgotten_crl_comes_later(self):
        ca = self.old_ca()
        self.bring(ca, "--no-revocations")
        self.assertIn("stolen.pem: OK", ca.verdict(self.published(), "stolen"))
        crl = ca.publish(configuration="v1.cnf")
        said = self.agent.cli("ca", "adopt", "default", "--crl", crl, "--issued", ca.folder / "newcerts")
        self.assertIn("Revocations: 1 taken", said)
        self.assertIn("certificate revoked", ca.verdict(self.crl, "stolen"))
        again = self.agent.cli("ca", "adopt", "default", "--crl", crl, "--issued", ca.folder / "newcerts")
        self.assertIn("Revocations: 0 taken, 1 known before", again)
        self.assertIn("Certificates: 0 taken, 2 known before", again)

    def test_what_is_not_this_cas_is_refused(self):
        ca = self.old_ca()
        other = OldCa(self.folder / "other")
        other.issue("foreign")
        (ca.folder / "newcerts" / "foreign.pem").write_text((other.folder / "foreign.pem").read_text())
        said = self.fails("ca", "import", "default", "--certificate", ca.folder / "ca.pem", "--key",
                          ca.folder / "ca.key", "--crl", other.publish())
        self.assertIn("is not of the key of CN=Old CA", said)
        self.assertFalse(self.crl.exists())
        said = self.bring(ca, "--crl", ca.publish(), "--issued", ca.folder / "newcerts")
        self.assertIn("2 taken, 0 known before, 0 expired and left out, 1 refused", said)
        self.assertIn("foreign.pem", said)

    def test_a_moved_folder_and_a_later_certificate_keep_everything(self):
        ca = self.old_ca()
        self.bring(ca, "--crl", ca.publish())
        self.agent.cli("certs", "revoke", "--yes", "--ca", "default", ca.good)
        self.published()
        (self.agent.state / "ca" / "default").rename(self.folder / "away")
        self.bring(ca)
        self.assertIn("certificate revoked", ca.verdict(self.published(), "stolen"))
        self.assertIn("certificate revoked", ca.verdict(self.crl, "good"))
        ca.openssl("req", "-x509", "-new", "-key", "ca.key", "-out", "later.pem", "-days", "5000", "-subj",
                   "/CN=Old CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature")
        self.agent.cli("ca", "import", "default", "--certificate", ca.folder / "later.pem")
        for name in ("stolen", "good"):
            self.assertIn("certificate revoked", ca.verdict(self.published(), name))
        self.assertEqual(0, self.agent.stop())
        self.agent.start()
        for name in ("stolen", "good"):
            self.assertIn("certificate revoked", ca.verdict(self.published(), name))


if __name__ == "__main__":
    unittest.main(verbosity=2)
