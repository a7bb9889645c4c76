"""An NDES with many devices, whose agent dies and comes back: it repeats each call until it has a final answer. Some
devices show their challenge twice at once. Some requests fail at the CA and come again, some are pending first. NDES
reports some outcomes twice."""

import collections
import http.client
import random
import shutil
import sqlite3
import tempfile
import threading
from pathlib import Path

from authority import Authority
from ndes import Ndes, pkcs10
from scep_client import elements, to_der
from scep_site import ScepSetUp

SERVICE = "ndes"
SECTION = """[scep.ndes]
path=
template=NdesDevice
challenge=one-time
password_max=0
report=yes
"""
THREADS = 4
TWINS, FAILURES, PENDING, AGAIN = 25, 15, 20, 25  # percent of the devices
LONGEST_PAUSE = 0.05  # seconds between two attempts
TAKEN = ("challenge_in_use", "challenge_used")


class NdesSite(ScepSetUp):
    """A site whose agent also has an NDES service."""

    def __enter__(self):
        folder = self.folder / "ndes"
        folder.mkdir()
        self.ndes = Ndes(folder, Authority(folder, "ndes-ca"), "NdesDevice", self.address)
        return super().__enter__()

    def services(self, signed):
        return super().services(signed) + SECTION + self.ndes.section(SERVICE)

    def take_ports(self):
        super().take_ports()
        self.ndes.find(self.agent)


class Stopped(Exception):
    """The crowd has to end at once."""


class Laptop:
    """A device as the NDES knows it."""

    def __init__(self, name, challenge):
        self.name, self.challenge = name, challenge
        self.verified, self.failed = [], []  # transactions
        self.certificates = {}  # DER from the NDES's CA, by transaction
        self.acknowledged = set()  # of these, the transactions whose outcome the agent acknowledged


class NdesCrowd:
    """Runs from start() to finish(). Call look_at_disk() while the agent is dead."""

    def __init__(self, site, number):
        self.site, self.number = site, number
        self.folder = site.folder / f"ndes-crowd-{number}"
        self.folder.mkdir()
        self.devices = []
        self.findings = collections.defaultdict(list)  # {fault: devices or transactions}
        self.lock = threading.Lock()
        self.finishing, self.stopping = threading.Event(), threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(THREADS)]
        self.errors = []

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def finish(self):
        """Begins no new devices, and waits for those that began."""
        self.finishing.set()
        for thread in self.threads:
            thread.join(timeout=120)
        if self.errors or any(thread.is_alive() for thread in self.threads):
            self.kill()
            raise self.errors[0] if self.errors else TimeoutError("the NDES has no answers")
        return self

    def kill(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def work(self):
        try:
            while not self.finishing.is_set():
                self.serve()
        except Stopped:
            pass
        except Exception as error:  # pylint: disable=broad-except
            self.errors.append(error)
            self.finishing.set()

    # The NDES's part

    def serve(self):
        device = self.begin()
        transaction = f"T-{device.name}"
        if random.randrange(100) < TWINS:
            transaction = self.verify_twins(device)
        else:
            self.must_verify(device, transaction)
            if random.randrange(100) < FAILURES:
                transaction = self.fail(device, transaction)
        if transaction is None:
            return
        self.tell(device, transaction)
        self.look_at_thief(device)

    def begin(self):
        _, answer = self.answer(self.site.ndes.challenge)
        with self.lock:
            device = Laptop(f"laptop-{self.number:03}-{len(self.devices):05}", answer["challenge"])
            self.devices.append(device)
        return device

    def answer(self, call, *arguments):
        while not self.stopping.is_set():
            try:
                status, body = call(*arguments)
                if status != 503:
                    return status, body
            except (OSError, http.client.HTTPException):
                pass
            self.stopping.wait(random.uniform(0, LONGEST_PAUSE))
        raise Stopped

    def request(self, device, transaction):
        """The file; each transaction has another key."""
        file = self.folder / f"{transaction}.csr"
        return file if file.exists() else pkcs10(self.folder, transaction, device.challenge)

    def verify(self, device, transaction):
        """Empty, or the code of the denial."""
        status, answer = self.answer(self.site.ndes.verify, self.request(device, transaction), transaction)
        if status != 200:
            self.find(f"verify is answered {status}", transaction)
            return "no answer"
        if not answer["verified"]:
            return answer["code"]
        with self.lock:
            device.verified.append(transaction)
        return ""

    def must_verify(self, device, transaction):
        if code := self.verify(device, transaction):
            self.find(f"not verified: {code}", transaction)

    def verify_twins(self, device):
        """The transaction of the verified one."""
        names = [f"T-{device.name}", f"T-{device.name}-twin"]
        codes = {}
        twins = [threading.Thread(target=self.verify_into, args=(codes, device, name)) for name in names]
        for twin in twins:
            twin.start()
        for twin in twins:
            twin.join()
        if len(codes) != len(names):
            raise Stopped
        good = [name for name in names if not codes[name]]
        if len(good) != 1:
            self.find(f"{len(good)} of two requests with one challenge are verified", device.name)
        for code in codes.values():
            if code and code not in TAKEN:
                self.find(f"a twin is denied as {code}", device.name)
        return good[0] if good else None

    def verify_into(self, codes, device, transaction):
        try:
            codes[transaction] = self.verify(device, transaction)
        except Stopped:
            pass

    def fail(self, device, transaction):
        """The CA does not issue, and the device comes again with another key. Returns the new transaction."""
        self.notify(device, transaction, "failure", "failed")
        with self.lock:
            device.failed.append(transaction)
        again = f"{transaction}-again"
        self.must_verify(device, again)
        return again

    def tell(self, device, transaction):
        if random.randrange(100) < PENDING:
            self.notify(device, transaction, "pending", "pending")
        if random.randrange(100) < AGAIN:
            self.must_verify(device, transaction)
        issued = self.site.ndes.issue(self.request(device, transaction))
        with self.lock:
            device.certificates[transaction] = to_der(issued.read_bytes())
        self.notify(device, transaction, "success", "issued", issued)
        with self.lock:
            device.acknowledged.add(transaction)
        if random.randrange(100) < AGAIN:
            self.notify(device, transaction, "success", "issued", issued)

    def notify(self, device, transaction, disposition, standing, certificate=None):
        answer = self.answer(self.site.ndes.notify, transaction, device.challenge, disposition, certificate)
        if answer != (200, {"standing": standing}):
            self.find(f"{disposition} is answered {answer}", transaction)

    def look_at_thief(self, device):
        """Another device shows a challenge that was already used."""
        if (code := self.verify(device, f"T-{device.name}-thief")) != "challenge_used":
            self.find(f"a used challenge is answered {code or 'verified'}", device.name)

    def find(self, what, whom):
        with self.lock:
            self.findings[what].append(whom)

    # The state afterwards

    def look_at_disk(self):
        """The agent's disk must have every request that it verified and every outcome that it acknowledged before it
        died."""
        with self.lock:
            verified = {transaction for device in self.devices for transaction in device.verified}
            acknowledged = {transaction: device.certificates[transaction] for device in self.devices
                            for transaction in device.acknowledged}
        known = known_requests(self.site.agent.state)
        for transaction in verified - known.keys():
            self.find("a verified request is lost by the kill", transaction)
        for transaction, der in acknowledged.items():
            if not any(der in record for _, record in known[transaction]):
                self.find("a notified certificate is lost by the kill", transaction)

    def due(self):
        """The transactions of which the endpoint must get a report."""
        return {transaction for device in self.devices for transaction in (*device.certificates, *device.failed)}

    def verdict(self, reports):
        """The findings, after all reports; reports: the endpoint's, by transaction."""
        known = known_requests(self.site.agent.state)
        for challenge, open_ones in self.open_requests(known).items():
            if len(open_ones) > 1:
                self.find("one challenge has several requests that did not fail", challenge)
        names = collections.defaultdict(list)  # of transactions, by device
        for transaction in known:
            names["-".join(transaction.split("-")[1:4])].append(transaction)
        for device in self.devices:
            self.look_at_device(device, {name: known[name] for name in names[device.name]}, reports)
        return self.findings

    @staticmethod
    def open_requests(known):
        """{challenge: transactions that hold it or used it}"""
        holders = collections.defaultdict(list)
        for transaction, rows in known.items():
            for challenge, _ in rows:
                if challenge:
                    holders[challenge].append(transaction)
        return holders

    def look_at_device(self, device, known, reports):
        for transaction in set(device.verified) - known.keys():
            self.find("a verified request is lost", transaction)
        for transaction, der in device.certificates.items():
            records = [record for rows in known.values() for _, record in rows if der in record]
            if len(records) != 1:
                self.find(f"a certificate is recorded {len(records)} times", transaction)
        issued = [(transaction, int(row["serial"], 16), row["verdict"]) for transaction in known
                  for row in reports.get(transaction, []) if row["status"] == "issued"]
        if issued != [(transaction, serial_of(der), "accepted") for transaction, der in device.certificates.items()]:
            self.find(f"reported {len(issued)} times, or with something else", device.name)
        for transaction in device.failed:
            if [row["status"] for row in reports.get(transaction, [])] != ["failed"]:
                self.find("a failure is not reported once", transaction)


def known_requests(state):
    """{transaction: [(the challenge that it holds, the recorded certificate)]} of the database, also of a dead agent's.
    Reads a copy, so that its files stay as the kill left them."""
    known = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for file in Path(state).glob("agent.db*"):
            shutil.copy(file, folder)
        database = sqlite3.connect(f"{folder}/agent.db")
        for transaction, challenge, holds, record in database.execute(
                "SELECT transaction_id, challenge, holds AND ended_as IS NOT 5, certificate.record FROM enrollment "
                "JOIN job USING (ticket) LEFT JOIN certificate USING (ticket) WHERE enrollment.outside = 1"):
            known[transaction].append((challenge if holds else None, record or b""))
        database.close()
    return known


def serial_of(der):
    fields = elements(elements(elements(der)[0][1])[0][1])
    return int.from_bytes(fields[1 if fields[0][0] == 0xA0 else 0][1], "big")
