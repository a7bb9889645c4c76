#!/usr/bin/env python3
"""Kills the agent with SIGKILL while devices enroll by SCEP and an NDES calls the NDES service, at every named point of
an enrollment's path and at random moments. The devices repeat their requests until they have a final answer. Some hang
up early, some ask twice at once, some renew, and acknowledgements of reports are lost. Then checks that each device has
one certificate, and one more if it renewed, and never got another one. The CA's certificate store must have those and
no other. The endpoint must have one report of each. Every challenge must be used. Nobody may have a certificate that
the endpoint denied, and the agent must have revoked it.

After each kill the agent's disk must hold every request that the agent verified for the NDES, and every certificate
whose notification it answered. In the end each challenge of a device behind the NDES has one verified request, unless
that failed. The agent has recorded and reported each certificate of the NDES once.

  scep_campaign.py --binaries build/release/bin                    the long run: every point four times, 200 random kills
  scep_campaign.py --binaries build/debug/bin --random-kills 15    the short run of the tests
"""

import argparse
import collections
import json
import random
import re
import sqlite3
import sys
import time

from harness import HarnessError, verdict_of, wait_until
from ndes_crowd import NdesCrowd, NdesSite
from scep_site import Crowd

POINTS = ["enrollments_arrived", "enrollments_begun", "claimed", "submitted", "settled", "answer_ready", "answer_sent",
          "report_sent", "report_acknowledged"]
REFUSAL_POINTS = ["settled", "report_sent", "report_acknowledged", "submitted"]
NDES_POINTS = ["enrollments_arrived", "enrollments_begun", "report_sent", "report_acknowledged"]
PAUSES = (0, 150)  # milliseconds between the point and the kill
FAULTS = ["lose_ack_percent=20", "status_503_percent=10"]
REFUSALS = "refuse_enrollments_percent=60"
SERVICES = ("prompt", "reported", "codes")
CONFIGURATION = """[management]
poll_wait=1s
request_timeout=5s
[retry]
base=50ms
cap=500ms
"""
MANNERS = ("--threads", 12, "--hang-up", 15, "--twins", 15)
RENEWING = ("--renew", 25)


class Campaign:
    def __init__(self, site, options):
        self.site = site
        self.options = options
        self.random = random.Random(options.seed)
        self.orders = {}  # by transaction id
        self.renewals = {}  # the orders of the devices that renew, by the renewal's transaction id
        self.answers = collections.defaultdict(list)  # by transaction id
        self.kinds = collections.Counter()
        self.crowds = 0
        self.pauses = self.random.sample(PAUSES, len(PAUSES))  # taken by turns
        self.kills = 0
        self.ndes_crowds = []

    def mixed_orders(self, count):
        few = max(1, count // 8)
        share = (count - few) // 2
        return [*self.site.order("prompt", share), *self.site.order("reported", count - few - share),
                *self.site.order("codes", few)]

    def crowd(self, orders, *options):
        self.crowds += 1
        self.random.shuffle(orders)
        self.orders |= {order["transaction"]: order for order in orders}
        return Crowd(self.site, orders, f"crowd-{self.crowds}", *MANNERS, *options)

    def finish(self, crowd):
        answers, kinds = crowd.wait()
        self.kinds.update(kinds)
        for answer in answers:
            transaction = answer["transaction"]
            self.answers[transaction].append(answer)
            if transaction not in self.orders:
                self.renewals[transaction] = self.orders[transaction.removeprefix("R")]

    def kill_at(self, point, nth, orders, *options):
        """The agent dies at this point while the devices enroll, and comes back."""
        self.start_dying_agent(point, nth)
        crowd = self.crowd(orders, *options)
        try:
            self.wait_for_death(point, nth)
            self.site.agent.start(program="certconnectord")
            self.finish(crowd)
        finally:
            crowd.kill()

    def start_dying_agent(self, point, nth):
        """The agent's other threads still send in the pause before it dies. With old reports it may die while it
        starts."""
        self.pauses.reverse()
        self.site.agent.stop()
        self.site.agent.start(program="certconnectord-crashing", wait_ready=False,
                              environment={"CERTCONNECTOR_CRASH_AT": f"{point}:{nth}:{self.pauses[0]}"})

    def wait_for_death(self, point, nth):
        wait_until(lambda: not self.site.agent.running(), f"the agent to die at {point}:{nth}")
        code = self.site.agent.process.returncode
        if code != -9:
            raise HarnessError(f"the agent ended with {code}, not at {point}:{nth}")
        self.kills += 1

    def ndes_crowd(self):
        self.ndes_crowds.append(NdesCrowd(self.site, len(self.ndes_crowds)))
        return self.ndes_crowds[-1].start()

    def with_ndes(self):
        """The agent dies while NDES verifies and notifies, and while the agent reports these outcomes."""
        for point in NDES_POINTS:
            for kill in range(self.options.rounds):
                nth = 1 + kill * 5
                self.start_dying_agent(point, nth)
                crowd = self.ndes_crowd()
                try:
                    self.wait_for_death(point, nth)
                    crowd.look_at_disk()
                    self.site.agent.start(program="certconnectord")
                    crowd.finish()
                finally:
                    crowd.kill()
            print(f"  killed at {point} with an NDES: {self.options.rounds} times", flush=True)

    def at_every_point(self):
        for point in POINTS:
            for kill in range(self.options.rounds):
                self.kill_at(point, 1 + kill // 2, self.mixed_orders(self.options.devices), *RENEWING)
            print(f"  killed at {point}: {self.options.rounds} times, every device has its certificate", flush=True)

    def at_random(self):
        crowd = None
        ndes = self.ndes_crowd()
        try:
            for kill in range(self.options.random_kills):
                if crowd is None or not crowd.running():
                    if crowd:
                        wait_until(self.site.agent.answers, "the agent to answer")
                        self.finish(crowd)
                    crowd = self.crowd(self.mixed_orders(self.options.devices * 8), *RENEWING)
                time.sleep(self.random.uniform(0.0, 0.8))  # the random moment of the kill
                self.site.agent.kill()
                self.kills += 1
                ndes.look_at_disk()
                self.site.agent.start(program="certconnectord", wait_ready=self.random.random() < 0.5)
                if (kill + 1) % 25 == 0:
                    print(f"  {kill + 1} of {self.options.random_kills} random kills, {len(self.answers)} devices done",
                          flush=True)
            if crowd:
                self.finish(crowd)
            wait_until(self.site.agent.answers, "the agent to answer")
            ndes.finish()
        finally:
            ndes.kill()
            if crowd:
                crowd.kill()

    def with_refusals(self):
        # The endpoint judges reports: those of certificates that were given at once must not wait for this.
        self.wait_reported()
        self.site.endpoint.verb("faults", *FAULTS, REFUSALS)
        for point in REFUSAL_POINTS:
            for kill in range(self.options.rounds):
                self.kill_at(point, 1 + kill // 2, self.site.order("reported", self.options.devices))
        self.site.endpoint.verb("faults", *FAULTS)
        print("  killed while the endpoint denies certificates", flush=True)

    def steal_challenges(self):
        """Repeats every signed challenge with another key."""
        stolen = [dict(order, transaction="S-" + order["name"]) for order in self.orders.values()
                  if order["service"] != "codes"]
        crowd = Crowd(self.site, stolen, "thieves", "--one-key", "--threads", 12)
        try:
            answers, _ = crowd.wait()
        finally:
            crowd.kill()
        return stolen, answers

    def certificate_store(self):
        """The CA's certificates: {device: its certificates, each (record, whether it is revoked)}."""
        certificate_store = sqlite3.connect(f"file:{self.site.agent.state}/agent.db?mode=ro", uri=True)
        known = collections.defaultdict(list)
        for record, revoked in certificate_store.execute(
                "SELECT certificate.record, revocation.entry IS NOT NULL FROM certificate "
                "LEFT JOIN revocation USING (entry)"):
            # The transaction id in the record names the device too.
            for name in set(re.findall(rb"device-\d{6}", record)):
                known[name.decode()].append((record, revoked))
        certificate_store.close()
        return known

    def wait_reported(self):
        due = {key for key, order in (self.orders | self.renewals).items() if order["service"] != "codes"}
        due |= {key for crowd in self.ndes_crowds for key in crowd.due()}
        wait_until(lambda: len(due & self.site.enrollments().keys()) == len(due), "all enrollments to be reported",
                   timeout=30, interval=0.5)

    def settle(self):
        """Waits until all reports and revocations are done; the findings show the missing ones."""
        def revoked():
            refused = sum(rows[-1]["verdict"] == "refused" for rows in self.site.enrollments().values())
            return sum(r for all in self.certificate_store().values() for _, r in all) >= refused

        try:
            self.wait_reported()
            wait_until(revoked, "the revocation of denied certificates", timeout=30, interval=0.5)
        except HarnessError as error:
            print(error, file=sys.stderr)

    def verdict(self):
        self.settle()
        known, rows = self.certificate_store(), self.site.enrollments()
        findings = collections.defaultdict(list)  # {fault: transactions}
        refused = 0
        for transaction, order in (self.orders | self.renewals).items():
            reports = rows.get(transaction, [])
            withheld = any(row["verdict"] == "refused" for row in reports)
            refused += withheld
            for finding in (*self.look_at_answers(self.answers[transaction], withheld),
                            *self.look_at_certificate_store(self.certificates_of(transaction, order, known), transaction, withheld),
                            *self.look_at_reports(reports, order["service"])):
                findings[finding].append(transaction)
        self.look_at_challenges(findings)
        for crowd in self.ndes_crowds:
            for finding, whom in crowd.verdict(rows).items():
                findings[f"NDES: {finding}"] += whom
        summary = self.site.endpoint.summary()
        print(json.dumps({
            "kills": self.kills, "devices": len(self.orders), "renewals": len(self.renewals),
            "refused_by_the_endpoint": refused,
            "ndes_devices": sum(len(crowd.devices) for crowd in self.ndes_crowds),
            "ndes_certificates": sum(len(device.certificates) for crowd in self.ndes_crowds for device in crowd.devices),
            "answers": dict(self.kinds), "certificates_recorded": sum(map(len, known.values())),
            "reports": sum(map(len, rows.values())), "duplicate_reports_refused": summary["duplicates"],
            "findings": {finding: len(whom) for finding, whom in findings.items()}}, indent=2))
        for finding, whom in findings.items():
            print(f"{finding}: {', '.join(whom[:5])}", file=sys.stderr)
        return not findings

    def certificates_of(self, transaction, order, known):
        """The device's certificates in the certificate store, without those given to its other transaction."""
        first = order["transaction"]
        other = f"R{first}" if transaction == first else first
        others = self.given(other) if other in self.answers else set()
        return [entry for entry in known[order["name"]] if not any(der in entry[0] for der in others)]

    def given(self, transaction):
        return {bytes.fromhex(a["certificate"]) for a in self.answers[transaction] if a["kind"] == "success"}

    @staticmethod
    def look_at_answers(answers, withheld):
        kinds = {answer["kind"] for answer in answers}
        given = {answer["certificate"] for answer in answers if answer["kind"] == "success"}
        if "wrong" in kinds:
            yield "an answer that is not SCEP"
        if len(given) > 1:
            yield "answered with two certificates"
        if withheld and given:
            yield "given a certificate that the endpoint denied"
        if not withheld and ("failure" in kinds or not given):
            yield "denied"

    def look_at_certificate_store(self, certificates, transaction, withheld):
        if len(certificates) != 1:
            yield f"{len(certificates)} certificates in the certificate store"
            return
        record, revoked = certificates[0]
        if any(der not in record for der in self.given(transaction)):
            yield "given a certificate that the certificate store does not have"
        if bool(revoked) != withheld:
            yield "revoked though it was given out" if revoked else "denied by the endpoint and not revoked"

    @staticmethod
    def look_at_reports(reports, service):
        if len(reports) != (service != "codes"):
            yield f"{len(reports)} reports at the endpoint"
        if any(row["status"] != "issued" or row["verdict"] not in ("accepted", "refused") for row in reports):
            yield "reported as something else than issued"

    def look_at_challenges(self, findings):
        for challenge in self.site.agent.json("challenge", "list", "--service", "codes")["challenges"]:
            if challenge["state"] != "used":
                findings["a one-time password that is not used up"].append(challenge["device"])
        stolen, answers = self.steal_challenges()
        for answer in answers:
            if answer["kind"] == "success":
                findings["a signed challenge that is good a second time"].append(answer["transaction"])
        why = dict(re.findall(r"event=scep.refused .*transaction=(S-\S+) .*code=(\S+)", self.site.agent.log_text()))
        for order in stolen:
            if why.get(order["transaction"]) != "challenge_used":
                findings["a signed challenge that is not used up"].append(order["transaction"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--rounds", type=int, default=4, help="kills at each named point")
    parser.add_argument("--devices", type=int, default=24, help="at each named point; eight times as many at random")
    parser.add_argument("--random-kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with NdesSite(options.binaries, configuration=CONFIGURATION) as site:
        site.endpoint.verb("faults", *FAULTS)
        campaign = Campaign(site, options)
        good = verdict_of(site, campaign.at_every_point, campaign.with_refusals,
                          campaign.with_ndes, campaign.at_random, campaign.verdict)
    print("each device has its one certificate" if good else "FAILED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
