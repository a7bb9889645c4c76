#!/usr/bin/env python3
"""A state folder of release b3185be works: the agent loses nothing in it, does nothing twice and authorizes nothing
again."""

import json
import re
import sqlite3
import sys
import tempfile
import unittest
from pathlib import Path

from harness import run, take_binaries, wait_until
from ndes import pkcs10
from old_state import EXPECTED, OldSite, by_serial, differences, restore
from scep_client import openssl

BINARIES = take_binaries(sys.argv)
OPEN_JOBS = ("interrupted", "interrupted-lab", "queued-1", "queued-2")
UNREPORTED = {"unreported": "issued", "unreported-revoked": "revoked", "unreported-failed": "failed",
              "unreported-dead": "dead", "canceled": "canceled"}
AHEAD = 10**11  # seconds since 1970
UNREPORTED_TRANSACTIONS = ("T-unreported", "T-withheld", "T-told-late")


class OldState(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="certconnector-")))
        self.moved = restore(self.folder)
        self.challenges = json.loads((self.folder / "devices/challenges.json").read_text())
        self.expected = json.loads(EXPECTED.read_text())
        self.expected["certificates"] = by_serial(self.expected["certificates"])
        self.site = OldSite(BINARIES, self.folder)
        self.addCleanup(self.site.stop)

    # Helpers

    def go_on(self):
        self.site.start_without_reports()
        self.site.endpoint.verb("faults", "none")
        self.site.agent.cli("resume")

    def restart(self):
        self.assertEqual(0, self.site.agent.stop())
        self.site.start()

    def ask(self, sql, database="agent"):
        connection = sqlite3.connect(f"file:{self.site.agent.state}/{database}.db?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def issued(self):
        return len(self.records())

    def wait_done(self, *jobs):
        for job in jobs:
            self.assertEqual("issued", self.site.result_of(job)["status"], job)

    def issued_to(self, name):
        """The number of certificates with this subject in the certificate store."""
        return sum(name.encode() in record for record in self.records())

    def records(self):
        """Of the certificates that the agent's own CAs issued."""
        if not (self.site.agent.state / "agent.db").exists():
            return [record for (record,) in self.ask("SELECT record FROM certificate", "inventory")]
        return [record for (record,) in self.ask("SELECT record FROM certificate JOIN authority "
                                                 "ON number = authority WHERE last_crl_number > 0")]

    def known(self, transaction):
        """The jobs of a transaction before anything went on, newest first."""
        return [job for job in self.expected["jobs"] if job.get("correlation_id") == transaction]

    def serial_of(self, job):
        """The serial number of a job that the older release recorded."""
        return next(known["outcome"]["serial"] for known in self.expected["jobs"] if known["id"] == job)

    def reports_of(self, transaction):
        rows = json.loads(self.site.endpoint.verb("enrollments", "--json"))["enrollments"]
        return [(row["status"], row["verdict"]) for row in rows if row["transaction_id"] == transaction]

    def crl(self, name="default"):
        """Its number and the serial numbers in it."""
        text = run(["openssl", "crl", "-in", self.site.agent.state / "ca" / name / "ca.crl", "-inform", "DER", "-noout",
                    "-text", "-crlnumber"])
        number = int(re.search(r"^crlNumber=(?:0x)?([0-9A-F]+)", text, re.M)[1], 16)
        return number, {serial.lower() for serial in re.findall(r"Serial Number: ([0-9A-F]+)", text)}

    def repeated(self, name, service):
        """The answer to an old device that repeats its request."""
        return self.site.device(name, service).enroll(f"T-{name}")

    def stranger(self, service, challenge, name="stranger"):
        """The answer to a request with a new key, and the code of its denial."""
        device = self.site.device("stranger", service).make_request(f"O=Devices,CN={name}", challenge)
        answer = device.enroll("T-stranger")
        return answer.status, self.refusal("T-stranger")

    def refusal(self, transaction):
        """The code of the last denial in the log."""
        codes = re.findall(rf"event=scep\.refused .*transaction={transaction} .*code=(\S+)", self.site.agent.log_text())
        return codes[-1] if codes else ""

    # Tests

    def test_the_folder_holds_every_kind_of_row(self):
        self.assertEqual(list(range(9)), [state for (state,) in
                                          self.ask("SELECT DISTINCT state FROM job ORDER BY state", "queue")])
        for table in ("event", "enrollment", "challenge_password", "challenge_revocation", "request", "outcome"):
            self.assertLess(0, self.ask(f"SELECT count(*) FROM {table}", "queue")[0][0], table)
        for table in ("certificate", "revocation"):
            self.assertLess(0, self.ask(f"SELECT count(*) FROM {table}", "inventory")[0][0], table)

    def test_everything_is_as_it_was(self):
        self.site.start_without_reports()
        self.assertEqual("paused", self.site.agent.json("status")["state"])
        del self.expected["made_at"]
        self.assertEqual([], list(differences(self.expected, self.site.view(), self.moved)))
        self.restart()
        self.assertEqual([], list(differences(self.expected, self.site.view(), self.moved)), "after another start")

    def test_open_jobs_are_done_once(self):
        self.assertEqual(1, self.issued_to("interrupted"), "the CA has it, and the job does not know")
        known = set(self.records())
        self.go_on()
        self.wait_done(*OPEN_JOBS)
        serial = self.site.result_of("interrupted")["serial"]
        self.assertTrue(any(bytes.fromhex(serial) in record for record in known), "the old one")
        self.assertEqual(2, self.issued_to("interrupted"), "it, and the one of interrupted-lab")
        self.assertEqual(1, self.issued_to("interrupted-lab"))
        self.site.agent.cli("jobs", "approve", "waiting")
        self.assertEqual("issued", self.site.result_of("waiting")["status"])
        self.assertEqual(len(known) + len(OPEN_JOBS) - 1 + 1, self.issued())
        self.assertEqual("canceled", self.site.job("lost-lease")["state"])
        summary = self.site.endpoint.summary()
        self.assertEqual((0, 0), (summary["superseded"], summary["duplicates"]))

    def test_what_was_not_reported_is_reported(self):
        self.go_on()
        for job, status in UNREPORTED.items():
            self.assertEqual(status, self.site.result_of(job)["status"], job)
        self.assertEqual(self.serial_of("unreported"), self.site.result_of("unreported")["serial"])
        for transaction in UNREPORTED_TRANSACTIONS:
            wait_until(lambda: self.reports_of(transaction), f"the report of {transaction}")
            self.assertEqual([("issued", "accepted")], self.reports_of(transaction))
        wait_until(lambda: not [job for job in self.site.jobs() if job["state"] in ("succeeded", "failed", "dead")],
                   "the acknowledgements")
        for transaction in ("T-prompt", "T-told"):
            self.assertEqual([("issued", "accepted")], self.reports_of(transaction), "no second time")

    def test_revocations_stand_and_the_crl_number_goes_on(self):
        before, revoked = self.crl()
        self.push_crl_number("lab")
        self.assertIn(self.serial_of("reported-1"), revoked)
        self.assertIn(self.serial_of("reported-2"), revoked)
        self.go_on()
        another = self.serial_of("to-be-revoked")
        self.site.agent.cli("certs", "revoke", "--yes", "--reason", "keyCompromise", another)
        wait_until(lambda: another in self.crl()[1], "the revocation in the CRL")
        number, now = self.crl()
        self.assertLess(before, number)
        self.assertEqual(revoked | {another}, now)
        self.site.agent.cli("ca", "publish-crl", "lab")
        self.assertLess(AHEAD, self.crl("lab")[0])

    def push_crl_number(self, name):
        """A CRL number is the time of day, unless the last one is as high. So only this shows that the agent knows the
        last one."""
        fingerprint = next(ca["sha256"] for ca in self.expected["authorities"] if ca["name"] == name)
        connection = sqlite3.connect(self.site.agent.state / "inventory.db")
        with connection:
            connection.execute("UPDATE authority SET last_crl_number = ? WHERE fingerprint = ?", (AHEAD, fingerprint))
        connection.close()

    def test_a_challenge_that_was_used_or_withdrawn_stays_so(self):
        self.go_on()
        self.wait_done(*OPEN_JOBS)
        before = self.issued()
        self.assertEqual(("failure", "challenge_used"), self.stranger("codes", self.challenges["used"]))
        self.assertEqual(("failure", "challenge_revoked"), self.stranger("codes", self.challenges["revoked"]))
        # A signed challenge has a fixed end, which restore() cannot move: a year after the folder was made.
        for name, service, why in (("prompt", "prompt", "challenge_used"), ("asked", "asked", "challenge_used"),
                                   ("withdrawn", "prompt", "challenge_revoked")):
            status, code = self.stranger(service, self.challenges[name], name)
            self.assertEqual("failure", status, name)
            self.assertIn(code, (why, "challenge_expired"), name)
        self.assertEqual(before, self.issued())

    def test_an_open_password_is_good_once(self):
        self.go_on()
        password = self.challenges["open"]
        device = self.site.device("open", "codes").make_request("O=Devices,CN=open", password)
        answer = device.enroll("T-open")
        self.assertEqual("success", answer.status)
        self.assertEqual(answer, device.enroll("T-open"), "the same request again")
        self.assertEqual(("failure", "challenge_used"), self.stranger("codes", password))

    def test_devices_go_on(self):
        self.go_on()
        self.assertEqual(self.serial_of(self.known("T-used")[0]["id"]), self.serial_in(self.repeated("used", "codes")))
        self.assertEqual("failure", self.repeated("refused", "reported").status)
        self.assertIn(self.refusal("T-refused"), ("withheld", "challenge_expired"))
        self.assertEqual(self.serial_of(self.known("T-withheld")[0]["id"]), self.serial_in(
            wait_until(lambda: (answer := self.repeated("withheld", "reported")).status != "pending" and answer,
                       "the certificate that waited for its report")))
        before = self.issued_to("guarded")
        self.assertEqual("pending", self.repeated("guarded", "guarded").status)
        self.site.agent.cli("jobs", "approve", self.known("T-guarded")[0]["id"])
        wait_until(lambda: self.repeated("guarded", "guarded").status == "success", "the approved certificate")
        self.assertEqual(before + 1, self.issued_to("guarded"))

    @staticmethod
    def serial_in(answer):
        text = openssl("x509", "-inform", "DER", "-noout", "-serial", data=answer.certificate).decode()
        return text.strip().split("=")[1].lower()

    def test_old_certificates_are_renewed(self):
        self.go_on()
        for name, service in (("used", "codes"), ("static", "static"), ("asked", "asked")):
            old = self.site.device(name, service)
            new = self.site.device(f"{name}-renewed", service).make_request(f"O=Devices,CN={name}")
            self.assertEqual("success", new.renew(f"R-{name}", old).status, self.site.agent.log_text()[-2000:])

    def test_the_ndes_reports_the_missing_outcomes(self):
        self.go_on()
        ndes = self.site.ndes
        for name in ("untold", "told-pending", "held"):
            request = self.site.devices / f"{name}.csr"
            self.assertEqual((200, {"standing": "issued"}),
                             ndes.notify(f"T-{name}", self.challenges[name], "success", ndes.issue(request)), name)
            wait_until(lambda: self.reports_of(f"T-{name}"), "the report")
            self.assertEqual([("issued", "accepted")], self.reports_of(f"T-{name}"))
            self.assertEqual("challenge_used", self.verified(name, f"T-{name}"), name)
        told = self.site.devices / "told.pem"
        self.assertEqual((200, {"standing": "issued"}), ndes.notify("T-told", self.challenges["told"], "success", told))
        self.assertEqual([("issued", "accepted")], self.reports_of("T-told"), "not reported again")
        self.assertEqual("challenge_used", self.verified("told", "T-told"))
        self.assertEqual("", self.verified("told-failed", "T-told-failed"), "its failure has released the challenge")

    def verified(self, name, transaction):
        """The code of the denial of another request with this device's challenge."""
        request = pkcs10(self.folder, name, self.challenges[name])
        status, answer = self.site.ndes.verify(request, transaction)
        self.assertEqual(200, status, answer)
        return answer.get("code", "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
