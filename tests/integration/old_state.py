"""The state folder of an older release (tests/data/state-b3185be): its configuration, how to restore it, and the
output of the CLI. For the test, and for the script that made it."""

import json
import re
import shutil
import sqlite3
import tarfile
import time
from datetime import datetime, timedelta

from authority import Authority
from harness import SOURCE, Agent, Endpoint, wait_until
from ndes import Ndes
from scep_client import ScepClient

DATA = SOURCE / "tests/data/state-b3185be"
ARCHIVE = DATA / "state.tar.gz"
EXPECTED = DATA / "expected.json"
ISSUER = "https://mdm.example"
STATIC_PASSWORD = "laboratory-password"
# Times of a process are milliseconds since 1970 in these columns. restore() moves them by the age of the folder, so
# that leases, passwords and deadlines have as much time left as then. It cannot move certificates and CRLs: they are
# valid for ten years.
TIMES = {
    "agent/state/queue.db": {
        "job": ("deadline", "received", "due", "claim_until", "lease_until", "lease_watch", "expires", "started",
                "finished", "report_at", "reported", "closed_at", "outside"),
        "event": ("at",),
        "enrollment": ("at", "remember_until", "forget_at"),
        "challenge_password": ("made_at", "valid_until", "revoked_at"),
        "challenge_revocation": ("revoked_at", "forget_at"),
    },
    "endpoint/endpoint.db": {
        "tokens": ("expires_at",),
        "jobs": ("lease_until", "available_at", "finished_at"),
        "leases": ("given_at",),
        "results": ("received_at",),
        "challenges": ("expires_at",),
        "enrollments": ("requested_at", "received_at"),
    },
}
CONFIGURATION = """[http]
listen=127.0.0.1:0
[management]
poll_wait=1s
request_timeout=5s
lease={lease}
[retry]
base=50ms
cap=500ms
[ca.default]
concurrency=1
batch=1
crl_min_interval=1s
[template.device]
validity=3650d
[template.guarded]
validity=3650d
approval=yes
[scep.codes]
path=/scep/codes
challenge=one-time
password_max=0
password_validity=30d
{common}[scep.prompt]
path=/scep/prompt
{signed}{common}[scep.reported]
path=/scep/reported
deliver_after_report=yes
{signed}{common}[scep.asked]
path=/scep/asked
challenge=endpoint
{common}[scep.static]
path=/scep/static
challenge=static
challenge_file={static}
{common}[scep.guarded]
ca=default
template=guarded
path=/scep/guarded
challenge=one-time
password_max=0
answer_within=1s
ra_validity=3650d
[scep.ndes]
ca=default
path=
template=NdesDevice
challenge=one-time
password_max=0
password_validity=30d
report=yes
{registration}{lab}"""
COMMON = "ca=default\ntemplate=device\nrenewal_window=3650d\nra_validity=3650d\nanswer_within=5s\n"


class OldSite:
    """Endpoint, agent, NDES and devices around a state folder, existing or new."""

    def __init__(self, binaries, folder):
        self.folder = folder
        self.devices = folder / "devices"
        self.devices.mkdir(exist_ok=True)
        self.endpoint = Endpoint(binaries, folder, "--client-lifetime", "3649d", "--redelivery", "2s")
        self.agent = Agent(binaries, folder)
        keys = folder / "keys"
        keys.mkdir()
        self.ndes = Ndes(keys, self.issuing_ca(), "NdesDevice")
        self.static = keys / "static"
        self.static.write_text(STATIC_PASSWORD + "\n")
        self.static.chmod(0o600)
        self.url = ""

    def issuing_ca(self):
        """The CA of the NDES; its key is one of the devices' files."""
        if (self.devices / "ndes-ca.key").exists():
            return Authority.kept(self.devices, "ndes-ca")
        return Authority(self.devices, "ndes-ca", days=3650)

    def configure(self, lease="1h", notify_within="24h", lab=True):
        keys = self.folder / "keys" / "challenge-keys.pem"
        keys.write_text(self.endpoint.verb("challenge-keys"))
        signed = f"challenge=signed\nchallenge_issuer={ISSUER}\nchallenge_keys_file={keys}\n"
        self.ndes.port = 0
        self.agent.configure(CONFIGURATION.format(
            lease=lease, common=COMMON, signed=signed, static=self.static, lab="[ca.lab]\n" if lab else "",
            registration=self.ndes.section("ndes", f"notify_within={notify_within}")))

    def start(self, **how):
        self.agent.start(**how)
        log = self.agent.log_text()
        self.url = "http://127.0.0.1:" + re.findall(r"http\.started.*?port=(\d+)", log)[-1]
        self.ndes.find(self.agent)
        return self

    def start_without_reports(self):
        """On a folder that `certconnector pause` marked, and at an endpoint that takes nothing: all stays as it is."""
        self.endpoint.start()
        self.endpoint.verb("faults", "status_503_percent=100")
        known = self.agent.state / "identity" / "endpoint.json"
        known.write_text(json.dumps(json.loads(known.read_text()) | {"url": self.endpoint.info["url"]}))
        self.configure()
        return self.start()

    def stop(self):
        self.agent.stop()
        self.endpoint.stop()

    def device(self, name, service):
        return ScepClient(self.devices, name, f"{self.url}/scep/{service}")

    def signed_challenge(self, service, device, lifetime=366 * 86400):
        return self.endpoint.admin("POST", "/admin/v1/challenges", {
            "service": service, "device": device, "subject": f"CN={device},O=Devices", "issuer": ISSUER,
            "lifetime_seconds": lifetime, "starts_in_seconds": 0})

    def result_of(self, job, timeout=30):
        return wait_until(lambda: self.endpoint.admin("GET", f"/admin/v1/jobs/{job}").get("result"),
                          f"the result of {job}", timeout)

    def job(self, name):
        return self.agent.json("jobs", "show", name)["jobs"][0]

    def jobs(self):
        return self.agent.json("jobs", "list", "--limit", "1000")["jobs"]

    def view(self):
        """The agent's state, by its CLI."""
        return {
            "jobs": [without_hresult_hex(without_start(self.job(job["id"]))) for job in self.jobs()],
            "certificates": by_serial(without_lineage(certificate) for certificate in self.agent.json(
                "certs", "list", "--limit", "500")["certificates"] if "job" in certificate),
            "challenges": {name: value for name, value in self.agent.json("challenge", "list").items()
                           if name in ("challenges", "revoked")},
            "identity": {name: value for name, value in self.agent.json("identity", "show")["identity"].items()
                         if name != "renew_at"},  # a random moment, anew at each start
            "authorities": [{name: ca[name] for name in ("name", "sha256", "certificates", "subject")}
                            for ca in self.agent.json("ca", "list")["authorities"]],
            "registration_authorities": {service["name"]: service.get("ra", {}).get("serial")
                                         for service in self.agent.json("scep", "list")["services"]},
        }


def by_serial(certificates):
    """The older release listed them in the order of their jobs."""
    return sorted(certificates, key=lambda certificate: certificate["serial"])


def without_lineage(certificate):
    """The older release knew none."""
    return {name: value for name, value in certificate.items() if name != "lineage"}


def without_hresult_hex(job):
    """The older release had the number alone."""
    if "outcome" in job:
        job["outcome"] = {name: value for name, value in job["outcome"].items() if name != "hresult_hex"}
    return job


def without_start(job):
    """A job that ran when the agent died is due when it starts again, so this time cannot be compared."""
    interrupted = [event for event in job.get("history", []) if event["kind"] == "interrupted"]
    if interrupted and job["state"] == "queued":
        for holder, name in ((job, "due"), (interrupted[-1], "at")):
            del holder[name]
    return job


def made_at():
    return json.loads(EXPECTED.read_text())["made_at"]


def restore(folder):
    """Restores the folder in another place. Returns the milliseconds by which it moved the times."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder)
        for member in archive:
            if not member.issym():  # only the owner may read keys
                (folder / member.name).chmod(member.mode)
    moved = int(time.time() - made_at() / 1000) * 1000
    for database, tables in TIMES.items():
        connection = sqlite3.connect(folder / database)
        with connection:
            for table, columns in tables.items():
                connection.execute(f"UPDATE {table} SET " + ", ".join(f"{c} = {c} + {moved}" for c in columns))
        connection.close()
    return moved


def copy_state(site, folder):
    """The archive's parts, without the files that only a running process needs."""
    rubbish = shutil.ignore_patterns("*-shm", "lock", "*.log", "ready.json", "admin.json", "*.cnf", "*.srl", "ra.pem",
                                     "*.own.pem")
    for part in ("agent/state", "endpoint", "devices"):
        shutil.copytree(site.folder / part, folder / part, symlinks=True, ignore=rubbish)


TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


def later(text, moved):
    """The text with every time so many milliseconds later."""
    def move(found):
        digits = 3 if found[1] else 0
        at = datetime.fromisoformat(found[0][:-1]) + timedelta(milliseconds=moved)
        return at.isoformat(timespec="milliseconds" if digits else "seconds") + "Z"

    return TIME.sub(move, text)


def differences(expected, actual, moved, where=""):
    """The differences; a time may be the old one, or moved."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in expected.keys() | actual.keys():
            yield from differences(expected.get(key), actual.get(key), moved, f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for at, (one, other) in enumerate(zip(expected, actual)):
            yield from differences(one, other, moved, f"{where}[{at}]")
    elif expected != actual and not (isinstance(expected, str) and later(expected, moved) == actual):
        yield f"{where}: {expected!r} is now {actual!r}"
