#!/usr/bin/env python3
"""Renewals at the NDES service under issuing_ca_file: certificates and CRLs by openssl, fetched over real HTTP."""

import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from authority import Authority
from harness import Agent, run, take_binaries
from ndes import Ndes, pkcs10

BINARIES = take_binaries(sys.argv)
NAMED = "1.3.6.1.4.1.311.20.2=ASN1:BMP:Device"
OID = "1.3.6.1.4.1.311.21.8.1.2.3"
USAGE = "extendedKeyUsage=clientAuth"


class CrlServer:
    """Answers with what stands under a path, or leads elsewhere."""

    def __init__(self):
        self.pages, self.redirects, self.asked = {}, {}, []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.asked.append(self.path)
                page = server.pages.get(self.path)
                if self.path in server.redirects:
                    self.send_response(302)
                    self.send_header("Location", server.redirects[self.path])
                else:
                    self.send_response(200 if page is not None else 404)
                self.send_header("Content-Length", str(len(page or b"")))
                self.end_headers()
                self.wfile.write(page or b"")

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://{self.host}{path}"

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class RegistrationRenewal(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="certconnector-")))
        self.ca = Authority(self.folder, "issuing-ca")
        self.ndes = Ndes(self.folder, self.ca)
        self.server = CrlServer()
        self.addCleanup(self.server.close)
        self.points = f"crlDistributionPoints=URI:{self.server.url('/ca.crl')}"

    def start(self, *keys):
        self.agent = Agent(BINARIES, self.folder, f"""[scep.ndes]
path=
template=Device
template_oid={OID}
challenge=one-time
{self.ndes.section("ndes", *keys)}""")
        self.agent.start()
        self.addCleanup(self.agent.stop)
        self.ndes.find(self.agent)

    def certificate(self, name, *extensions, days=10):
        request = pkcs10(self.folder, name)
        return self.ca.sign(request, self.folder / f"{name}.pem", "\n".join(extensions), days)

    def renew(self, name, certificate, extensions=""):
        """"verified", or the code and the message of the denial."""
        request = pkcs10(self.folder, name, stem=f"{name}-renewal", extensions=extensions)
        status, answer = self.ndes.verify(request, f"T-{name}", signer=certificate)
        self.assertEqual(200, status, answer)
        return "verified" if answer["verified"] else f"{answer['code']}: {answer['message']}"

    def test_only_a_device_certificate_of_the_services_template_renews(self):
        self.start(f"crl_hosts={self.server.host}")
        self.server.pages["/ca.crl"] = self.ca.crl()
        identified = f"1.3.6.1.4.1.311.21.7=ASN1:SEQUENCE:template\n[template]\nid=OID:{OID}\nmajor=INT:100\nminor=INT:1"
        renewing = {"named": (USAGE, self.points, NAMED), "identified": (USAGE, self.points, identified),
                    "both-usages": ("extendedKeyUsage=serverAuth,clientAuth", self.points, NAMED)}
        others = {
            "web": ("extendedKeyUsage=serverAuth", self.points, NAMED),
            "code": ("extendedKeyUsage=codeSigning", self.points, NAMED),
            "ocsp": ("extendedKeyUsage=OCSPSigning", self.points, NAMED),
            "efs": ("extendedKeyUsage=1.3.6.1.4.1.311.10.3.4", self.points, NAMED),
            "any": ("extendedKeyUsage=anyExtendedKeyUsage", self.points, NAMED),
            "without-usage": (self.points, NAMED),
            "without-template": (USAGE, self.points),
            "other-template": (USAGE, self.points, "1.3.6.1.4.1.311.20.2=ASN1:BMP:User"),
            "sub-ca": (USAGE, self.points, "basicConstraints=critical,CA:true", NAMED),
            "signs-certificates": (USAGE, self.points, "keyUsage=digitalSignature,keyCertSign", NAMED),
        }
        for name, extensions in others.items():
            self.assertRegex(self.renew(name, self.certificate(name, *extensions)), "^renewal_not_allowed: ", name)
        self.assertEqual([], self.server.asked, "no CRL is fetched for these")
        for name, extensions in renewing.items():
            self.assertEqual("verified", self.renew(name, self.certificate(name, *extensions)), name)
        self.assertEqual(["/ca.crl"], self.server.asked, "it is kept")
        self.assertRegex(self.renew("usages", self.certificate("usages", USAGE, self.points, NAMED),
                                    "extendedKeyUsage=clientAuth,codeSigning"), "^extended_key_usage_mismatch: ")
        self.assertRegex(self.renew("names", self.certificate("names", USAGE, self.points, NAMED),
                                    "subjectAltName=DNS:admin.example"), "^subject_alt_name_mismatch: ")

    def test_a_revoked_certificate_does_not_renew(self):
        self.start(f"crl_hosts={self.server.host}")
        good = self.certificate("good", USAGE, self.points, NAMED)
        revoked = self.certificate("revoked", USAGE, self.points, NAMED)
        self.server.pages["/ca.crl"] = self.ca.crl([revoked])
        self.assertRegex(self.renew("revoked", revoked), "^renewal_not_allowed: .*was revoked on")
        self.assertEqual("verified", self.renew("good", good))

    def test_what_no_crl_shows_is_refused(self):
        self.start(f"crl_hosts={self.server.host}")
        self.server.redirects["/moved.crl"] = self.server.url("/ca.crl")
        self.server.pages["/other.crl"] = Authority(self.folder, "other-ca").crl()
        self.server.pages["/partial.crl"] = self.ca.crl(
            extensions=f"issuingDistributionPoint=critical,@part\n[part]\nfullname=URI:{self.server.url('/x.crl')}")
        self.server.pages["/ca.crl"] = self.ca.crl()
        reasons = {"missing.crl": "answers 404", "moved.crl": "answers 302", "other.crl": "of another issuer",
                   "partial.crl": "other distribution points"}
        for page, reason in reasons.items():
            name = page.replace(".", "-")
            points = f"crlDistributionPoints=URI:{self.server.url('/' + page)}"
            self.assertRegex(self.renew(name, self.certificate(name, USAGE, points, NAMED)),
                             f"^revocation_unknown: .*{reason}")
        self.assertNotIn("/ca.crl", self.server.asked)
        for name, points in (("ldap", "crlDistributionPoints=URI:ldap:///CN=ca?certificateRevocationList"),
                             ("stranger", "crlDistributionPoints=URI:http://127.0.0.1:1/ca.crl"), ("silent", "")):
            self.assertRegex(self.renew(name, self.certificate(name, USAGE, points, NAMED)),
                             "^revocation_unknown: .*crl_hosts")

    def test_a_crl_file_serves_certificates_that_name_ldap_alone(self):
        file = self.folder / "issuing.crl"
        self.start(f"crl_file={file}")
        points = "crlDistributionPoints=URI:ldap:///CN=ca?certificateRevocationList"
        good = self.certificate("good", USAGE, points, NAMED)
        revoked = self.certificate("revoked", USAGE, points, NAMED)
        file.write_bytes(self.ca.crl([revoked]))
        self.assertEqual("verified", self.renew("good", good))
        self.assertRegex(self.renew("revoked", revoked), "was revoked on")

    def test_a_switch_allows_what_no_crl_shows(self):
        self.start("unknown_revocation=allow")
        self.assertEqual("verified", self.renew("device", self.certificate("device", USAGE, NAMED)))
        self.assertIn("registration.revocation_unknown", self.agent.log_text())

    def test_a_delta_crl_counts(self):
        self.start(f"crl_hosts={self.server.host}")
        good = self.certificate("good", USAGE, self.points, NAMED)
        revoked = self.certificate("revoked", USAGE, self.points, NAMED)
        self.server.pages["/ca.crl"] = self.ca.crl(number=5, extensions=f"freshestCRL=URI:{self.server.url('/ca+.crl')}")
        self.server.pages["/ca+.crl"] = self.ca.crl([revoked], number=6, extensions="2.5.29.27=critical,DER:020105")
        self.assertRegex(self.renew("revoked", revoked), "was revoked on")
        self.assertEqual("verified", self.renew("good", good))
        self.assertEqual(["/ca.crl", "/ca+.crl"], self.server.asked)

    def test_check_config_names_what_is_missing(self):
        self.start()
        said = run([BINARIES / "certconnectord", "--config", self.agent.config, "--check-config"])
        self.assertIn("none of crl_hosts, crl_url and crl_file is set", said)
        self.assertNotIn("template_oid", said)
        self.agent.config.write_text(self.agent.config.read_text().replace(f"template_oid={OID}\n", ""))
        said = run([BINARIES / "certconnectord", "--config", self.agent.config, "--check-config"])
        self.assertIn("[scep.ndes] template_oid is not set", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
