"""The builds that the benchmark measures, the sizes, and the run's progress."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from harness import HarnessError, run

NEW, OLD = "this build", "older build"


@dataclass(frozen=True)
class Sizes:
    rounds: int = 5
    jobs: int = 1000  # of each kind in a round
    few: int = 300  # enrollments in a round over one connection
    many: int = 1000  # over 64
    burst: int = 500  # at once, a connection each
    gets: int = 10000
    # Jobs, and enrollments, while the write-ahead logs are watched. Before agent.db the certificate store wrote its
    # index out every 2048 certificates, so that each round had it once.
    logged: int = 2048
    stored: int = 1_000_000
    written: int = 20_000  # jobs that go through the four writes, once
    crls: tuple = (0, 10_000, 100_000)  # entries; older programs know these alone
    worked: int = 4000  # jobs of the workers, which older programs do whatever is asked
    issued: int = 5000  # certificates beside what is stored, in a round
    purged: int = 250_000  # jobs, while devices enroll
    revoked: int = 500_000  # entries of the CRLs beside which devices enroll
    beside: int = 4000  # enrollments beside a purge, and beside CRLs
    counted: int = 200  # enrollments and GETs of a row whose instructions are counted
    # The same of jobs: with fewer the number of their batches and CRLs, which time decides, shows.
    counted_jobs: int = 1000
    idle_seconds: int = 60
    idle_connections: int = 5000


FULL = Sizes()
QUICK = Sizes(rounds=2, jobs=200, few=50, many=200, burst=500, gets=2000, logged=100, stored=20_000, idle_seconds=5,
              idle_connections=500, counted=50, counted_jobs=50, purged=5000, revoked=20_000, beside=500)
SMOKE = Sizes(rounds=1, jobs=20, few=5, many=20, burst=20, gets=100, logged=10, stored=2000, written=1000, worked=200,
              crls=(0, 100, 1000), issued=2500, counted=10, counted_jobs=10, idle_seconds=1, idle_connections=20, purged=640,
              revoked=1000, beside=20)


@dataclass(frozen=True)
class Build:
    """The programs of one build. Its subject is NEW or OLD."""

    subject: str
    binaries: Path

    @property
    def database(self):
        """The file that its agent keeps its jobs in: builds before agent.db have queue.db."""
        return "agent.db" if b"agent.db" in (self.binaries / "certconnectord").read_bytes() else "queue.db"

    def has(self, program):
        return (self.binaries / program).exists()

    def report_of(self, program, *options):
        """The JSON in the last line that one of its programs prints; None where it has no such program."""
        if not self.has(program):
            return None
        return json.loads(run([self.binaries / program, *options], timeout=3600).splitlines()[-1])


class Progress:
    """Says on standard error what is under way, and since when."""

    def __init__(self):
        self.began = time.monotonic()

    def say(self, text):
        passed = int(time.monotonic() - self.began)
        print(f"[{passed // 60:2}:{passed % 60:02}] {text}", file=sys.stderr, flush=True)


def run_together(commands):
    """Runs the commands at the same time, each to its end."""
    running = [(command, subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL))
               for command in commands]
    for command, process in running:
        if process.wait() != 0:
            raise HarnessError(f"{' '.join(map(str, command))} ended with {process.returncode}")
