#!/usr/bin/env python3
"""A damaged database, with the real programs: the agent refuses it and names the salvage, the salvage runs as the
message says, and the agent works again, with every revocation in its CRL."""

import contextlib
import re
import shlex
import sqlite3
import subprocess
import sys
import unittest

from harness import HarnessError, Site, run, take_binaries, wait_until

BINARIES = take_binaries(sys.argv)
QUICK = """[management]
poll_wait=1s
[retry]
base=50ms
cap=500ms
"""
PAGE = 4096


def pages_of(database, name):
    """The pages of a table or an index that SQLite itself finds."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return [number for (number,) in connection.execute("SELECT pageno FROM dbstat WHERE name = ?", (name,))]
    finally:
        connection.close()


def damage(database, *names):
    pages = [number for name in names for number in pages_of(database, name)]
    with open(database, "r+b") as file:
        for number in pages:
            file.seek((number - 1) * PAGE)
            file.write(b"x" * PAGE)


class Salvage(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site(BINARIES, configuration=QUICK))
        self.agent = self.site.agent
        self.database = self.agent.state / "agent.db"
        self.site.queue_issue(self.site.make_requests(self.site.folder / "r", 2), 300)
        self.site.wait_finished(300, 60)
        self.serials = [one["serial"] for one in self.agent.json("certs", "list", "--limit", "300")["certificates"]]
        self.revoked = self.serials[:5]
        for serial in self.revoked:
            self.agent.cli("certs", "revoke", "--yes", "--reason", "keyCompromise", serial)
        wait_until(lambda: self.in_crl() == set(self.revoked), "the CRL", 40)
        self.number = self.crl_number()
        self.assertEqual(0, self.agent.stop())

    def crl_text(self):
        crl = self.agent.state / "ca" / "default" / "ca.crl"
        return run(["openssl", "crl", "-in", crl, "-inform", "DER", "-noout", "-text"]) if crl.exists() else ""

    def in_crl(self):
        return {serial.lower() for serial in re.findall(r"Serial Number: ([0-9A-F]+)", self.crl_text())}

    def crl_number(self):
        return int(re.search(r"X509v3 CRL Number:\s*(\d+)", self.crl_text()).group(1))

    def refusal(self):
        """The log of an agent that does not start, or meets the damage in its first job."""
        with contextlib.suppress(HarnessError):
            self.agent.start()
            self.site.queue_issue(self.site.make_requests(self.site.folder / "met", 2), 1)
        self.assertEqual(74, self.agent.process.wait(timeout=60), self.agent.log_text())
        return self.agent.log_text()

    def salvage(self, message):
        command = shlex.split(re.search(r"`(runuser [^`]*--salvage)`", message).group(1))
        self.assertEqual(["runuser", "-u", "certconnector", "--", "certconnectord"], command[:5])
        return subprocess.run([BINARIES / "certconnectord", "--config", self.agent.config, *command[5:]],
                              capture_output=True, text=True, timeout=60)

    def assert_works(self):
        self.agent.start()
        self.finished = self.site.endpoint.summary()["finished"]["issued"]
        wait_until(lambda: self.crl_number() > self.number, "a new CRL", 40)
        self.assertEqual(set(self.revoked), self.in_crl())
        self.site.queue_issue(self.site.make_requests(self.site.folder / "more", 2), 5)
        self.site.wait_finished(self.finished + 5, 60)
        self.assertEqual(0, self.agent.stop())

    def test_jobs_and_revocations_that_are_damaged(self):
        before = self.database.stat().st_size
        damage(self.database, "job", "job_due", "job_claimed", "revocation", "revocation_entry")
        done = self.salvage(self.refusal())
        self.assertEqual(65, done.returncode, done.stdout + done.stderr)
        self.assertIn("certificates: 300 came over, none is lost", done.stdout)
        self.assertIn("revocations: 5 came over", done.stdout)
        self.assertIn("jobs: 0 came over, ", done.stdout)
        damaged = re.search(r"The file from before is (\S+)\. ", done.stdout).group(1)
        self.assertEqual(before, (self.database.parent / damaged).stat().st_size)
        self.assertEqual(0o600, self.database.stat().st_mode & 0o777)
        self.assert_works()

    def test_certificates_that_are_damaged(self):
        damage(self.database, "certificate", "meta")
        done = self.salvage(self.refusal())
        self.assertEqual(65, done.returncode, done.stdout + done.stderr)
        self.assertIn("certificates: 0 came over, 300 lost", done.stdout)
        self.assertIn("revocations: 5 came over, none is lost", done.stdout)
        self.assert_works()

    def test_an_intact_database_loses_nothing(self):
        done = subprocess.run([BINARIES / "certconnectord", "--config", self.agent.config, "--salvage"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("Nothing is lost.", done.stdout)
        self.assert_works()

    def test_not_beside_a_running_agent(self):
        self.agent.start()
        done = subprocess.run([BINARIES / "certconnectord", "--config", self.agent.config, "--salvage"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(75, done.returncode, done.stdout + done.stderr)

    def test_nothing_that_can_be_read(self):
        self.database.write_bytes(b"x" * 40960)
        done = self.salvage(self.refusal())
        self.assertEqual(74, done.returncode, done.stdout + done.stderr)
        self.assertIn("Restore the last backup", done.stderr)
        self.assertEqual(b"x" * 40960, self.database.read_bytes())


if __name__ == "__main__":
    unittest.main(verbosity=2)
