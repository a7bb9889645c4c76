#!/usr/bin/env python3
"""Every block of commands and of configuration in README and the guide, run as it stands, page by page and in order, on
a separate machine (machine.py). A page begins with a fresh installation.

PREPARE has what the page takes for granted before a block: an agent that runs, a file from somebody else. A block that
cannot run here is in LEFT_OUT with the reason; a block that is listed and not there is a failure. The inline commands
of the pages, and those that messages in the sources suggest, must be commands that exist."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import machine
from harness import HarnessError, run, take_binaries

BINARIES = take_binaries(sys.argv)
machine.enter(BINARIES)

from trials.cas import ca_of_openssl  # noqa: E402  the machine comes first
from trials.listeners import tls_files  # noqa: E402
from suggested_commands import unknown_commands  # noqa: E402
from trials.trial import Site  # noqa: E402

GUIDE = machine.SOURCE / "packaging/doc/guide"
LEFT_OUT = {
    "./packaging/quickstart.sh": "it builds the programs anew; .ci/run runs both",
    "packaging/build-deb.sh": "it builds the package, and apt needs the network; .ci/package builds and installs it",
}


class Page:
    """A page during its test."""

    def __init__(self, site, path):
        self.site, self.path = site, path
        self.folder = site.folder
        self.stdin = None

    def agent(self):
        self.site.shell("systemctl start certconnectord")
        return self.site

    def agent_with_ca(self):
        self.agent().shell("certconnector ca list | grep -q healthy || "
                           "certconnector ca create default --root --subject CN=Example")
        return self.site

    def anew(self):
        self.site.stop()
        machine.make_anew()
        return self.agent()

    def etc(self, *names):
        """Files below /etc/certconnector, made of a certificate of an own CA."""
        tls_files(self.site, 300, "DNS:agent.example")
        source = self.folder / "tls"
        for name in names:
            kind = {".key": "tls.key"}.get(Path(name).suffix, "root.pem" if "ca" in name else "tls.pem")
            self.site.shell(f"install -o certconnector -m 0600 {source}/{kind} /etc/certconnector/{name}")


def company_signs(page):
    """The company's CA signs the subordinate's request, between the two blocks."""
    folder = page.folder
    root = ca_of_openssl(folder / "company", 4000, "/CN=Company Root")
    (folder / "company/sub.ext").write_text(
        "basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,digitalSignature,keyCertSign,cRLSign\n"
        "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    run(["openssl", "x509", "-req", "-in", folder / "device-ca.csr", "-CA", root, "-CAkey", folder / "company/ca.key",
         "-CAcreateserial", "-days", "1000", "-extfile", folder / "company/sub.ext", "-out", folder / "sub.pem"])
    (folder / "device-ca-and-root.pem").write_text((folder / "sub.pem").read_text() + root.read_text())


def own_ca(page):
    """A CA that was in use with openssl: its files, its last CRL and its index, in the working folder."""
    page.anew()
    folder = page.folder
    certificate = ca_of_openssl(folder / "old", 4000)
    run(["openssl", "ca", "-gencrl", "-config", folder / "old/ca.cnf", "-cert", certificate, "-keyfile",
         folder / "old/ca.key", "-crldays", "30", "-out", folder / "last.crl"])
    run(["openssl", "pkcs12", "-export", "-in", certificate, "-inkey", folder / "old/ca.key", "-out", folder / "ca.p12",
         "-passout", "pass:secret"])
    (folder / "passphrase").write_text("secret\n")
    (folder / "passphrase").chmod(0o600)
    page.site.shell(f"cp {certificate} ca.pem; cp ca.pem ca.crt; cp old/ca.key ca.key; cp old/index.txt index.txt")


def onboarding(page):
    page.site.endpoint_at("endpoint.test")
    page.agent()
    page.stdin = page.site.file("token", page.site.endpoint.token())


def backup_is_due(page):
    page.agent_with_ca()


def backup_is_there(page):
    page.agent_with_ca().cli("ca test default")


def device_has_enrolled(page):
    page.agent_with_ca().shell("for i in $(seq 100); do certconnector scep test devices && break; sleep 0.1; done")


PREPARE = {
    "sudo certconnector status": Page.agent,
    "# a new root": Page.agent,
    "# a subordinate of the company's root: the request goes out": Page.anew,
    "# and its certificate comes in; the file ends with the root": company_signs,
    "# with its last CRL, so that what it revoked stays revoked": own_ca,
    "# the same of `openssl ca` or easy-rsa: its index has revocations and certificates": own_ca,
    "# one that has never revoked a certificate": own_ca,
    "sudo certconnector enroll            # asks for the token, so that it does not appear in the process list": onboarding,
    "sudo certconnector backup /var/backups/certconnector/monday": backup_is_due,
    "# prints the password once; the certificate gets this subject and these names (--san, repeatable), and no others":
        device_has_enrolled,
    "[http]\nlisten = 127.0.0.1:8080": lambda page: page.etc("scep.pem", "scep.key"),
    "[scep.ndes]": lambda page: page.etc("registration.pem", "registration.key", "ndes-ca.pem", "enterprise-ca.pem"),
    "journalctl -u certconnectord -p warning -n 20": Page.agent,
}


def pages():
    readme = machine.SOURCE / "README.md"
    names = re.findall(r"\]\(packaging/doc/guide/(\w+\.md)\)", readme.read_text())
    missing = {page.name for page in GUIDE.glob("*.md")} - set(names)
    if missing:
        raise HarnessError(f"README does not lead to {missing}")
    return [readme, *(GUIDE / name for name in dict.fromkeys(names))]


def blocks(page):
    """(language, text) of each fenced block; every block has a language."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def key_of(text, table):
    return next((key for key in table if text.startswith(key)), None)


def run_block(page, language, text):
    page.stdin = None
    key = key_of(text, PREPARE)
    if key:
        PREPARE[key](page)
    if language == "ini":
        with machine.CONFIGURATION.open("a") as file:
            file.write("\n" + text)
        checked = page.site.shell("certconnectord --check-config")
        assert "is in order" in checked.stdout, checked
        if machine.service_is_up():
            page.site.shell("systemctl restart certconnectord")
        return key
    cwd = machine.SOURCE if page.path.name == "README.md" else page.folder
    run_commands(text, cwd, page.stdin)
    return key


def run_commands(text, cwd, stdin):
    """As a shell runs it; what it leaves in the background ends with it."""
    with tempfile.TemporaryFile("w+") as output:
        shell = subprocess.Popen(["bash", "-e", "-o", "pipefail", "-c", text], cwd=cwd, text=True, stdout=output,
                                 stderr=output, stdin=stdin or subprocess.DEVNULL, start_new_session=True)
        try:
            code = shell.wait(timeout=120)
        except subprocess.TimeoutExpired:
            code = "the end of its time"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
        output.seek(0)
        if code != 0:
            raise HarnessError(f"it ended with {code}\n{output.read()}")


def run_page(path, used):
    machine.make_anew()
    folder = Path(tempfile.mkdtemp(prefix="certconnector-"))
    folder.chmod(0o755)
    site = Site(folder)
    page = Page(site, path)
    failures = []
    try:
        for language, text in blocks(path):
            first = text.splitlines()[0]
            left_out = key_of(text, LEFT_OUT)
            if left_out:
                used.add(left_out)
                print(f"  left out: {first}: {LEFT_OUT[left_out]}")
            elif language in ("sh", "ini"):
                try:
                    used.add(run_block(page, language, text))
                    print(f"  ran: {first}", flush=True)
                except (HarnessError, AssertionError, subprocess.SubprocessError) as error:
                    failures.append(f"{path.name}: {first}\n{error}\n{site.log()[-1500:]}")
            elif language == "bat":
                print(f"  left out: {first}: a command of Windows, not run here")
            elif language != "text":
                failures.append(f"{path.name}: a block without a language: {first}")
    finally:
        site.close()
    return failures


def main():
    failures, used = [], set()
    for path in pages():
        print(path.name, flush=True)
        failures += run_page(path, used)
    for listed in (*LEFT_OUT, *PREPARE):
        if listed not in used:
            failures.append(f"listed in this test, and no block begins so: {listed}")
    failures += unknown_commands(pages())
    for failure in failures:
        print(f"FAILED: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
