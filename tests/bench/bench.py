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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from harness import Site, run, wait_until  # noqa: E402

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


def openssl_speed():
    """Milliseconds of one RSA-2048 and one P-256 signature."""
    out = subprocess.run(["openssl", "speed", "-seconds", "2", "rsa2048", "ecdsap256"], capture_output=True, text=True,
                         check=True).stdout
    rsa = float(re.search(r"rsa 2048 bits\s+\S+\s+\S+\s+([\d.]+)", out).group(1))
    ec = float(re.search(r"256 bits ecdsa \(nistp256\)\s+\S+\s+\S+\s+([\d.]+)", out).group(1))
    return 1000 / rsa, 1000 / ec


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--idle-seconds", type=int, default=60)
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()

    figures, rows = {}, []

    def row(what, value, bound, unit="ms"):
        rows.append((what, f"{value:.3f} {unit}", f"{bound:.3f} {unit}" if bound is not None else "-",
                     "" if bound is None else ("ok" if value <= bound else "MISSED")))

    rsa, _ = openssl_speed()
    issue, revoke, rss = whole_jobs(options.binaries, "rsa:2048", "rsa:2048", options.jobs)
    rsa = (rsa + openssl_speed()[0]) / 2
    figures["issue_rsa2048"] = {"cpu_ms": issue, "R_ms": rsa, "over_R_ms": issue - rsa, "rss_mib": rss}
    row("openssl speed: one RSA-2048 signature (R)", rsa, None)
    row("issue job, RSA-2048 CA and request", issue, rsa + 0.30)
    row("  over R", issue - rsa, 0.30)

    issue, revoke, rss = whole_jobs(options.binaries, "ec:256", "P-256", options.jobs)
    ec = openssl_speed()[1]
    figures["issue_p256"] = {"cpu_ms": issue, "E_ms": ec, "rss_mib": rss}
    row("openssl speed: one P-256 signature (E)", ec, None)
    row("issue job, P-256 CA and request", issue, 0.30)
    figures["revoke"] = {"cpu_ms": revoke}
    row("revoke job, CRLs of P-256 included", revoke, 0.15)

    scale = json.loads(run([Path(options.binaries) / "bench_store_scale"], timeout=1200).splitlines()[-1])
    figures["store"] = scale
    workers = json.loads(run([Path(options.binaries) / "bench_workers"], timeout=600).splitlines()[-1])
    figures["workers"] = workers
    crl = json.loads(run([Path(options.binaries) / "bench_crl"], timeout=600).splitlines()[-1])
    figures["crl"] = crl
    figures["idle"] = idle(options.binaries, options.idle_seconds)
    row("idle: memory", figures["idle"]["rss_mib"], 25, "MiB")
    row("idle: CPU of a core", figures["idle"]["cpu_percent"], 0.2, "%")

    width = max(len(r[0]) for r in rows)
    print(f"{'':{width}}  {'measured':>12}  {'bound':>12}")
    for what, value, bound, verdict in rows:
        print(f"{what:{width}}  {value:>12}  {bound:>12}  {verdict}")
    print(json.dumps(figures, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
