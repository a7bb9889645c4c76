#!/usr/bin/env python3
"""The CPU time of jobs and SCEP enrollments, in rounds, each beside `openssl speed` of the same round; with --beside
an older build in the same rounds, and the SCEP servers of others.

Prints tables; packaging/doc/benchmark.md says what the rows mean. A run takes about 40 minutes on two cores, the first one
some minutes more, to build the servers of others; --quick takes three.
"""

import argparse
import dataclasses
import datetime
import functools
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "integration"), str(TESTS / "interop")]

import harness  # noqa: E402
import instruction_part  # noqa: E402
import job_part  # noqa: E402
import openssl_reference  # noqa: E402
import peers  # noqa: E402
import scep_part  # noqa: E402
import store_part  # noqa: E402
import stored_part  # noqa: E402
from builds import FULL, NEW, OLD, QUICK, SMOKE, Build, Progress, Sizes  # noqa: E402

harness.Agent.checks_answers = False  # an older build has other answers

MARK = "<!-- tables of tests/bench/run.sh -->"
PARTS = {"jobs": job_part.measure, "store": store_part.measure, "scep": scep_part.measure,
         "stored": stored_part.measure, "instructions": instruction_part.measure}
ALONE = {"instructions"}  # needs valgrind: only when it is named


@dataclass
class Run:
    builds: list
    sizes: Sizes
    peers: list = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    gauge: openssl_reference.Gauge = field(default_factory=openssl_reference.Gauge)
    pause = staticmethod(time.sleep)

    @property
    def subjects(self):
        return [build.subject for build in self.builds]


def machine():
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return f"{model.group(1) if model else 'a CPU of no name'}, {os.cpu_count()} cores"


def commit_of(build):
    """Git's description of the tree that the programs are in."""
    done = subprocess.run(["git", "-C", build.binaries, "describe", "--always", "--dirty", "--exclude", "*"],
                          capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "of no Git tree"


def circumstances(run):
    """How it was measured, a line each."""
    builds = ", ".join(f"{build.subject} {commit_of(build)}" for build in run.builds)
    return [f"{datetime.date.today()}, {machine()}, {openssl_reference.version()}; {builds}.",
            f"{run.sizes.rounds} rounds: the median, and the least and the most of them. R, one RSA-2048 signature of the "
            "same round, and all costs are CPU time."]


def write_markdown(path, tables):
    """Puts the tables between the marks of a file that has some, as packaging/doc/benchmark.md."""
    if path.exists() and MARK in path.read_text():
        head, *_, tail = path.read_text().split(MARK)
        tables = MARK.join([head, f"\n\n{tables.strip()}\n\n", tail])
    path.write_text(tables)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True, type=Path, help="folder of this build's programs")
    parser.add_argument("--beside", type=Path, help="folder of an older build's programs")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be given again")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small numbers, two rounds: shows that it works")
    size.add_argument("--smoke", action="store_true",
                      help="one round of next to nothing, for a test: fails when a row does not come out")
    parser.add_argument("--rounds", type=int, help=f"of each measurement ({FULL.rounds})")
    parser.add_argument("--stored", type=int, help=f"certificates, and waiting jobs, of a full store ({FULL.stored})")
    parser.add_argument("--no-peers", action="store_true", help="without the SCEP servers of others")
    parser.add_argument("--markdown", type=Path,
                        help="write the tables to this file, between its marks when it has them")
    parser.add_argument("--json", type=Path, help="write the figures of each round to this file")
    options = parser.parse_args(arguments)
    options.sizes = QUICK if options.quick else SMOKE if options.smoke else FULL
    if options.rounds is not None:
        if options.rounds < 1:
            parser.error("--rounds is 1 or more")
        options.sizes = dataclasses.replace(options.sizes, rounds=options.rounds)
    if options.stored is not None:
        if options.stored < 1000:
            parser.error("--stored is 1000 or more")
        options.sizes = dataclasses.replace(options.sizes, stored=options.stored)
    for folder in filter(None, (options.binaries, options.beside)):
        if not (folder / "certconnectord").exists():
            parser.error(f"{folder} has no certconnectord: build the target \"benchmarks\" there")
    return options


def make_run(options):
    run = Run([Build(NEW, options.binaries.resolve())], options.sizes)
    if options.smoke:
        run.gauge.measure = functools.cache(run.gauge.measure)  # R once is enough where nobody looks at it
    if options.beside:
        run.builds.append(Build(OLD, options.beside.resolve()))
    if not options.no_peers and not options.smoke and "scep" in (options.part or PARTS):
        run.peers = peers.find(not options.quick, run.progress.say)
    return run


def main():
    options = parse(sys.argv[1:])
    run = make_run(options)
    tables = []
    for name in options.part or (part for part in PARTS if part not in ALONE):
        tables += PARTS[name](run)
    run.progress.say("done")
    lines = circumstances(run)
    print("\n".join([*lines, "", *(table.text() for table in tables)]))
    if options.markdown:
        write_markdown(options.markdown, "\n".join(["\n".join(lines), "", *(table.markdown() for table in tables)]))
    if options.json:
        options.json.write_text(json.dumps({table.title: table.figures() for table in tables}, indent=2))
    empty = [row.what for table in tables for row in table.rows if NEW not in row.measured]
    if empty:
        sys.exit(f"bench: nothing was measured for: {', '.join(empty)}")


if __name__ == "__main__":
    main()
