#!/usr/bin/env python3
"""Floods every listener of a real agent at once, and enrolls honest devices meanwhile.

Plain: thousands of connections from one address, each with a 64 KB query and a body of 130 KB that never ends. TLS:
handshakes that never end, from four addresses. Registration: the same, from another one. The devices begin during that:
from a separate address over each listener, behind the trusted proxy, and from the attackers' own address; and an
NDES verifies a request. Then checks that each has its certificate, how much memory the agent had at most, and that
it gives the memory back.

  flood_campaign.py --binaries build/release/bin                  as it is to be judged: not with sanitizers
  flood_campaign.py --binaries build/asan/bin --connections 400 --budget 16MiB --any-memory
                                                                  the short run of the tests: the devices alone
"""

import argparse
import contextlib
import http.client
import json
import re
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

from authority import Authority
from flood import HALF_HANDSHAKE, Flood, endless_request
from harness import Agent, HarnessError, run, wait_until
from relay import Relay

ATTACKER = "127.0.0.66"
TLS_ATTACKERS = [f"127.0.0.{n}" for n in (66, 67, 68, 69)]
REGISTRATION_ATTACKER = "127.0.0.70"
PROXY, OFFICE, NDES = "127.0.0.9", "127.0.0.20", "127.0.0.30"
PATH, SECRET = "/scep/devices", "a password for the laboratory"
PEAK_MIB, REST_MIB = 300, 80

CONFIGURATION = """[http]
memory={budget}
listen=127.0.0.1:0
tls_listen=127.0.0.1:0
certificate_file={server}
key_file={server_key}
trusted_proxies={proxy}
[template.device]
[scep.devices]
path={path}
template=device
challenge=static
challenge_file={secret}
[scep.ndes]
path=
template=device
challenge=one-time
[registration]
listen=127.0.0.1:0
certificate_file={server}
key_file={server_key}
client_ca_file={tls_ca}
allow=dns:ndes.example
service=ndes
"""


class Site:
    def __init__(self, binaries, folder, budget):
        self.binaries, self.folder = binaries, folder
        self.tls = Authority(folder, "tls-ca")
        server_key, server = self.tls.issue("server", "subjectAltName=IP:127.0.0.1")
        secret = folder / "secret"
        secret.write_text(SECRET)
        for file in (server_key, secret):
            file.chmod(0o600)
        self.ndes = self.tls.issue("ndes", "extendedKeyUsage=clientAuth\nsubjectAltName=DNS:ndes.example")
        self.agent = Agent(binaries, folder, CONFIGURATION.format(
            budget=budget, server=server, server_key=server_key, tls_ca=self.tls.certificate, proxy=PROXY, path=PATH, secret=secret))

    def start(self):
        self.agent.start()
        self.agent.cli("ca", "create", "default", "--root", "--subject", "CN=Flooded CA,O=Test", "--key", "rsa:2048")
        log = self.agent.log_text()
        ports = dict((tls, int(port)) for port, tls in re.findall(r"http\.started.*?port=(\d+).*?tls=(\w+)", log))
        self.plain, self.over_tls = ("127.0.0.1", ports["no"]), ("127.0.0.1", ports["yes"])
        self.registration = ("127.0.0.1", int(re.search(r"registration\.started.*?port=(\d+)", log)[1]))
        wait_until(self.works, "the RA certificate")

    def works(self):
        services = self.agent.json("scep", "list")["services"]
        return any(service["name"] == "devices" and not service.get("problem") for service in services)

    def memory(self, field):
        """VmRSS or VmHWM, in MiB."""
        status = Path(f"/proc/{self.agent.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1024

    def floods(self, count):
        request = endless_request(PATH)
        return (Flood(self.plain, [ATTACKER], count, request),
                Flood(self.over_tls, TLS_ATTACKERS, count, HALF_HANDSHAKE),
                Flood(self.registration, [REGISTRATION_ATTACKER], count // 4, HALF_HANDSHAKE, pace=300))

    def relays(self):
        return {"own address": Relay(self.plain, OFFICE),
                "own address, TLS": Relay(self.over_tls, OFFICE, trust=self.tls.certificate),
                "behind the proxy": Relay(self.plain, PROXY, client="203.0.113.7"),
                "attackers' address": Relay(self.plain, ATTACKER),
                "attackers' address, TLS": Relay(self.over_tls, ATTACKER, trust=self.tls.certificate)}

    def devices(self, group, port, count):
        """Starts scep_devices; its answers go to the file."""
        name = re.sub(r"\W+", "-", group)
        orders, out = self.folder / f"{name}.jsonl", self.folder / f"{name}.answers"
        orders.write_text("".join(json.dumps({"name": f"{name}-{i}", "transaction": f"T-{name}-{i}", "path": PATH,
                                              "challenge": SECRET}) + "\n" for i in range(count)))
        return out, subprocess.Popen([self.binaries / "scep_devices", "--address", "127.0.0.1", "--port", str(port),
                                      "--devices", orders, "--out", out, "--threads", "8", "--patience", "240"],
                                     stdout=subprocess.PIPE, text=True)

    def verify_as_ndes(self):
        """One request of an NDES's policy module for a password; False: it has to come again."""
        context = ssl.create_default_context(cafile=self.tls.certificate)
        context.load_cert_chain(self.ndes[1], self.ndes[0])
        connection = http.client.HTTPSConnection(*self.registration, context=context, timeout=30,
                                                 source_address=(NDES, 0))
        try:
            connection.request("POST", "/CertificateRegistrationSvc/v1/challenge", json.dumps({"template": "device"}),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status == 200 and "challenge" in json.load(answer)
        except OSError:
            return False
        finally:
            connection.close()


def enrolled(out):
    """The devices with a certificate."""
    return {answer["name"] for answer in map(json.loads, out.read_text().splitlines()) if answer["kind"] == "success"}


def campaign(site, options):
    """What went wrong, a line each."""
    wrong, crowds = [], {}
    at_rest = site.memory("VmRSS")
    with contextlib.ExitStack() as stack:
        floods = [stack.enter_context(flood) for flood in site.floods(options.connections)]
        wait_until(lambda: site.agent.log_text().count("http.overloaded") >= len(floods),
                   "every listener to be flooded", timeout=120)
        for group, relay in site.relays().items():
            crowds[group] = site.devices(group, stack.enter_context(relay).port, options.devices)
        wait_until(site.verify_as_ndes, "an answer for the NDES", timeout=120)
        for group, (out, process) in crowds.items():
            counts = json.loads(process.communicate(timeout=300)[0])
            with_certificate = len(enrolled(out))
            print(f"{group:24} {with_certificate} of {options.devices} enrolled; answers: {json.dumps(counts)}")
            if with_certificate != options.devices:
                wrong.append(f"{group}: {options.devices - with_certificate} devices have no certificate")
        peak = site.memory("VmHWM")
    print(f"connections of the attackers: {', '.join(str(flood.opened.value) for flood in floods)}")
    print(f"memory: {at_rest:.0f} MiB at rest, {peak:.0f} at most, {site.memory('VmRSS'):.0f} at the end of the flood")
    if not options.any_memory:
        if peak >= PEAK_MIB:
            wrong.append(f"the agent had {peak:.0f} MiB, {PEAK_MIB} are the most")
        wait_until(lambda: site.memory("VmRSS") < REST_MIB, f"the agent to give back all but {REST_MIB} MiB")
        print(f"memory: {site.memory('VmRSS'):.0f} MiB afterwards")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True, type=Path)
    parser.add_argument("--connections", type=int, default=6300, help="of each flood (6300)")
    parser.add_argument("--devices", type=int, default=20, help="in each group (20)")
    parser.add_argument("--budget", default="192MiB", help="[http] memory (192MiB)")
    parser.add_argument("--any-memory", action="store_true", help="no bounds of memory, for a build with sanitizers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cc-flood-") as folder:
        site = Site(options.binaries.resolve(), Path(folder), options.budget)
        try:
            site.start()
            wrong = campaign(site, options)
        except HarnessError as error:
            wrong = [str(error)]
        finally:
            site.agent.stop()
        if wrong:
            print(site.agent.log_text()[-4000:], file=sys.stderr)
    for line in wrong:
        print("WRONG: " + line)
    print("The devices enrolled, and the memory was bounded." if not wrong else "The flood did harm.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
