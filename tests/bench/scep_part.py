"""The cost of a SCEP enrollment for our server and for others, on the same kind of messages."""

import contextlib
import json
import socket
import tempfile
import threading
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from builds import NEW
from harness import run as run_command
from process_figures import WalWatch, disk_octets, rss_mib
from rounds import Bound, Measured, turns
from scep_clients import fetch_recipient
from scep_servers import OurAgent
from tables import Row, Table

GETS = ("GetCACaps", "GetCACert")
LOADS = ("one", "many", "burst")


class IdleConnections:
    """Connections to a service over which nothing is asked."""

    def __init__(self, url, count):
        address = urllib.parse.urlsplit(url)
        self.address, self.count = (address.hostname, address.port), count

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            for _ in range(self.count):
                stack.enter_context(socket.create_connection(self.address, timeout=10))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()


class SlowDrip:
    """Clients that send the head of a request octet by octet, each cut off by the server's limit and begun anew."""

    def __init__(self, url, count=50, every_s=0.25):
        address = urllib.parse.urlsplit(url)
        self.address, self.count, self.every_s = (address.hostname, address.port), count, every_s
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.drip)

    def drip(self):
        clients = {}
        while not self.stopping.wait(self.every_s):
            for number in range(self.count):
                try:
                    if number not in clients:
                        clients[number] = socket.create_connection(self.address, timeout=1)
                        clients[number].sendall(b"GET /")
                    clients[number].sendall(b"a")
                except OSError:
                    if number in clients:
                        clients.pop(number).close()
        for client in clients.values():
            client.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()


class Load:
    """bench_scep_load against one service of one server process."""

    def __init__(self, program, server, name, folder):
        service = server.services[name]
        self.base = [program, "--url", service.url, "--pid", server.pid]
        recipient, secret = Path(folder) / f"{name}.pem", Path(folder) / f"{name}-challenge"
        recipient.write_text(fetch_recipient(service.url, folder))
        secret.write_text(service.challenge)
        self.enrollment = ["--recipient", recipient, "--challenge-file", secret, "--keys", 2]

    def run(self, *options):
        return json.loads(run_command([*self.base, *options], timeout=1800))

    def enroll(self, requests, *how):
        return self.run(*self.enrollment, "--requests", requests, *how)

    def get(self, operation, requests):
        return self.run("--get", operation, "--requests", requests, "--connections", 16)


@dataclass
class Target:
    """A service of a server under load, ours of each build or a peer's."""

    subject: str
    service_name: str  # "rsa" or "ec": the CA's key
    server: object
    service: object
    load: Load
    ours: bool

    @property
    def state(self):
        return self.server.agent.state

    def name(self, what):
        return f"{self.service_name} {what}"


def start_targets(run, stack):
    program = next(build for build in run.builds if build.subject == NEW).binaries / "bench_scep_load"
    servers = [(build.subject, True, lambda folder, build=build: OurAgent(build.binaries, folder)) for build in run.builds]
    servers += [(peer.subject, False, peer.make_server) for peer in run.peers if peer.make_server]
    targets = []
    for subject, ours, make_server in servers:
        run.progress.say(f"SCEP: starts {subject}")
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cc-scep-bench-"))
        server = stack.enter_context(make_server(folder))
        for name, service in server.services.items():
            load = Load(program, server, name, folder)
            load.enroll(100, "--connections", 1)  # warm: caches, the first tables
            targets.append(Target(subject, name, server, service, load, ours))
    return targets


def under_load(run, target):
    """{load: what bench_scep_load says}, with the octets to disk of all of them together."""
    sizes = run.sizes
    disk = disk_octets(target.server.pid)
    taken = {"one": target.load.enroll(sizes.few, "--connections", 1),
             "many": target.load.enroll(sizes.many, "--connections", 64),
             "burst": target.load.enroll(sizes.burst, "--burst")}
    return taken, disk_octets(target.server.pid) - disk


def measure_enrollments(run, target, measured):
    (taken, disk), r = run.gauge.around(lambda: under_load(run, target))
    failures = repeated = 0
    for load in LOADS:
        measured.add_cost(target.name(load), target.subject, taken[load]["server_cpu_ms_per_request"], r)
        measured.add(target.name(f"{load} p99"), target.subject, taken[load]["p99_ms"], "ms")
        measured.add(target.name(f"{load} failures"), target.subject, taken[load]["failures"])
        if taken[load]["failures"]:
            run.progress.say(f"  no SUCCESS: {taken[load]['failure_texts']}")
        failures += taken[load]["failures"]
        repeated += taken[load]["repeated_serials"]
    measured.add(target.name("failures"), target.subject, failures)
    measured.add(target.name("repeated"), target.subject, repeated)
    measured.add(target.name("a second"), target.subject, taken["many"]["requests_per_second"])
    enrolled = sum(taken[load]["requests"] for load in LOADS)
    measured.add(target.name("disk"), target.subject, disk / enrolled / 1024, "KiB")
    return taken["many"]["answer_ciphers"]


def measure_service(run, target, measured):
    """Figures that only our service has, beside its enrollments: the GETs and the write-ahead logs."""
    gets, r = run.gauge.around(lambda: {operation: target.load.get(operation, run.sizes.gets) for operation in GETS})
    for operation, get in gets.items():
        measured.add_cost(target.name(operation), target.subject, get["server_cpu_ms_per_request"], r)
    with WalWatch(target.state) as wal:
        target.load.enroll(20, "--connections", 4)
        wal.mark()
        logged = target.load.enroll(run.sizes.logged, "--connections", 64)
        measured.add(target.name("wal"), target.subject, wal.octets() / logged["requests"] / 1024, "KiB")
    run.gauge.forget()


def measure_beside_idle(run, target, measured):
    measured.add(target.name("memory"), target.subject, rss_mib(target.server.pid), "MiB")
    if not target.ours:
        return
    with IdleConnections(target.service.url, run.sizes.idle_connections), SlowDrip(target.service.url):
        beside = target.load.enroll(run.sizes.few, "--connections", 8)
        measured.add(target.name("idle memory"), target.subject, rss_mib(target.server.pid), "MiB")
        measured.add(target.name("idle failures"), target.subject, beside["failures"])


def measure(run):
    measured, ciphers = Measured(), {}
    with contextlib.ExitStack() as stack:
        targets = start_targets(run, stack)
        run.gauge.forget()
        for number in range(run.sizes.rounds):
            for target in turns(targets, number):
                run.progress.say(f"SCEP, round {number + 1} of {run.sizes.rounds}: {target.subject}, {target.service_name}")
                ciphers.setdefault(target.subject, set()).update(measure_enrollments(run, target, measured))
                if target.ours:
                    measure_service(run, target, measured)
        run.progress.say("SCEP: memory, and enrollments beside idle and slow clients")
        for target in targets:
            measure_beside_idle(run, target, measured)
    return [build_table(run, measured), *([peer_table(run, measured, ciphers)] if run.peers else [])]


def build_table(run, measured):
    return Table("SCEP", run.subjects, [row for name in ("rsa", "ec") for row in service_rows(run, measured, name)],
                 compare=len(run.builds) > 1)


def service_rows(run, measured, name):
    title = {"rsa": "RSA-2048 CA", "ec": "P-256 CA"}[name]

    def row(what, key, bound=None):
        return Row(what if what.startswith(" ") else f"{title}: {what}", measured.of(f"{name} {key}"), bound)

    # Private operations of RSA; an EC CA has one with EC.
    cost = Bound(most=0.80, r=3) if name == "rsa" else None
    none = Bound(most=0, each_round=True)
    return [
        row("PKCSReq, 64 connections", "many", cost),
        row("  requests a second, by the clock", "a second"),
        row("  p99 by the clock", "many p99"),
        row("PKCSReq, 1 connection", "one", cost),
        row(f"burst of {run.sizes.burst} devices: CPU for each", "burst"),
        row("  answers that are no SUCCESS", "burst failures", none),
        row("  p99 by the clock", "burst p99"),
        row("PKCSReq: octets to the WALs, 64 connections", "wal"),
        row("PKCSReq: octets to disk in all, all loads", "disk"),
        row("answers that are no SUCCESS, all loads", "failures", none),
        row("repeated serial numbers", "repeated", none),
        *(row(operation, operation, Bound(most=0.05)) for operation in GETS),
        row("memory after all that", "memory", Bound(most=100)),
        row(f"memory with {run.sizes.idle_connections} idle connections and slow clients", "idle memory",
            Bound(most=100)),
        row("  answers that are no SUCCESS", "idle failures", none),
    ]


def peer_table(run, measured, ciphers):
    """The RSA service beside the servers of others, which have no other."""
    subjects = [NEW, *(peer.subject for peer in run.peers)]

    def row(what, key):
        return Row(what, measured.of(f"rsa {key}"))

    rows = [
        row("PKCSReq, 1 connection", "one"),
        row("PKCSReq, 64 connections", "many"),
        row(f"burst of {run.sizes.burst} devices: CPU for each", "burst"),
        row("  answers that are no SUCCESS", "burst failures"),
        row("  p99 by the clock", "burst p99"),
        row("octets to disk in all, for each enrollment", "disk"),
        row("answers that are no SUCCESS, all loads", "failures"),
        row("repeated serial numbers", "repeated"),
        row("memory after all that", "memory"),
    ]
    notes = [f"{peer.subject}: not measured, {peer.missing}." for peer in run.peers if not peer.make_server]
    notes += [f"{subject} answers with {', '.join(sorted(ciphers[subject]))}." for subject in subjects if subject in ciphers]
    return Table("SCEP beside servers of others, RSA-2048 CA", subjects, rows, notes=notes)
