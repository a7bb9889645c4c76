"""The costs of an agent with many certificates stored: its start, and SCEP beside a purge and beside the CRLs of many
revocations; and those of the store, by a program that links it.

Only this build: the store program writes files that an older build does not read.
"""

import contextlib
import json
import tempfile
import threading
import time
from pathlib import Path

from builds import NEW
from harness import run as run_command
from process_figures import cpu_ms, rss_mib
from rounds import Bound, Measured
from scep_part import Load
from scep_servers import CHALLENGE, OurAgent, Service
from tables import Row, Table

VOLUME = "bench_store_volume"
CONNECTIONS = 64


def seed(build, file, *options):
    """Runs the store program on the file of an agent that does not run."""
    return json.loads(run_command([build.binaries / VOLUME, "--file", file, *options], timeout=7200).splitlines()[-1])


def read_store(run, measured, build, folder):
    """Octets and calls of the store, almost empty and full."""
    for stored in (1000, run.sizes.stored):
        run.progress.say(f"stored: the store with {stored} certificates")
        file = Path(folder) / f"{stored}.db"
        disk = seed(build, file, "--fill", stored, "--disk")["disk"]
        # So many that the store does not grow out of what the row says.
        few = min(run.sizes.logged, stored // 2)
        enrolled = seed(build, file, "--enroll", few)["enroll"]
        purged = seed(build, file, "--purge", few)["purge"]
        calls = [*enrolled["calls"].values(), *purged["calls"].values()]
        measured.add(f"disk {stored}", NEW, disk["octets"] / 1024, "KiB")
        measured.add(f"wal {stored}", NEW, enrolled["wal_kib"], "KiB")
        cpu = sum(call["calls"] * call["median_cpu_ms"] for call in enrolled["calls"].values())
        measured.add(f"cpu {stored}", NEW, cpu / enrolled["enrollments"], "ms")
        measured.add(f"longest {stored}", NEW, max(call["longest_cpu_ms"] for call in calls), "ms")
        measured.add(f"most {stored}", NEW, max(call["most_kib"] for call in calls), "KiB")
        file.unlink()


class Site:
    """An agent that answers devices by SCEP, whose database is filled while it does not run."""

    def __init__(self, run, build, folder):
        self.run, self.build, self.folder = run, build, folder
        self.server = OurAgent(build.binaries, folder)
        with self.server:
            authorities = self.server.agent.json("status")["authorities"]
            self.ca = next(ca["sha256"] for ca in authorities if ca["name"] == "rsa")
            self.chain = self.server.services["rsa"].ca_chain

    @property
    def pid(self):
        return self.server.agent.process.pid

    def seed(self, *options):
        seed(self.build, self.server.agent.state / "agent.db", "--ca", self.ca, *options)

    @contextlib.contextmanager
    def started(self):
        self.server.agent.start()
        try:
            yield self
        finally:
            self.server.agent.stop()

    def load(self):
        port = self.server.logged("http.started")[-1]["port"]
        url = f"http://127.0.0.1:{port}{OurAgent.PATHS['rsa']}"
        self.server.services = {"rsa": Service(url, self.chain, CHALLENGE, None)}
        load = Load(self.build.binaries / "bench_scep_load", self, "rsa", self.folder)
        load.enroll(100, "--connections", 4)  # warm
        return load

    @property
    def services(self):
        return self.server.services

    def reported(self):
        counts = self.server.agent.json("status")["counts"]
        return sum(count["count"] for count in counts if count["state"] == "reported")


def put_load(site, load, measured, name):
    """The report of the load program on 64 connections, and the most memory meanwhile."""
    ended, most = threading.Event(), [rss_mib(site.pid)]

    def watch():
        while not ended.wait(0.05):
            most.append(rss_mib(site.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        taken = load.enroll(site.run.sizes.beside, "--connections", CONNECTIONS)
    finally:
        ended.set()
        watching.join()
    measured.add(f"{name} p99", NEW, taken["p99_ms"], "ms")
    measured.add(f"{name} failures", NEW, taken["failures"])
    return taken, max(most)


def beside_purge(site, measured, quiet):
    site.run.progress.say(f"stored: makes {site.run.sizes.purged} jobs of long ago")
    site.seed("--closed", site.run.sizes.purged)
    with site.started():
        load = site.load()
        before = site.reported()
        site.run.progress.say("stored: SCEP beside the purge")
        while_purging, _ = put_load(site, load, measured, "purge")
        measured.add("purge", NEW, while_purging["p99_ms"] / quiet["p99_ms"], "times")
        measured.add("purged", NEW, max(before - site.reported(), 0))


def beside_crls(site, measured, quiet):
    site.run.progress.say(f"stored: makes {site.run.sizes.revoked} revocations")
    site.seed("--revoked", site.run.sizes.revoked)
    with site.started():
        load = site.load()
        rest = rss_mib(site.pid)
        ended = threading.Event()

        def publish():
            while not ended.is_set():
                site.server.agent.cli("ca", "publish-crl", "rsa", timeout=600)
                measured.add("crls", NEW, 1)

        publishing = threading.Thread(target=publish)
        publishing.start()
        try:
            site.run.progress.say("stored: SCEP beside CRLs")
            beside, most = put_load(site, load, measured, "crl")
        finally:
            ended.set()
            publishing.join()
    measured.add("crl", NEW, beside["p99_ms"] / quiet["p99_ms"], "times")
    measured.add("crl memory", NEW, most - rest, "MiB")


def beside_nothing(site, measured, quiet):
    """The full agent against the empty one."""
    site.run.progress.say("stored: SCEP on the full agent")
    with site.started():
        full, _ = put_load(site, site.load(), measured, "full")
    for row, figure in (("full", "p99_ms"), ("full cost", "server_cpu_ms_per_request")):
        measured.add(row, NEW, full[figure] / quiet[figure], "times")


def measure_start(site, measured, name):
    began = time.monotonic()
    with site.started():
        measured.add(f"{name} ready", NEW, (time.monotonic() - began) * 1000, "ms")
        measured.add(f"{name} cpu", NEW, cpu_ms(site.pid), "ms")
        memory = rss_mib(site.pid)
        measured.add(f"{name} memory", NEW, memory, "MiB")
    return memory


def measure(run):
    measured = Measured()
    build = next(build for build in run.builds if build.subject == NEW)
    with tempfile.TemporaryDirectory(prefix="cc-stored-bench-") as folder:
        read_store(run, measured, build, folder)
        site = Site(run, build, folder)
        empty = measure_start(site, measured, "empty")
        run.progress.say("stored: SCEP on the quiet agent")
        with site.started():
            quiet, _ = put_load(site, site.load(), measured, "quiet")
        beside_purge(site, measured, quiet)
        beside_crls(site, measured, quiet)
        run.progress.say(f"stored: makes {run.sizes.stored} certificates")
        site.seed("--fill", run.sizes.stored)
        for _ in range(run.sizes.rounds):
            full = measure_start(site, measured, "full")
            measured.add("full over empty", NEW, full - empty, "MiB")
        beside_nothing(site, measured, quiet)
    return [table_of(run, measured)]


def table_of(run, measured):
    of, sizes = measured.of, run.sizes
    none = Bound(most=0, each_round=True)
    return Table("Many stored", [NEW], [
        Row(f"disk for a certificate without its job, {sizes.stored} stored", of(f"disk {sizes.stored}"), Bound(most=2.2)),
        Row("enrollment: octets to the WAL, 64 at a time, 1000 stored", of("wal 1000"), Bound(most=12)),
        Row(f"  {sizes.stored} stored", of(f"wal {sizes.stored}"), Bound(most=48)),
        Row("  CPU of the store for an enrollment, 1000 stored", of("cpu 1000")),
        Row(f"  {sizes.stored} stored", of(f"cpu {sizes.stored}")),
        Row(f"longest call of the store, {sizes.stored} stored", of(f"longest {sizes.stored}"), Bound(most=20)),
        Row("  most octets to the WAL by one call", of(f"most {sizes.stored}"), Bound(most=1024)),
        Row(f"start to READY by the clock, {sizes.stored} stored", of("full ready"), Bound(most=500)),
        Row("  CPU time", of("full cpu")),
        Row("  memory over an empty agent's", of("full over empty"), Bound(most=16)),
        Row("SCEP p99 by the clock, 64 connections, nothing beside it", of("quiet p99")),
        Row(f"  {sizes.stored} stored, against that", of("full"), Bound(most=1.5)),
        Row("  CPU time for each, against that", of("full cost"), Bound(most=1.3)),
        Row("  answers that are no SUCCESS", of("full failures"), none),
        Row(f"  while {sizes.purged} jobs are purged, against that", of("purge"), Bound(most=1.3)),
        Row("  jobs purged meanwhile", of("purged"), Bound(least=1)),
        Row("  answers that are no SUCCESS", of("purge failures"), none),
        Row(f"  beside CRLs of {sizes.revoked} entries, against that", of("crl"), Bound(most=1.5)),
        Row("  memory over rest meanwhile", of("crl memory"), Bound(most=32)),
        Row("  answers that are no SUCCESS", of("crl failures"), none),
    ])
