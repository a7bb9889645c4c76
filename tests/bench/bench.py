#!/usr/bin/env python3
"""What a job costs: CPU time of the agent's process for whole jobs over mutual TLS, beside `openssl speed` of the same run.

Prints a table and JSON. Figures are CPU milliseconds for each job; R is one RSA-2048 signature, E one P-256 signature.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from harness import Agent, Site, run, wait_until  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
CONFIGURATION = """[agent]
workers={workers}
[queue]
high_water=5000
[management]
lease_max_jobs={lease}
[log]
level=warning
"""


def openssl_speed(processes=1):
    """Milliseconds of a processor for one RSA-2048 and one P-256 signature, while so many processes make them."""
    out = subprocess.run(["openssl", "speed", "-multi", str(processes), "-seconds", "2", "rsa2048", "ecdsap256"],
                         capture_output=True, text=True, check=True).stdout
    rsa = float(re.search(r"rsa 2048 bits\s+\S+\s+\S+\s+([\d.]+)", out).group(1))
    ec = float(re.search(r"256 bits ecdsa \(nistp256\)\s+\S+\s+\S+\s+([\d.]+)", out).group(1))
    return processes * 1000 / rsa, processes * 1000 / ec


def cpu_ms(pid):
    """User and system time of the whole process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICK


def rss_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def whole_jobs(binaries, ca_key, kind, jobs, workers=1):
    """CPU for each issue job and each revoke job, with the queue of the endpoint filled beforehand."""
    with Site(binaries, configuration=CONFIGURATION.format(workers=workers, lease=100), ca_key=ca_key,
              endpoint_options=("--volatile",)) as site:
        requests = site.make_requests(site.folder / "requests", 16, (kind,))
        site.queue_issue(requests, 200)
        site.wait_finished(200)  # warm: connections, caches, the first tables
        pid = site.agent.process.pid

        site.agent.cli("pause")
        site.queue_issue(requests, jobs)
        before = cpu_ms(pid)
        site.agent.cli("resume")
        site.wait_finished(jobs + 200, timeout=600)
        issue = (cpu_ms(pid) - before) / jobs

        site.agent.cli("pause")
        site.endpoint.verb("queue-revoke", "--ca", site.ca, "--from-results", "--count", jobs)
        before = cpu_ms(pid)
        site.agent.cli("resume")
        site.wait_finished(2 * jobs + 200, timeout=600)
        revoke = (cpu_ms(pid) - before) / jobs
        return issue, revoke, rss_mib(pid)


def idle(binaries, seconds):
    """RSS, CPU and context switches of an agent with nothing to do."""
    with Site(binaries) as site:
        pid = site.agent.process.pid
        wait_until(lambda: site.agent.json("status")["endpoint"]["reachable"], "the first poll")

        def switches():
            total = 0
            for task in Path(f"/proc/{pid}/task").iterdir():
                total += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", (task / "status").read_text()))
            return total

        before, switched = cpu_ms(pid), switches()
        subprocess.run(["sleep", str(seconds)], check=True)  # the measured quantity is what happens in this time
        return {
            "rss_mib": round(rss_mib(pid), 1),
            "cpu_percent": round((cpu_ms(pid) - before) / seconds / 10, 3),
            "context_switches_per_second": round((switches() - switched) / seconds, 2),
        }


def with_full_queue(binaries, jobs):
    """Time to READY, and memory then, of an agent with an empty queue and with that many waiting jobs of another CA."""
    figures = {}
    for waiting in (0, jobs):
        with tempfile.TemporaryDirectory(prefix="certconnector-") as folder:
            agent = Agent(binaries, folder)
            if waiting:
                run([Path(binaries) / "bench_store_scale", "--fill", agent.state / "queue.db", "--jobs", str(waiting)],
                    timeout=1200)
            began = time.monotonic()
            agent.start()
            ready = (time.monotonic() - began) * 1000
            depth = agent.json("status")["queue_depth"]
            assert depth == waiting, f"the agent says {depth} jobs"
            figures[f"{waiting}_waiting"] = {"ready_ms": round(ready), "rss_mib": round(rss_mib(agent.process.pid), 1)}
            agent.stop()
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--idle-seconds", type=int, default=60)
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()

    def report_of(program):
        return json.loads(run([Path(options.binaries) / program], timeout=1200).splitlines()[-1])

    figures, rows = {}, []

    def row(what, value, unit="ms", most=None, least=None):
        bound = "-" if most is None and least is None else f"<= {most:.3f}" if least is None else f">= {least:.3f}"
        held = (most is None or value <= most) and (least is None or value >= least)
        rows.append((what, f"{value:.3f} {unit}", bound, "" if bound == "-" else "ok" if held else "MISSED"))

    rsa, _ = openssl_speed()
    issue, _, rss = whole_jobs(options.binaries, "rsa:2048", "rsa:2048", options.jobs)
    rsa = (rsa + openssl_speed()[0]) / 2
    figures["issue_rsa2048"] = {"cpu_ms": issue, "R_ms": rsa, "over_R_ms": issue - rsa, "rss_mib": rss}
    row("openssl speed: one RSA-2048 signature (R)", rsa)
    row("issue job, RSA-2048 CA and request", issue, most=rsa + 0.30)
    row("  over R", issue - rsa, most=0.30)

    # The same requests by another CA; and requests whose own signature costs most to verify.
    issue, revoke, rss = whole_jobs(options.binaries, "ec:256", "rsa:2048", options.jobs)
    figures["issue_p256_ca"] = {"cpu_ms": issue, "E_ms": openssl_speed()[1], "rss_mib": rss}
    figures["revoke"] = {"cpu_ms": revoke}
    row("openssl speed: one P-256 signature (E)", figures["issue_p256_ca"]["E_ms"])
    row("issue job, P-256 CA, RSA-2048 request", issue, most=0.30)
    issue, _, rss = whole_jobs(options.binaries, "ec:256", "P-256", options.jobs)
    figures["issue_p256_request"] = {"cpu_ms": issue, "rss_mib": rss}
    row("issue job, P-256 CA and request", issue, most=0.30)
    row("revoke job, the CRLs of a P-256 CA included", revoke, most=0.15)

    figures["crl"] = crl = report_of("bench_crl")
    for entries in (0, 10000, 100000):
        row(f"one CRL of {entries} entries", crl[f"crl_{entries}_ms"])
    figures["workers"] = workers = report_of("bench_workers")
    row("two workers against one", workers["speedup"], "times", least=1.7)
    figures["store"] = store = report_of("bench_store_scale")
    waiting = store["waiting"]
    row(f"claim of {store['batch']} with {waiting} waiting jobs, against 1000",
        store["claim_ms_waiting"] / store["claim_ms_1000"], "times", most=2)
    figures["full_queue"] = with_full_queue(options.binaries, waiting)
    empty, full = figures["full_queue"].values()
    row(f"agent with {waiting} waiting jobs: memory over an empty one", full["rss_mib"] - empty["rss_mib"], "MiB", most=64)
    row(f"agent with {waiting} waiting jobs: start to READY", full["ready_ms"], most=1000)

    figures["idle"] = at_rest = idle(options.binaries, options.idle_seconds)
    row("idle: memory", at_rest["rss_mib"], "MiB", most=25)
    row("idle: CPU of a core", at_rest["cpu_percent"], "%", most=0.2)
    row("idle: wake-ups a second, of all threads", at_rest["context_switches_per_second"], "")

    width = max(len(r[0]) for r in rows)
    print(f"{'':{width}}  {'measured':>14}  {'bound':>12}")
    for what, value, bound, verdict in rows:
        print(f"{what:{width}}  {value:>14}  {bound:>12}  {verdict}")
    print(json.dumps(figures, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
