#!/usr/bin/env python3
"""The figures of the build for Windows: sizes, the time from the start to RUNNING, and the CPU of an issue job beside that on
Linux, with wineserver's. Both builds are release builds, and the machine has nothing else to do.

  windows_figures.py --binaries build/release/bin --windows build/windows [--jobs 1000]
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
import harness
from process_figures import cpu_ms

SERVICE = "CertificateConnector"
WARM_UP = 200  # jobs
MIB = 1 << 20


def wineservers():
    """Those of our Wine prefix."""
    ours = f"WINEPREFIX={harness.host.drive.parent}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text().startswith("wineserver") and ours in (process / "environ").read_bytes().split(b"\0"):
                yield int(process.name)
        except OSError:
            continue


def cpu_of_a_job(binaries, jobs, helpers):
    """Milliseconds of the agent and of helpers()."""
    with harness.Site(binaries, ca_key="P-256") as site:
        requests = site.make_requests(site.folder / "requests", 4, ("P-256",))
        site.queue_issue(requests, WARM_UP)
        site.wait_finished(WARM_UP, 300)
        processes = [site.agent.process.pid, *helpers()]
        before = sum(map(cpu_ms, processes))
        site.queue_issue(requests, jobs)
        site.wait_finished(WARM_UP + jobs, 600)
        return (sum(map(cpu_ms, processes)) - before) / jobs


def sizes(windows):
    for name in ("certconnectord.exe", "certconnector.exe"):
        with tempfile.NamedTemporaryFile() as stripped:
            subprocess.run(["x86_64-w64-mingw32-strip", "-o", stripped.name, windows / "bin" / name], check=True)
            print(f"{name}, stripped: {Path(stripped.name).stat().st_size / MIB:.1f} MiB")
    for msi in windows.glob("*.msi"):
        print(f"{msi.name}: {msi.stat().st_size / MIB:.1f} MiB")


def time_to_run(binaries):
    """Seconds from `net start` to RUNNING, as sc.exe sees it."""
    agent = harness.host.command(binaries, "certconnectord")
    harness.run([*agent, "--install"])
    (harness.host.drive / "ProgramData/Certificate Connector/certconnectord.conf").write_text("[agent]\n")
    try:
        begin = time.monotonic()
        harness.ended(harness.host.system_command("net", "start", SERVICE))
        harness.wait_until(lambda: re.search(r"STATE\s*: 4", harness.ended(harness.host.system_command("sc", "query", SERVICE)).stdout),
                           "RUNNING", interval=0)
        return time.monotonic() - begin
    finally:
        harness.ended([*agent, "--uninstall"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", type=Path, required=True)
    parser.add_argument("--windows", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1000)
    options = parser.parse_args()
    linux = cpu_of_a_job(options.binaries, options.jobs, lambda: [])
    sizes(options.windows)
    harness.take_host(sys.argv)
    print(f"from the start to RUNNING: {time_to_run(options.binaries):.2f} s")
    wine = cpu_of_a_job(options.binaries, options.jobs, wineservers)
    print(f"CPU of an issue job: {linux:.2f} ms on Linux, {wine:.2f} ms under Wine with wineserver's: {wine / linux:.2f} times")


if __name__ == "__main__":
    main()
