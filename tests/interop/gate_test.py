#!/usr/bin/env python3
"""The gate: what this agent issues can be read by everyone.

Hundreds of requests, valid, odd and hostile, go through the agent as jobs and by SCEP. Each is issued, or denied with the
code of the corpus. Every certificate, CRL, RA and CA certificate passes pkilint's rules of RFC 5280, but for the errors
that gate_readers.py lists with their reasons, and is read by OpenSSL, GnuTLS, Python cryptography and Java.
packaging/doc/adr/0058-a-gate-reads-what-we-issue.md
"""

import base64
import re
import sys
import tempfile
import time
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from authority import Authority
from gate_corpus import ISSUED, Case, make_corpus
from gate_readers import READERS
from gate_requests import ENCODINGS, IA5, PRINTABLE, SAN, T61, UTF8, Value, dns, extension, name, pkcs10
from harness import Site, run, take_binaries, wait_until
from scep_client import ScepClient, der, elements, openssl, sequence

BINARIES = take_binaries(sys.argv)
CHALLENGE = "a-password-of-the-gate"
LEAST_CASES, LEAST_ISSUED = 300, 200
CONFIGURATION = """[management]
poll_wait=1s
[http]
listen=127.0.0.1:0
[ca.default]
crl_partitions=4
[ca.ec]
[ca.bounded]
[template.all]
san_kinds=dns,email,uri,ip,upn,directory
extended_key_usage=clientAuth,serverAuth,emailProtection
crl_url=http://pki.example/default.crl
aia_url=http://pki.example/default.cer
[template.device]
[template.server]
san_kinds=dns,ip
extended_key_usage=serverAuth
[scep.gate]
ca=default
template=all
challenge=static
challenge_file={challenge}
renewal_window=3650d
"""
BOUNDED = """basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,digitalSignature,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
extendedKeyUsage=serverAuth
nameConstraints=critical,permitted;DNS:corp.example,permitted;email:corp.example,permitted;dirName:subtree
[subtree]
O=Test
"""


def decoded(subject):
    """[[(type, text)]] of a Name, the attributes of an RDN sorted; and the string types."""
    relative_names, tags = [], []
    for _, rdn, _ in elements(elements(subject)[0][1]):
        attributes = []
        for _, attribute, _ in elements(rdn):
            (_, identifier, _), (tag, value, _) = elements(attribute)
            attributes.append((identifier, value.decode(ENCODINGS.get(tag, "ascii"))))
            tags.append(tag)
        relative_names.append(sorted(attributes))
    return relative_names, tags


def subject_of_request(request):
    return elements(elements(elements(request)[0][1])[0][1])[1][2]


def subject_of_certificate(certificate):
    return elements(elements(elements(certificate)[0][1])[0][1])[5][2]


class GateSite(Site):
    """An agent with a root of RSA, one of EC and a CA with bounds, and a SCEP service."""

    def __init__(self, folder):
        self.challenge = Path(folder) / "challenge"
        self.challenge.write_text(CHALLENGE)
        self.challenge.chmod(0o400)
        super().__init__(BINARIES, folder, CONFIGURATION.format(challenge=self.challenge), ca_key="rsa:2048")

    def __enter__(self):
        super().__enter__()
        try:
            self.agent.cli("ca", "create", "ec", "--root", "--subject", "CN=Test EC CA,O=Test", "--key", "ec:384")
            self.import_bounded_ca()
            listed = self.agent.json("ca", "list")["authorities"]
            self.cas = {{"default": "rsa"}.get(ca["name"], ca["name"]): ca["sha256"] for ca in listed}
            return self
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def import_bounded_ca(self):
        root = Authority(self.folder, "Bounded Root")
        key, certificate = root.issue("Bounded CA", BOUNDED)
        said = self.agent.cli("ca", "import", "bounded", "--certificate", self.concatenated(certificate, root.certificate),
                              "--key", key, "--no-revocations")
        assert "cannot issue template device" in said, said
        self.bounded_root = root.certificate

    def concatenated(self, *files):
        out = self.folder / "bounded-chain.pem"
        out.write_text("".join(file.read_text() for file in files))
        return out

    def queue(self, cases):
        """Queues a job for each; returns {job id: case}."""
        ids = {}
        for start in range(0, len(cases), 50):
            part = cases[start:start + 50]
            jobs = [self.job(case) for case in part]
            ids.update(zip(self.endpoint.admin("POST", "/admin/v1/jobs", {"jobs": jobs})["ids"], part))
        return ids

    def job(self, case):
        issue = {"template": case.template, "pkcs10": base64.b64encode(case.request).decode()}
        if case.expected:
            issue["expected"] = case.expected
        if case.sid:
            issue["sid"] = case.sid
        return {"type": "issue", "ca": self.cas[case.ca], "issue": issue}

    def results(self):
        found, after = {}, 0
        while page := self.endpoint.admin("GET", f"/admin/v1/results?limit=500&after={after}")["results"]:
            after = page[-1]["n"]
            found.update((row["id"], row["result"]) for row in page)
        return found

    def scep_url(self):
        port = re.findall(r"http\.started.*?port=(\d+)", self.agent.log_text())[-1]
        return f"http://127.0.0.1:{port}/certsrv/mscep/mscep.dll"


class IssuedCertificates(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cc-gate-")
        self.addCleanup(folder.cleanup)
        self.files = Path(folder.name) / "files"
        self.site = self.enterContext(GateSite(Path(folder.name)))
        for ca in self.site.cas:
            (self.files / ca).mkdir(parents=True)

    def keep(self, ca, label, certificate, end="cer"):
        (self.files / ca / (re.sub(r"[^A-Za-z0-9]+", "-", label)[:60] + f".{end}")).write_bytes(certificate)

    def test_everybody_reads_what_is_issued(self):
        corpus = make_corpus()
        self.assertGreaterEqual(len(corpus.cases), LEAST_CASES)
        began = time.monotonic()
        serials = self.check_outcomes(self.site.queue(corpus.cases))
        self.enroll_by_scep(corpus.keys)
        self.keep_crls(serials)
        self.keep_ca_certificates()
        print(f"{len(corpus.cases)} requests, {len(serials)} issued, {time.monotonic() - began:.0f} s", file=sys.stderr)
        for reader, complaints_of in READERS.items():
            with self.subTest(reader):
                began = time.monotonic()
                complaints = complaints_of(self.files)
                print(f"{reader}: {time.monotonic() - began:.0f} s", file=sys.stderr)
                self.assertEqual([], complaints[:40], f"{len(complaints)} complaints")

    def check_outcomes(self, cases):
        """Keeps what was issued; returns [(CA, serial number)]."""
        self.site.wait_finished(len(cases))
        results, serials, outcomes = self.site.results(), [], Counter()
        for number, (job, case) in enumerate(cases.items()):
            result = results[job]
            outcome = ISSUED if result["status"] == "issued" else result.get("code")
            outcomes[outcome] += 1
            with self.subTest(case.label):
                self.assertEqual(case.outcome, outcome, result.get("message"))
                if outcome != ISSUED:
                    self.assertTrue(result["message"])
                    continue
                certificate = base64.b64decode(result["certificate"])
                self.check_subject(case, certificate)
                self.keep(case.ca, f"{number}-{case.label}", certificate)
                serials.append((case.ca, result["serial"]))
        self.assertGreaterEqual(outcomes[ISSUED], LEAST_ISSUED, outcomes)
        return serials

    def check_subject(self, case: Case, certificate):
        asked = subject_of_request(case.request)
        issued = subject_of_certificate(certificate)
        self.assertEqual(decoded(asked)[0], decoded(issued)[0])
        self.assertLessEqual(set(decoded(issued)[1]), {UTF8, PRINTABLE, IA5})

    def enroll_by_scep(self, keys):
        """Some of the odd ones, each with its renewal, and the RA certificate."""
        subjects = {"right": Value("CN", "device"), "underscore": Value("CN", "a_b@c!", PRINTABLE),
                    "T61": Value("CN", "Gerät", T61), "address": Value("emailAddress", "a@corp.example", UTF8),
                    "too-long": Value("CN", "c" * 65), "empty": Value("CN", "")}
        wait_until(lambda: self.site.agent.json("scep", "list")["services"][0]["can_enroll"], "the SCEP service")
        url = self.site.scep_url()
        for label, value in subjects.items():
            with self.subTest(f"SCEP {label}"):
                first = self.scep_device(label, value, keys["rsa2048"], CHALLENGE)
                answer = first.enroll(f"T-{label}")
                if len(value.text) in (0, 65):
                    self.assertEqual("failure", answer.status)
                    continue
                self.assertEqual("success", answer.status)
                self.keep("rsa", f"scep-{label}", answer.certificate)
                again = self.scep_device(f"{label}-again", value, keys["rsa3072"]).renew(f"T-{label}-again", first)
                self.assertEqual("success", again.status)
                self.keep("rsa", f"scep-{label}-again", again.certificate)
                self.assertEqual(subject_of_certificate(answer.certificate), subject_of_certificate(again.certificate))
                self.assertEqual(label == "address", der(0x81, b"a@corp.example") in again.certificate)
        ra = ScepClient(self.site.folder, "ra", url).ra_certificate()
        self.keep("rsa", "ra", openssl("x509", "-in", ra, "-outform", "DER"))

    def scep_device(self, label, value, key, challenge=None):
        """With the request for this subject and one host."""
        client = ScepClient(self.site.folder, f"scep-{label}", self.site.scep_url())
        request = pkcs10(key, name(value), [extension(SAN, sequence(dns("a.example")))], challenge)
        client.key.write_bytes(private_pem(key))
        client.request.write_bytes(openssl("req", "-inform", "DER", data=request))
        return client

    def keep_crls(self, serials):
        """With revocations for each reason, just made."""
        jobs = [{"type": "revoke", "ca": self.site.cas[ca], "revoke": {"serial": serial, "reason": reason}}
                for (ca, serial), reason in zip(serials[:40], [0, 1, 3, 4, 5, 6, 9] * 6)]
        before = self.site.endpoint.finished()
        self.site.endpoint.admin("POST", "/admin/v1/jobs", {"jobs": jobs})
        self.site.wait_finished(before + len(jobs))
        for ca, folder in (("rsa", "default"), ("ec", "ec"), ("bounded", "bounded")):
            self.site.agent.cli("ca", "publish-crl", folder)
            crls = sorted((self.site.agent.state / "ca" / folder).glob("*.crl"))
            self.assertEqual(5 if ca == "rsa" else 1, len(crls), crls)
            for crl in crls:
                self.keep(ca, crl.stem, crl.read_bytes(), "crl")

    def keep_ca_certificates(self):
        for ca, folder in (("rsa", "default"), ("ec", "ec"), ("bounded", "bounded")):
            file = self.site.agent.state / "ca" / folder / "certificate.pem"
            (self.files / ca / "ca.der").write_bytes(openssl("x509", "-in", file, "-outform", "DER"))
        (self.files / "bounded" / "root.pem").write_bytes(self.site.bounded_root.read_bytes())


def private_pem(key):
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


if __name__ == "__main__":
    unittest.main()
