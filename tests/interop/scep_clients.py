"""SCEP clients that this project did not write, behind one set of verbs.

Each client keeps its key and certificate in a separate folder, as a device does. enroll() and renew() give an
Outcome, whose text is the client's output. Each call of a program has a time limit.
"""

import hashlib
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from harness import HarnessError, run, wait_until  # noqa: E402

# How a request ended, as the client sees it.
ISSUED = "issued"
REFUSED = "refused"  # the server answered FAILURE
PENDING = "pending"  # the server answered PENDING until the client gave up
UNREACHABLE = "unreachable"  # no answer that the client understands, so it would try again
FAILED = "failed"  # the client gave up for another reason: see the text


@dataclass
class Outcome:
    kind: str
    certificate: str = ""  # PEM, when it was issued
    text: str = ""  # the client's own output


@dataclass
class Order:
    """The request of a device."""

    subject: str  # "CN=device-1,O=Test", in the order of the certificate
    challenge: str
    san: str = ""  # a DNS name
    bits: int = 2048


def run_client(command, folder, environment=None, timeout=30, when=None):
    """Runs a program to its end: (exit code, standard output, all it said). `when` is (a text, what to do once the
    program has said it)."""
    said = []
    with open(Path(folder) / "stdout", "w+b") as out:
        process = subprocess.Popen([str(c) for c in command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=subprocess.PIPE, text=True, errors="replace")
        limit = threading.Timer(timeout, process.kill)
        limit.start()
        try:
            for line in process.stderr:
                said.append(line)
                if when and when[0] in line:
                    text, act = when
                    when = None
                    act()
            code = process.wait()
        finally:
            limit.cancel()
            process.kill()
            process.stderr.close()
            process.wait()
        out.seek(0)
        printed = out.read().decode(errors="replace")
    return code, printed, "".join(said) + printed


def certificates_in(text):
    """Each PEM certificate in a text."""
    return re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", text, re.DOTALL)


def fetch_recipient(url, folder):
    """GetCACert: PEM of the certificate that requests are encrypted to."""
    with urllib.request.urlopen(url + "?operation=GetCACert", timeout=10) as answer:
        kind, body = answer.headers.get_content_type(), answer.read()
    if kind == "application/x-x509-ca-cert":
        return ssl.DER_cert_to_PEM_cert(body)
    bundle = Path(folder) / "get-ca-cert.p7b"
    bundle.write_bytes(body)
    for pem in certificates_in(run(["openssl", "pkcs7", "-inform", "DER", "-print_certs", "-in", bundle])):
        if "Key Encipherment" in run(["openssl", "x509", "-noout", "-ext", "keyUsage"], input=pem):
            return pem
    raise HarnessError("GetCACert offers no certificate to encrypt to")


def certificate_in(path):
    """The PEM in a file that a client wrote; nothing when it wrote none."""
    text = Path(path).read_text() if Path(path).exists() else ""
    return text if text.startswith("-----BEGIN CERTIFICATE-----") else ""


class StrongSwan:
    """strongSwan's `pki --scepca` and `pki --scep`. Needs the CA's certificates to verify the answers."""

    name = "strongswan"

    def __init__(self, folder, url, ca_chain):
        self.folder = Path(folder)
        self.url = url
        self.trusted = [self.write(f"trusted-{i}.pem", pem) for i, pem in enumerate(ca_chain)]
        self.keys = 0
        self.current = None  # (key, certificate) files of what was issued last

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def fetch_ca(self):
        """GetCACert: the file of the certificate that signs the answers, the RA's if there is one."""
        code, _, text = run_client(["pki", "--scepca", "--url", self.url, "--caout", self.folder / "ca.pem", "--raout",
                                    self.folder / "ra.pem", "--outform", "pem", "--force"], self.folder)
        if code != 0:
            raise HarnessError("pki --scepca: " + text)
        ra = self.folder / "ra.pem"
        return ra if ra.exists() else self.folder / "ca.pem"

    def enroll(self, order, when_pending=None):
        return self.request(order, ["--password", order.challenge], when_pending)

    def renew(self, order, new_key=True):
        key, certificate = self.current
        return self.request(order, ["--cert", certificate, "--key", key], key=None if new_key else key)

    def request(self, order, options, when_pending=None, key=None):
        if key is None:
            self.keys += 1
            key = self.folder / f"key-{self.keys}.pem"
            run(["openssl", "genrsa", "-out", key, order.bits])
        signed_by = self.fetch_ca()
        names = ["--san", order.san] if order.san else []
        trust = [part for path in self.trusted for part in ("--cacert", path)]
        code, printed, text = run_client(
            ["pki", "--scep", "--url", self.url, "--in", key, "--dn", order.subject, *names, *options, "--cacert-enc",
             signed_by, "--cacert-sig", signed_by, *trust, "--interval", "1", "--maxpolltime",
             "20" if when_pending else "1", "--outform", "pem"],
            self.folder, when=("request pending", when_pending) if when_pending else None)
        if code == 0 and printed.startswith("-----BEGIN CERTIFICATE-----"):
            self.current = (key, self.write(f"{key.stem}.crt", printed))
            return Outcome(ISSUED, printed, text)
        if "failInfo:" in text:
            return Outcome(REFUSED, text=text)
        return Outcome(PENDING if "request pending" in text else FAILED, text=text)

    def close(self):
        pass


class MicroMdm:
    """micromdm's scepclient. Whatever the server offers, it encrypts with single DES and signs with SHA-1. It asks for
    no SAN. It renews when it finds a certificate beside its key, and sends its old request, challenge included."""

    name = "micromdm"

    def __init__(self, folder, url, ca_chain):
        del ca_chain  # it believes what GetCACert says
        self.folder = Path(folder)
        self.url = url
        self.certificate = self.folder / "client.pem"

    def enroll(self, order, when_pending=None):
        del when_pending  # it would sleep 30 s between two polls
        for left in ("client.pem", "client.key", "csr.pem", "self.pem"):
            (self.folder / left).unlink(missing_ok=True)
        return self.request(order, ["-challenge", order.challenge])

    def renew(self, order, new_key=False):
        assert not new_key, "scepclient renews with the same key"
        before = certificate_in(self.certificate)
        outcome = self.request(order, [])
        if outcome.kind == ISSUED and outcome.certificate == before:
            return Outcome(FAILED, text="scepclient kept its certificate\n" + outcome.text)
        return outcome

    def fingerprint(self):
        """Without it scepclient encrypts to all that GetCACert gives, and dies of an EC key."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(fetch_recipient(self.url, self.folder))).hexdigest()

    def request(self, order, options):
        name = dict(part.split("=", 1) for part in order.subject.split(","))
        code, _, text = run_client(
            ["scepclient", "-private-key", self.folder / "client.key", "-certificate", self.certificate, "-server-url",
             self.url, "-ca-fingerprint", self.fingerprint(), "-keySize", order.bits, "-cn", name["CN"], "-organization", name.get("O", ""), "-ou",
             name.get("OU", ""), "-country", name.get("C", ""), *options],
            self.folder, timeout=20)
        if code == 0 and certificate_in(self.certificate):
            return Outcome(ISSUED, certificate_in(self.certificate), text)
        if "failInfo" in text:
            return Outcome(REFUSED, text=text)
        return Outcome(PENDING if "PENDING" in text else FAILED, text=text)

    def close(self):
        pass


class CertMonger:
    """certmonger's daemon on a separate session bus, and getcert. It fetches capabilities and RA certificates by
    itself, and keeps the challenge password for renewals."""

    name = "certmonger"
    CA = "tested"
    SUBMIT = "/usr/lib/certmonger/certmonger-session"
    KINDS = {"MONITORING": ISSUED, "CA_REJECTED": REFUSED, "CA_WORKING": PENDING, "CA_UNREACHABLE": UNREACHABLE}
    ENDS = (*KINDS, "NEED_GUIDANCE", "CA_UNCONFIGURED", "NEED_CA")

    def __init__(self, folder, url, ca_chain):
        self.folder = Path(folder)
        self.url = url
        self.chain = self.folder / "chain.pem"
        self.chain.write_text("".join(ca_chain))
        self.certificate = self.folder / "cert.pem"
        self.key = self.folder / "key.pem"
        self.orders = 0
        self.processes = []
        # A socket's path may have 107 characters: too few for a folder in a folder.
        self.bus_folder = tempfile.TemporaryDirectory(prefix="cc-bus-")
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        for name in ("requests", "cas", "local"):
            (self.folder / name).mkdir()
        (self.folder / "certmonger.conf").write_text("[defaults]\nnotification_method = none\n")
        address = f"unix:path={self.bus_folder.name}/bus"
        self.environment = dict(
            os.environ, HOME=str(self.folder), DBUS_SESSION_BUS_ADDRESS=address, LC_ALL="C",
            CERTMONGER_CONFIG_DIR=str(self.folder), CERTMONGER_TMPDIR=str(self.folder),
            CERTMONGER_REQUESTS_DIR=str(self.folder / "requests"), CERTMONGER_CAS_DIR=str(self.folder / "cas"),
            CERTMONGER_LOCAL_CA_DIR=str(self.folder / "local"))
        self.spawn("bus", ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--address", address])
        wait_until(lambda: Path(self.bus_folder.name, "bus").exists(), "the session bus")
        self.spawn("certmonger", [self.SUBMIT, "-n", "-d", "2"])
        wait_until(lambda: self.getcert("list-cas")[0] == 0, "certmonger")
        code, _, text = self.getcert("add-scep-ca", "-c", self.CA, "-u", self.url, "-N", self.chain)
        if code != 0:
            raise HarnessError("getcert add-scep-ca: " + text)

    def spawn(self, name, command):
        with open(self.folder / f"{name}.log", "wb") as log:
            self.processes.append(subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                                                   stderr=log, start_new_session=True))

    def getcert(self, verb, *arguments):
        return run_client(["getcert", verb, "-s", *arguments], self.folder, self.environment)

    def status(self):
        """(state, what getcert lists) of the request at hand."""
        _, _, text = self.getcert("list", "-f", self.certificate)
        lines = [line.split(":", 1) for line in text.splitlines() if ":" in line]
        return {key.strip(): value.strip() for key, value in lines}.get("status", ""), text

    def enroll(self, order, when_pending=None):
        # One request is one key and certificate: a second one is another device to certmonger.
        self.orders += 1
        self.key = self.folder / f"key-{self.orders}.pem"
        self.certificate = self.folder / f"cert-{self.orders}.pem"
        names = ["-D", order.san] if order.san else []
        self.getcert("request", "-c", self.CA, "-k", self.key, "-f", self.certificate, "-g", order.bits, "-N",
                     order.subject, *names, "-L", order.challenge)
        outcome = self.await_end()
        # A PENDING without content is no answer to it either.
        if when_pending and outcome.kind in (PENDING, UNREACHABLE):
            when_pending()
            self.getcert("refresh", "-f", self.certificate)
            outcome = self.await_end(("CA_WORKING", "CA_UNREACHABLE"))
        return outcome

    def renew(self, order, new_key=True):
        before = certificate_in(self.certificate)
        if new_key:
            self.getcert("rekey", "-f", self.certificate, "-g", order.bits)
        else:
            self.getcert("resubmit", "-f", self.certificate)
        return self.await_end(unlike=before)

    def await_end(self, passing=(), unlike=None):
        """Waits until the request is at rest. `unlike`: a certificate that does not end a renewal."""

        def rests():
            state, text = self.status()
            if state not in self.ENDS or state in passing:
                return None
            certificate = certificate_in(self.certificate)
            return None if state == "MONITORING" and certificate == unlike else (state, certificate, text)

        try:
            state, certificate, text = wait_until(rests, "certmonger to end its request", timeout=30, interval=0.1)
        except HarnessError:
            return Outcome(FAILED, text=self.status()[1] + self.log_text())
        kind = self.KINDS.get(state, FAILED)
        return Outcome(kind, certificate if kind == ISSUED else "", text if kind != FAILED else text + self.log_text())

    def log_text(self):
        return (self.folder / "certmonger.log").read_text(errors="replace")

    def close(self):
        # The helpers too, which would go on writing into the folder.
        for process in reversed(self.processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.bus_folder.cleanup()


CLIENTS = (StrongSwan, CertMonger, MicroMdm)
