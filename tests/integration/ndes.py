"""The NDES of the tests: calls the agent's NDES service as its policy module does, and has a separate CA."""

import http.client
import json
import re
import ssl
from pathlib import Path

from authority import Authority
from harness import run

PATH = "/CertificateRegistrationSvc/v1/"


def pkcs10(folder, name, challenge=None, stem=None, extensions=""):
    """The PKCS#10 of a device with a new key, a file of PEM. challenge: None for none. stem: of the files, else name.
    extensions: lines of openssl's configuration."""
    folder, stem = Path(folder), stem or name
    text = folder / f"{stem}.cnf"
    lines = ["[req]", "prompt=no", "distinguished_name=dn"]
    lines += ["attributes=attributes"] if challenge else []
    lines += ["req_extensions=extensions"] if extensions else []
    lines += ["[dn]", f"CN={name}", "[attributes]", f"challengePassword={challenge}", "[extensions]", extensions, ""]
    text.write_text("\n".join(lines))
    out = folder / f"{stem}.csr"
    run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
         folder / f"{stem}.key", "-config", text, "-out", out])
    text.unlink()
    return out


def body_of(pem):
    return "".join(line for line in Path(pem).read_text().splitlines() if not line.startswith("-"))


class Ndes:
    """Writes the NDES service's section of the agent's configuration and calls the service. Thread-safe. issuing_ca:
    an Authority."""

    def __init__(self, folder, issuing_ca, template="Device", address="127.0.0.1"):
        self.folder, self.issuing_ca, self.template, self.address = Path(folder), issuing_ca, template, address
        self.contexts = {}  # of TLS, by the caller's certificate
        self.tls = Authority(self.folder, "tls-ca")
        self.server_key, self.server = self.tls.issue("server", f"subjectAltName=IP:{address}")
        self.server_key.chmod(0o600)
        self.key, self.certificate = self.tls.issue("ndes", "extendedKeyUsage=clientAuth\nsubjectAltName=DNS:ndes.example")
        self.port = 0

    def section(self, service, *more):
        return "\n".join(("[registration]", f"listen={self.address}:{self.port}", f"certificate_file={self.server}",
                          f"key_file={self.server_key}", f"client_ca_file={self.tls.certificate}",
                          "allow=dns:ndes.example", f"service={service}",
                          f"issuing_ca_file={self.issuing_ca.certificate}", *more, ""))

    def find(self, agent):
        """The port that the agent took, by its log."""
        self.port = int(re.findall(r"registration\.started.*?port=(\d+)", agent.log_text())[-1])
        return self

    def call(self, operation, body, caller=None):
        """Status and answer. A broken connection is an OSError or an http.client.HTTPException. caller: key and
        certificate of another client."""
        connection = http.client.HTTPSConnection(self.address, self.port, timeout=10,
                                                 context=self.context(*(caller or (self.key, self.certificate))))
        try:
            connection.request("POST", PATH + operation, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def context(self, key, certificate):
        if certificate not in self.contexts:
            made = ssl.create_default_context(cafile=str(self.tls.certificate))
            made.load_cert_chain(certificate, key)
            self.contexts[certificate] = made
        return self.contexts[certificate]

    def challenge(self):
        return self.call("challenge", {"template": self.template})

    def verify(self, request, transaction, caller=None, signer=None):
        """signer: the certificate of a renewal."""
        asked = {"pkcs10": body_of(request), "template": self.template, "transaction_id": transaction}
        if signer:
            asked["signing_certificate"] = body_of(signer)
        return self.call("verify", asked, caller)

    def notify(self, transaction, challenge, disposition, certificate=None):
        report = {"challenge": challenge, "transaction_id": transaction, "disposition": disposition}
        if certificate:
            report["certificate"] = body_of(certificate)
        return self.call("notify", report)

    def issue(self, request, days=10):
        """The certificate of its CA for a request, a file of PEM beside it."""
        return self.issuing_ca.sign(request, Path(request).with_suffix(".pem"), "extendedKeyUsage=clientAuth", days)
