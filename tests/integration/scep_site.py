"""A site whose agent serves SCEP, and devices that enroll there: for the SCEP campaign and the integration tests. The
services prompt and reported take challenges of the endpoint. The service reported gives certificates out only after
the endpoint has them. The service codes takes one-time passwords."""

import json
import random
import re
import subprocess
import urllib.error
import urllib.request

import harness
from harness import HarnessError, Site, wait_until

ISSUER = "https://mdm.example"
SERVICES = """[http]
listen={listen}
[template.device]
[scep.prompt]
path=/scep/prompt
renewal_window=3650d
{signed}answer_within={patience}
[scep.reported]
path=/scep/reported
renewal_window=3650d
{signed}deliver_after_report=yes
answer_within={patience}
[scep.codes]
path=/scep/codes
renewal_window=3650d
challenge=one-time
password_max=0
answer_within={patience}
"""


class ScepSetUp(Site):
    def __init__(self, binaries, patience="30ms", **more):
        super().__init__(binaries, ca_key="ec:256", **more)
        self.patience = patience
        # A separate address: while the agent is dead no connection of another program takes its port.
        self.address = "127." + ".".join(str(random.randrange(1, 255)) for _ in range(3))
        self.port = 0
        self.devices_made = 0

    def __enter__(self):
        super().__enter__()
        try:
            self.serve_scep()
            return self
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def serve_scep(self):
        keys = self.folder / "challenge-keys.pem"
        keys.write_text(self.endpoint.verb("challenge-keys"))
        signed = f"challenge=signed\nchallenge_issuer={ISSUER}\nchallenge_keys_file={harness.host.path(keys)}\n"
        without = self.agent.config.read_text()
        for _ in range(2):  # the second time with the port that it took
            self.agent.stop()
            self.agent.config.write_text(without + self.services(signed))
            self.agent.start(program="certconnectord")
            self.take_ports()
        for service in ("prompt", "reported", "codes"):
            wait_until(lambda: self.can_enroll(service), f"the SCEP service {service}")

    def services(self, signed):
        """Their sections; signed: the lines for a service with signed challenges."""
        return SERVICES.format(listen=f"{self.address}:{self.port}", signed=signed, patience=self.patience)

    def take_ports(self):
        self.port = int(re.findall(r"http\.started.*?port=(\d+)", self.agent.log_text())[-1])

    def can_enroll(self, service):
        url = f"http://{self.address}:{self.port}/scep/{service}?operation=GetCACert"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def order(self, service, count=1):
        """Orders of new devices for scep_devices, each with its challenge."""
        orders = []
        for _ in range(count):
            self.devices_made += 1
            name = f"device-{self.devices_made:06}"
            orders.append({"name": name, "transaction": f"T-{name}", "path": f"/scep/{service}", "service": service,
                           "challenge": self.challenge(service, name)})
        return orders

    def challenge(self, service, name):
        subject = f"CN={name},O=Devices"
        if service == "codes":
            return self.agent.json("challenge", "new", "--service", service, "--device", name, "--subject",
                                   subject)["password"]
        return self.endpoint.admin("POST", "/admin/v1/challenges", {
            "service": service, "device": name, "subject": subject, "issuer": ISSUER, "lifetime_seconds": 7200,
            "starts_in_seconds": 0})["challenge"]

    def devices_command(self, orders, name, *options):
        file = self.folder / f"{name}.jsonl"
        file.write_text("".join(json.dumps(order) + "\n" for order in orders))
        return [str(part) for part in (self.binaries / "scep_devices", "--address", self.address, "--port", self.port,
                                       "--devices", file, *options)]

    def enrollments(self):
        """The endpoint's records: {transaction id: its rows}."""
        rows = {}
        for row in json.loads(self.endpoint.verb("enrollments", "--json"))["enrollments"]:
            rows.setdefault(row["transaction_id"], []).append(row)
        return rows


class Crowd:
    """Devices that enroll together, in a separate process."""

    def __init__(self, site, orders, name, *options):
        self.orders = orders
        self.out = site.folder / f"{name}.answers"
        self.errors = open(site.folder / f"{name}.errors", "w+")
        self.process = subprocess.Popen(
            site.devices_command(orders, name, "--out", self.out, *options),
            stdout=subprocess.PIPE, stderr=self.errors, text=True)

    def running(self):
        return self.process.poll() is None

    def wait(self):
        """Every answer, after each device has its last one, and the number of each kind."""
        counts, _ = self.process.communicate(timeout=600)
        self.errors.seek(0)
        with self.errors:
            said = self.errors.read()
        if self.process.returncode != 0:
            raise HarnessError(f"scep_devices ended with {self.process.returncode}\n{said[-2000:]}")
        return [json.loads(line) for line in self.out.read_text().splitlines()], json.loads(counts)

    def kill(self):
        if self.running():
            self.process.kill()
            self.process.communicate()


class Device:
    """One device that asks when its caller says so; its key lives as long as it does."""

    def __init__(self, site, service):
        self.order = site.order(service)[0]
        self.name = self.order["name"]
        self.transaction = self.order["transaction"]
        self.process = subprocess.Popen(site.devices_command([self.order], self.name, "--by-word"),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, verb):
        self.process.stdin.write(f"{verb} {self.name}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def request(self):
        return self.ask("request")

    def poll(self):
        return self.ask("poll")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=30)
