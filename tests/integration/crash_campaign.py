#!/usr/bin/env python3
"""Kills the agent with SIGKILL, at every named point of a job's path and at random moments under load, with duplicate
deliveries and lost acknowledgements on, and checks that every job has exactly one result at the endpoint and every
issue job exactly one certificate in the CA's certificate store.

  crash_campaign.py --binaries build/release/bin                    the long run: every point, 300 random kills
  crash_campaign.py --binaries build/debug/bin --random-kills 15    the short run of the tests
  crash_campaign.py --binaries build/release/bin --windows build/windows    the long run of the agent for Windows
"""

import argparse
import collections
import json
import random
import sqlite3
import subprocess
import sys
import time

import harness
from harness import HarnessError, Site, verdict_of, wait_until

POINTS = ["leased", "stored", "lease_acknowledged", "claimed", "submitted", "settled", "report_sent",
          "report_acknowledged"]
FAULTS = ["duplicate_delivery_percent=20", "lose_ack_percent=20"]
CONFIGURATION = """[management]
poll_wait=1s
lease=60s
lease_max_jobs=40
request_timeout=10s
[retry]
base=50ms
cap=1s
"""


class Campaign:
    def __init__(self, site, options):
        self.site = site
        self.options = options
        self.random = random.Random(options.seed)
        self.issued = 0
        self.revoked = 0
        self.kills = 0
        self.requests = site.make_requests(site.folder / "requests", 12, ("rsa:2048", "P-256", "P-256"))

    def expected(self):
        return self.issued + self.revoked

    def queue(self, issue, revoke):
        self.site.queue_issue(self.requests, issue)
        self.issued += issue
        if revoke:
            self.site.endpoint.verb("queue-revoke", "--ca", self.site.ca, "--from-results", "--count", revoke)
            self.revoked += revoke

    def restart(self):
        self.site.agent.start(program="certconnectord")

    def at_every_point(self):
        for point in POINTS:
            for nth in range(1, self.options.rounds + 1):
                self.site.agent.stop()
                self.queue(60, 5 if self.issued >= 60 else 0)
                self.site.agent.start(program="certconnectord-crashing",
                                      environment={"CERTCONNECTOR_CRASH_AT": f"{point}:{nth}"}, wait_ready=False)
                self.await_crash(f"{point}:{nth}")
                self.kills += 1
                self.restart()
                self.site.wait_finished(self.expected())
            print(f"  killed at {point}: {self.options.rounds} times, all jobs finished", flush=True)

    def await_crash(self, point):
        """A point that is passed once for a whole batch comes a second time with more jobs only."""
        for _ in range(12):
            try:
                code = self.site.agent.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.queue(20, 0)
                continue
            if code != harness.host.killed_itself:
                raise HarnessError(f"the agent ended with {code}, not at {point}")
            return
        raise HarnessError(f"the agent never came to {point}")

    def at_random(self):
        for kill in range(self.options.random_kills):
            if self.expected() - self.site.endpoint.finished() < 200:
                self.queue(400, 20)
            time.sleep(self.random.uniform(0.0, 0.6))  # the moment of the kill is what is random here
            self.site.agent.kill()
            self.kills += 1
            self.site.agent.start(wait_ready=self.random.random() < 0.5)
            if (kill + 1) % 25 == 0:
                print(f"  {kill + 1} of {self.options.random_kills} random kills, {self.site.endpoint.finished()} jobs done",
                      flush=True)
        wait_until(self.site.agent.answers, "the agent to answer")
        self.site.wait_finished(self.expected(), timeout=300)

    def verdict(self):
        """Asks both sides: nothing lost, nothing doubled."""
        self.site.agent.stop()
        summary = self.site.endpoint.summary()
        finished = summary["finished"]
        certificate_store = sqlite3.connect(f"file:{self.site.agent.state}/agent.db?mode=ro", uri=True)
        certificates = certificate_store.execute("SELECT count(*) FROM certificate").fetchone()[0]
        self.site.endpoint.verb("results", "--out", self.site.folder / "results", timeout=600)
        results = json.loads((self.site.folder / "results" / "results.json").read_text())
        issued = [r["result"]["serial"] for r in results if r["result"]["status"] == "issued"]
        serials = collections.Counter(issued)
        figures = {
            "kills": self.kills,
            "issue_jobs": self.issued,
            "revoke_jobs": self.revoked,
            "results": sum(finished.values()),
            "issued": finished["issued"],
            "revoked": finished["revoked"],
            "certificates_recorded": certificates,
            "duplicate_results_refused": summary["duplicates"],
            "superseded": summary["superseded"],
            "lost": self.expected() - sum(finished.values()),
            "doubled": certificates - self.issued + sum(n - 1 for n in serials.values()),
        }
        print(json.dumps(figures, indent=2))
        good = (figures["lost"] == 0 and figures["doubled"] == 0 and figures["superseded"] == 0
                and finished["issued"] == self.issued and finished["revoked"] == self.revoked)
        return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--windows", help="a build for Windows: kills its agent, under Wine")
    parser.add_argument("--rounds", type=int, default=2, help="kills at each named point")
    parser.add_argument("--random-kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    harness.take_host(sys.argv)
    print(f"seed {options.seed}", flush=True)
    with Site(options.binaries, configuration=CONFIGURATION, endpoint_options=("--redelivery", "2s")) as site:
        site.endpoint.verb("faults", *FAULTS)
        campaign = Campaign(site, options)
        good = verdict_of(site, campaign.at_every_point, campaign.at_random, campaign.verdict)
    print("nothing lost, nothing doubled" if good else "FAILED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
