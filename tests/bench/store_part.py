"""The costs of the store, the CRLs and the workers, by programs that link them; and of a start with a full queue."""

import shutil
import tempfile
import time
from pathlib import Path

from builds import NEW, run_together
from harness import Agent
from openssl_reference import gain_of_two
from process_figures import cpu_ms, rss_mib
from rounds import Bound, Measured, turns
from tables import Row, Table

# The calls that record certificates. Builds before agent.db have two separate ones; since then a certificate is recorded
# with its job's outcome.
CERTIFICATE_CALLS = {"record": ("find", "record"), "settle": ("settle",)}
LONGEST, SCALE = "bench_store_longest", "bench_store_scale"


class StoredFiles:
    """For each build a folder with a full certificate store and queue, and the state of two agents, one with a full
    queue. Each build makes its own, since an older one cannot read the files of a newer one."""

    def __init__(self, run):
        self.run = run
        self.folder = Path(tempfile.mkdtemp(prefix="cc-store-bench-"))
        self.stores = {build.subject: self.folder / f"store-{number}" for number, build in enumerate(run.builds)}
        self.agents = {build.subject: {waiting: Agent(build.binaries, self.folder / f"agent-{number}-{waiting}")
                                       for waiting in (0, run.sizes.stored)}
                       for number, build in enumerate(run.builds)}

    def __enter__(self):
        try:
            self.fill()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def fill(self):
        stored = str(self.run.sizes.stored)
        commands = []
        for build in self.run.builds:
            queue = self.agents[build.subject][self.run.sizes.stored].state / build.database
            commands.append([build.binaries / SCALE, "--fill", queue, "--jobs", stored])
            if build.has(LONGEST):
                store = self.stores[build.subject]
                store.mkdir()
                commands.append([build.binaries / LONGEST, "--folder", store, "--stored", stored, "--fill"])
        run_together(commands)


def measure_longest(run, files, build, measured):
    """The longest call of each writer. The verdict uses its CPU time; the clock also counts the disk and other
    processes."""
    report, r = run.gauge.around(lambda: build.report_of(LONGEST, "--folder", files.stores[build.subject],
                                                         "--issue", str(run.sizes.issued)))
    if report is None:
        return
    recording = "record" if "record" in report["calls"] else "settle"
    for writer in ("certificates", "queue"):
        calls = [call for name, call in report["calls"].items()
                 if (name in CERTIFICATE_CALLS[recording]) == (writer == "certificates")]
        measured.add_cost(f"longest {writer}", build.subject, max(call["longest_cpu_ms"] for call in calls), r)
        measured.add(f"longest {writer} wall", build.subject, max(call["longest_wall_ms"] for call in calls), "ms")
    measured.add_cost("record", build.subject, report["calls"][recording]["median_cpu_ms"] / report["batch"], r)


def measure_start(run, files, build, measured):
    """Memory and CPU time of an agent at READY, with an empty queue and with waiting jobs of another CA."""
    memory = {}
    for waiting, agent in files.agents[build.subject].items():
        began = time.monotonic()
        agent.start()
        ready = (time.monotonic() - began) * 1000
        pid = agent.process.pid
        cpu, memory[waiting] = cpu_ms(pid), rss_mib(pid)
        depth = agent.json("status")["queue_depth"]
        agent.stop()
        if depth != waiting:
            raise RuntimeError(f"the agent says {depth} jobs, not {waiting}")
        if waiting:
            measured.add("start cpu", build.subject, cpu, "ms")
            measured.add("start wall", build.subject, ready, "ms")
    measured.add("full memory", build.subject, memory[run.sizes.stored] - memory[0], "MiB")


def measure_scale(run, build, measured):
    """Once: the program fills its queues itself."""
    run.progress.say(f"store at {run.sizes.stored} jobs, {build.subject}")
    store, r = run.gauge.around(lambda: build.report_of(SCALE, "--jobs", str(run.sizes.stored), "--certificates",
                                                        "100", "--measured", str(run.sizes.written)))
    measured.add("claim", build.subject, store["claim_ms_waiting"] / store["claim_ms_1000"], "times")
    measured.add_cost("writes", build.subject, store["job_ms"]["writes"], r)


def measure_round(run, files, measured, number):
    gain = gain_of_two()
    measured.add("machine", NEW, gain, "times")
    run.gauge.forget()
    for build in turns(run.builds, number):
        run.progress.say(f"store, round {number + 1} of {run.sizes.rounds}: {build.subject}")
        measure_longest(run, files, build, measured)
        crl, r = run.gauge.around(lambda: build.report_of("bench_crl", *map(str, run.sizes.crls[1:])))
        for entries in run.sizes.crls:
            measured.add_cost(f"crl {entries}", build.subject, crl[f"crl_{entries}_ms"], r)
        workers = build.report_of("bench_workers", str(run.sizes.worked))
        measured.add("workers", build.subject, workers["speedup"], "times")
        measured.add("workers of machine", build.subject, workers["speedup"] / gain, "times")
        measure_start(run, files, build, measured)
        run.gauge.forget()


def measure(run):
    measured = Measured()
    run.progress.say(f"store: makes certificate stores and queues of {run.sizes.stored}")
    with StoredFiles(run) as files:
        for number in range(run.sizes.rounds):
            measure_round(run, files, measured, number)
    for build in run.builds:
        measure_scale(run, build, measured)
    return [table_of(run, measured)]


def table_of(run, measured):
    of, stored = measured.of, run.sizes.stored
    rows = [
        Row(f"certificate store of {stored}: longest call, 50 issued at a time", of("longest certificates")),
        Row("  by the clock", of("longest certificates wall")),
        Row("  recording one certificate, median call", of("record")),
        Row(f"queue of {stored}: longest call meanwhile", of("longest queue")),
        Row("  by the clock", of("longest queue wall")),
        Row("four writes of a job, 50 at a time", of("writes")),
        Row(f"claim of 50 with {stored} waiting jobs, against 1000", of("claim"), Bound(most=2)),
        Row(f"agent with {stored} waiting jobs: memory over an empty one", of("full memory"), Bound(most=64)),
        Row("  start to READY, CPU time", of("start cpu"), Bound(most=1000)),
        Row("  start to READY, by the clock", of("start wall")),
        *(Row(f"one CRL of {entries} entries", of(f"crl {entries}")) for entries in run.sizes.crls),
        Row("two openssl processes against one, by the clock", of("machine")),
        Row("two workers against one, by the clock", of("workers")),
        Row("  of what the openssl processes gain", of("workers of machine"), Bound(least=0.85)),
    ]
    notes = [f"An older build without {LONGEST} has no longest call: build that program in its tree as CONTRIBUTING.md says."
             for build in run.builds if not build.has(LONGEST)]
    return Table("Store, CRLs, workers", run.subjects, rows, compare=len(run.builds) > 1, notes=notes)
