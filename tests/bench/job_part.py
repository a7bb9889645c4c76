"""The agent's cost of a job: whole jobs over mutual TLS, from the poll to the acknowledged report."""

import contextlib
import tempfile
from pathlib import Path

from builds import NEW
from harness import Site, wait_until
from openssl_reference import signature_cpu_ms
from process_figures import WalWatch, context_switches, cpu_ms, disk_octets, rss_mib
from rounds import Bound, Measured, turns
from tables import Row, Table

CONFIGURATION = """[agent]
workers=1
[queue]
high_water=5000
[management]
lease_max_jobs=100
[log]
level=warning
"""
WARM = 200
# Name, the CA's key, the requests' key.
CASES = (("rsa", "rsa:2048", "rsa:2048"), ("ec-ca", "ec:256", "rsa:2048"), ("ec", "ec:256", "P-256"))


class JobSite:
    """One agent with its endpoint, through which jobs go round after round. The endpoint's queue is filled before each
    measurement, while the agent pauses. Sites share the requests in `folder`, which the first of a kind makes."""

    def __init__(self, build, ca_key, request_key, folder):
        self.build = build
        self.site = Site(build.binaries, configuration=CONFIGURATION, ca_key=ca_key, endpoint_options=("--volatile",))
        self.request_key = request_key
        self.requests = Path(folder) / request_key.replace(":", "-")
        self.finished = 0
        self.results_seen = 0

    def __enter__(self):
        self.site.__enter__()
        try:
            if not self.requests.exists():
                self.site.make_requests(self.requests, 16, (self.request_key,))
            self.pid = self.site.agent.process.pid
            self.issue(WARM)  # connections, caches, the first tables
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.site.__exit__()

    def finish(self, count):
        """Lets the agent work off `count` jobs, which are queued."""
        self.site.agent.cli("resume")
        self.finished += count
        self.site.wait_finished(self.finished, timeout=600)

    def work_off(self, count):
        """CPU milliseconds and octets to disk of the agent for each of `count` jobs, which are queued."""
        cpu, disk = cpu_ms(self.pid), disk_octets(self.pid)
        self.finish(count)
        return (cpu_ms(self.pid) - cpu) / count, (disk_octets(self.pid) - disk) / count

    def queue_issue(self, count):
        self.site.agent.cli("pause")
        self.site.queue_issue(self.requests, count)

    def issue(self, count):
        self.queue_issue(count)
        return self.work_off(count)

    def queue_revoke(self, count):
        """Queues the revocation of certificates that no earlier round has."""
        serials = self.site.folder / "serials"
        serials.write_text("".join(serial + "\n" for serial in self.new_serials(count)))
        self.site.agent.cli("pause")
        self.site.endpoint.verb("queue-revoke", "--ca", self.site.ca, "--serials", serials)

    def revoke(self, count):
        self.queue_revoke(count)
        return self.work_off(count)

    def new_serials(self, count):
        serials = []
        while len(serials) < count:
            page = self.site.endpoint.admin("GET", f"/admin/v1/results?limit=500&after={self.results_seen}")[
                "results"]
            if not page:
                raise RuntimeError(f"the endpoint has {len(serials)} more certificates, not {count}")
            for row in page:
                self.results_seen = row["n"]
                if row["result"].get("status") == "issued" and len(serials) < count:
                    serials.append(row["result"]["serial"])
        return serials

    def logged_octets(self, count):
        """Octets that go into the write-ahead logs for each of `count` issue jobs."""
        with WalWatch(self.site.agent.state) as wal:
            self.issue(20)
            wal.mark()
            self.issue(count)
            return wal.octets() / count


def measure_round(run, sites, measured, number):
    sizes = run.sizes
    for name, _, _ in CASES:
        for build in turns(run.builds, number):
            site = sites[build.subject, name]
            run.progress.say(f"jobs, round {number + 1} of {sizes.rounds}: {name}, {build.subject}")
            (cost, disk), r = run.gauge.around(lambda: site.issue(sizes.jobs))
            measured.add_cost(f"issue {name}", build.subject, cost, r)
            if name == "rsa":
                measured.add("disk", build.subject, disk / 1024, "KiB")
                measured.add("wal", build.subject, site.logged_octets(sizes.logged) / 1024, "KiB")
            if name == "ec-ca":
                (cost, _), r = run.gauge.around(lambda: site.revoke(sizes.jobs))
                measured.add_cost("revoke", build.subject, cost, r)
    measured.add("R", NEW, signature_cpu_ms(), "ms")
    measured.add("E", NEW, signature_cpu_ms("ecdsap256"), "ms")


def measure_idle(run, measured):
    """Memory, CPU and wake-ups of agents with nothing to do, all builds' in the same time."""
    seconds = run.sizes.idle_seconds
    with contextlib.ExitStack() as stack:
        pids = {}
        for build in run.builds:
            site = stack.enter_context(Site(build.binaries))
            wait_until(lambda: site.agent.json("status")["endpoint"]["reachable"], "the first poll")
            pids[build.subject] = site.agent.process.pid
        run.progress.say(f"idle agents, {seconds} s")
        before = {subject: (cpu_ms(pid), context_switches(pid)) for subject, pid in pids.items()}
        run.pause(seconds)  # the measured quantity is what happens in this time
        for subject, pid in pids.items():
            cpu, switches = before[subject]
            measured.add("idle memory", subject, rss_mib(pid), "MiB")
            measured.add("idle cpu", subject, (cpu_ms(pid) - cpu) / seconds / 10, "%")
            measured.add("idle wake-ups", subject, (context_switches(pid) - switches) / seconds)


def measure(run):
    measured = Measured()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cc-job-bench-"))
        sites = {}
        for name, ca_key, request_key in CASES:
            for build in run.builds:
                run.progress.say(f"jobs: starts {name}, {build.subject}")
                sites[build.subject, name] = stack.enter_context(JobSite(build, ca_key, request_key, folder))
        run.gauge.forget()
        for number in range(run.sizes.rounds):
            measure_round(run, sites, measured, number)
        for build in run.builds:
            measured.add("memory", build.subject, rss_mib(sites[build.subject, "rsa"].pid), "MiB")
    measure_idle(run, measured)
    return [table_of(run, measured)]


def table_of(run, measured):
    of = measured.of
    rows = [
        Row("one RSA-2048 signature by openssl speed (R)", of("R")),
        Row("one P-256 signature by openssl speed (E)", of("E")),
        Row("issue job, RSA-2048 CA and request", of("issue rsa"), Bound(most=0.30, r=1)),
        Row("issue job, P-256 CA, RSA-2048 request", of("issue ec-ca"), Bound(most=0.30)),
        Row("issue job, P-256 CA and request", of("issue ec"), Bound(most=0.30)),
        Row("revoke job, the CRLs of a P-256 CA included", of("revoke"), Bound(most=0.15)),
        Row("issue job: octets to the WALs", of("wal")),
        Row("issue job: octets to disk in all", of("disk")),
        Row("memory after all jobs, RSA-2048 CA", of("memory")),
        Row("idle: memory", of("idle memory"), Bound(most=25)),
        Row("idle: CPU of a core", of("idle cpu"), Bound(most=0.2)),
        Row("idle: wake-ups a second, of all threads", of("idle wake-ups")),
    ]
    return Table("Jobs", run.subjects, rows, compare=len(run.builds) > 1)
