"""What jobs and enrollments cost in instructions, which no other program on the machine changes: the agents run under
valgrind's callgrind. So two builds compare to a percent, where CPU time scatters by ten.

Callgrind counts what the agent's process executes itself, without the kernel. It runs one thread at a time, some fifty
times slower than the machine: lease extensions and heartbeats, which go by the clock, weigh more than in a real run.
"""

import contextlib
import re
import shutil
import tempfile
from pathlib import Path

from builds import NEW
from harness import HarnessError
from harness import run as run_command
from job_part import CASES, JobSite
from rounds import Bound, Measured
from scep_part import GETS, Load
from scep_servers import CHALLENGE, OurAgent, Service
from tables import Row, Table

CONNECTIONS = (1, 16)
MOST = Bound(most=1.03, against_older=True)
TOTALS = re.compile(r"^(?:totals|summary): (\d+)$", re.MULTILINE)


def counted_agent(build, folder):
    """A program that is the build's agent under callgrind, for Agent.start(). Nothing counts until Counter says so."""
    program = Path(folder) / f"{build.subject.replace(' ', '-')}-under-callgrind"
    program.write_text(f"#!/bin/sh\nexec valgrind --tool=callgrind --instr-atstart=no --callgrind-out-file={program}.out "
                       f"--log-file={program}.log '{build.binaries}/certconnectord' \"$@\"\n")
    program.chmod(0o755)
    return program


class Counter:
    """Counts instructions of one agent that was started from counted_agent()."""

    def __init__(self, program, pid):
        self.dumps = Path(f"{program}.out")
        self.pid = str(pid)

    def control(self, *options):
        run_command(["callgrind_control", *options, self.pid], timeout=120)

    def millions(self, work):
        """Instructions of the agent during work(), in millions."""
        self.control("-i", "on")
        self.control("-z")
        work()
        self.control("-d")
        self.control("-i", "off")
        return self.newest() / 1e6

    def newest(self):
        dumps = list(self.dumps.parent.glob(self.dumps.name + ".*"))
        found = TOTALS.search(max(dumps, key=lambda dump: int(dump.suffix[1:])).read_text()) if dumps else None
        if not found:
            raise HarnessError(f"callgrind wrote no totals to {self.dumps}.*")
        return int(found.group(1))


class CountedJobs(JobSite):
    """Whole jobs over mutual TLS through an agent under callgrind."""

    def __enter__(self):
        super().__enter__()
        try:
            self.site.agent.stop()
            program = counted_agent(self.build, self.site.folder)
            self.site.agent.start(program=program, ready_within=120)
            self.pid = self.site.agent.process.pid
            self.counter = Counter(program, self.pid)
            return self
        except BaseException:
            self.__exit__()
            raise

    def counted_issue(self, count):
        """Millions of instructions for each of `count` issue jobs, after as many warm ones as a batch has."""
        self.issue(20)
        self.queue_issue(count)
        return self.counter.millions(lambda: self.finish(count)) / count

    def counted_revoke(self, count):
        self.queue_revoke(count)
        return self.counter.millions(lambda: self.finish(count)) / count


def measure_jobs(run, build, measured, folder):
    count = run.sizes.counted_jobs
    for name, ca_key, request_key in CASES:
        run.progress.say(f"instructions: jobs, {name}, {build.subject}")
        with CountedJobs(build, ca_key, request_key, folder) as site:
            measured.add(f"issue {name}", build.subject, site.counted_issue(count), "M")
            if name == "ec-ca":
                measured.add("revoke", build.subject, site.counted_revoke(count), "M")


class CountedServices:
    """The SCEP services of one build's agent, which starts once as it is, to make CAs and RAs, and then under callgrind."""

    def __init__(self, build, load_program, folder):
        self.build, self.load_program, self.folder = build, load_program, folder
        self.server = OurAgent(build.binaries, folder)

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            agent = stack.enter_context(self.server).agent
            chains = {name: service.ca_chain for name, service in self.server.services.items()}
            agent.stop()
            program = counted_agent(self.build, self.folder)
            agent.start(program=program, ready_within=120)
            port = self.server.logged("http.started")[-1]["port"]
            self.server.services = {name: Service(f"http://127.0.0.1:{port}{OurAgent.PATHS[name]}", chain, CHALLENGE)
                                    for name, chain in chains.items()}
            self.counter = Counter(program, agent.process.pid)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def load(self, name):
        load = Load(self.load_program, self.server, name, self.folder)
        load.enroll(20, "--connections", 1)  # warm
        return load


def measure_services(run, build, measured):
    count = run.sizes.counted
    program = next(one for one in run.builds if one.subject == NEW).binaries / "bench_scep_load"
    with tempfile.TemporaryDirectory(prefix="cc-counted-bench-") as folder, \
            CountedServices(build, program, folder) as services:
        for name in OurAgent.PATHS:
            run.progress.say(f"instructions: SCEP, {name}, {build.subject}")
            load = services.load(name)
            for connections in CONNECTIONS:
                spent = services.counter.millions(lambda: load.enroll(count, "--connections", connections))
                measured.add(f"{name} {connections}", build.subject, spent / count, "M")
            for operation in GETS:
                spent = services.counter.millions(lambda: load.get(operation, count))
                measured.add(f"{name} {operation}", build.subject, spent / count, "M")


def measure(run):
    for tool in ("valgrind", "callgrind_control"):
        if not shutil.which(tool):
            raise HarnessError(f"{tool} is missing: install the Debian package valgrind, or name the other parts with --part")
    measured = Measured()
    with tempfile.TemporaryDirectory(prefix="cc-job-bench-") as folder:
        for build in run.builds:
            measure_jobs(run, build, measured, folder)
    for build in run.builds:
        measure_services(run, build, measured)
    return [table_of(run, measured)]


def table_of(run, measured):
    def row(what, key):
        return Row(what, measured.of(key), MOST)

    rows = [
        row("issue job, RSA-2048 CA and request", "issue rsa"),
        row("issue job, P-256 CA, RSA-2048 request", "issue ec-ca"),
        row("issue job, P-256 CA and request", "issue ec"),
        row("revoke job, the CRLs of a P-256 CA included", "revoke"),
    ]
    for name, title in (("rsa", "RSA-2048 CA"), ("ec", "P-256 CA")):
        rows += [row(f"{title}: PKCSReq, {connections} connection{'s' if connections > 1 else ''}", f"{name} {connections}")
                 for connections in CONNECTIONS]
        rows += [row(f"{title}: {operation}", f"{name} {operation}") for operation in GETS]
    return Table("Instructions, in millions", run.subjects, rows, compare=len(run.builds) > 1)
