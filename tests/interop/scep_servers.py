"""SCEP services on loopback, for the clients of scep_clients.py. A service has a url, the ca_chain (PEM, issuing CA
first), the challenge that it takes, and a way to approve what it holds back."""

import json
import socket
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from scep_clients import HarnessError, certificates_in, run, wait_until
from harness import Agent

CHALLENGE = "interop-Secret.1"  # PrintableString


@dataclass
class Service:
    url: str
    ca_chain: list
    challenge: str = CHALLENGE
    approve_all: Callable = None


def answers(url):
    """Whether the server can enroll: GetCACert answers with certificates."""
    try:
        with urllib.request.urlopen(url + "?operation=GetCACert", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def free_port():
    """For a program that cannot say which port it took. Another may take it first: start again then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ServerProcess:
    """The process of somebody else's server; its class sets `process` and `services`."""

    process = None

    @property
    def pid(self):
        return self.process.pid

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()

    def is_serving(self, url, name, ca_chain):
        """Once it answers; False: it has ended, as when another program took its port first."""
        wait_until(lambda: self.process.poll() is not None or answers(url), name)
        self.services = {"rsa": Service(url, ca_chain())}
        return self.process.poll() is None


class MicroMdmServer(ServerProcess):
    """micromdm's scepserver with an RSA CA, which answers with single DES and signs with SHA-1."""

    def __init__(self, folder, program="scepserver"):
        self.program = program
        self.depot = Path(folder) / "depot"
        self.log = Path(folder) / "scepserver.log"

    def __enter__(self):
        run([self.program, "ca", "-init", "-depot", self.depot, "-keySize", "2048"])
        for _ in range(3):
            if self.start(free_port()):
                return self
        raise HarnessError("scepserver: " + self.log.read_text())

    def start(self, port):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "-depot", self.depot, "-port", str(port), "-challenge", CHALLENGE, "-allowrenew", "0"],
                stdout=log, stderr=log)
        return self.is_serving(f"http://127.0.0.1:{port}/scep", "scepserver",
                               lambda: [(self.depot / "ca.pem").read_text()])


class OurAgent:
    """certconnectord with a service for an RSA CA, at the path of NDES, one for a P-256 CA, and one with one-time
    passwords for the RSA CA."""

    CONFIGURATION = """[log]
format = json
[http]
listen = 127.0.0.1:0
[ca.rsa]
[ca.ec]
[template.device]
{template}
[scep.rsa]
ca = rsa
path = /certsrv/mscep/mscep.dll
{service}
[scep.ec]
ca = ec
path = /scep/ec
{service}
[scep.one-time]
ca = rsa
path = /scep/one-time
template = device
"""
    SERVICE = """challenge = static
challenge_file = {secret}
template = device
renewal_window = 3650d
allow_sha1 = {legacy}
allow_triple_des = no
allow_insecure_des = {legacy}
ndes_failures = {ndes}"""
    PATHS = {"rsa": "/certsrv/mscep/mscep.dll", "ec": "/scep/ec"}

    def __init__(self, binaries, folder, legacy=False, ndes_failures=False, approval=False):
        secret = Path(folder) / "challenge"
        secret.write_text(CHALLENGE)
        secret.chmod(0o600)
        yes = {True: "yes", False: "no"}
        service = self.SERVICE.format(secret=secret, legacy=yes[legacy], ndes=yes[ndes_failures])
        self.agent = Agent(binaries, folder, self.CONFIGURATION.format(
            service=service, template=f"approval = {yes[approval]}"))

    def __enter__(self):
        self.agent.start()
        try:
            self.services = {name: self.service(name, key) for name, key in (("rsa", "rsa:2048"), ("ec", "ec:256"))}
            return self
        except BaseException:
            self.__exit__()
            raise

    def service(self, name, key):
        self.agent.cli("ca", "create", name, "--root", "--subject", f"CN=Interop {name} CA,O=Test", "--key", key)
        chain = certificates_in(self.agent.cli("ca", "export", "--format", "pem", "--chain", name))
        url = f"http://127.0.0.1:{self.port()}{self.PATHS[name]}"
        wait_until(lambda: answers(url), f"the SCEP service at {url}", timeout=20)
        return Service(url, chain, CHALLENGE, self.approve_all)

    def one_time(self):
        """The service with one-time passwords and a fresh one of them, and that one's id."""
        url = f"http://127.0.0.1:{self.port()}/scep/one-time"
        wait_until(lambda: answers(url), f"the SCEP service at {url}", timeout=20)
        made = self.agent.json("challenge", "new", "--service", "one-time")
        return Service(url, self.services["rsa"].ca_chain, made["password"]), made["id"]

    def challenge_state(self, challenge):
        """As `certconnector challenge list` has it."""
        known = self.agent.json("challenge", "list")["challenges"]
        return next(one["state"] for one in known if one["id"] == challenge)

    def logged(self, event):
        """The entries of the agent's log with this event, oldest first."""
        entries = [json.loads(line) for line in self.agent.log_text().splitlines() if line.startswith("{")]
        return [entry for entry in entries if entry.get("event") == event]

    def port(self):
        """The port that the agent took, from its log."""
        started = self.logged("http.started")
        if not started:
            raise HarnessError("the agent's log names no port: " + self.agent.log_text())
        return started[0]["port"]

    def approve_all(self):
        """Approves what waits for a person."""
        waiting = wait_until(lambda: self.agent.json("jobs", "list", "--state", "waiting")["jobs"], "a waiting job")
        for job in waiting:
            self.agent.cli("jobs", "approve", job["id"])

    @property
    def pid(self):
        return self.agent.process.pid

    def __exit__(self, *_):
        try:
            self.agent.stop()
        except subprocess.TimeoutExpired:
            self.agent.kill()
