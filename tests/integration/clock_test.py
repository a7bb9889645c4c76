#!/usr/bin/env python3
"""A clock that cannot be right: the real agent issues, publishes and purges nothing, serves what there is, says so, and
goes on when the clock is right or a person vouches for it."""

import contextlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from harness import Agent, Site, take_binaries, wait_until

BINARIES = take_binaries(sys.argv)
QUICK = "[management]\npoll_wait=1s\nheartbeat=10s\n[retry]\nbase=50ms\ncap=500ms\n"
SERVICE = "[http]\nlisten=127.0.0.1:0\n[template.device]\n[scep.devices]\npath=/scep/devices\nchallenge=one-time\n"
HOUR = 3_600_000


def findings(agent):
    """The codes of all that health finds, with message and remedy."""
    done = subprocess.run([agent.binaries / "certconnector", "--socket", agent.socket, "--json", "health"],
                          capture_output=True, text=True, timeout=60)
    return {one["code"]: one for one in json.loads(done.stdout)["findings"]}


def store_time(agent, ahead):
    """As an agent does whose clock is ahead by so many milliseconds."""
    with contextlib.closing(sqlite3.connect(agent.state / "agent.db")) as database, database:
        database.execute("INSERT INTO meta VALUES ('newest_time', ?1) ON CONFLICT DO UPDATE SET value = ?1",
                         (int(time.time() * 1000) + ahead,))


def run_remedy(agent, remedy, beginning):
    """Runs the command in the remedy that begins so, as it is printed."""
    command = remedy[remedy.index(beginning):].split(":")[0].strip(" .`")
    return agent.cli(*command.split()[1:])


class WithoutAnEndpoint(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="certconnector-"))
        self.agent = Agent(BINARIES, folder, SERVICE)
        self.addCleanup(self.agent.stop)
        self.agent.start()
        self.agent.cli("ca", "create", "default", "--root", "--subject", "CN=Clock CA,O=Test", "--key", "ec:256")
        wait_until(lambda: self.agent.json("scep", "list")["services"][0]["can_enroll"], "the RA", 60)
        self.agent.cli("scep", "test", "devices")
        self.assertEqual(0, self.agent.stop())

    def get(self, path):
        port = self.agent.log_text().rsplit("port=", 1)[1].split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read()

    def test_a_clock_behind_what_is_stored(self):
        store_time(self.agent, 24 * HOUR)
        self.agent.start()
        self.assertEqual("clock_wrong", self.agent.json("status")["state"])
        found = findings(self.agent)["clock_wrong"]
        self.assertIn("the newest time that the agent has stored. The agent issues, publishes and purges nothing.",
                      found["message"])
        self.assertIn("clock.wrong", self.agent.log_text())
        self.assertTrue(self.get("/scep/devices?operation=GetCACert"))
        self.assertTrue(self.get("/default.crl"))
        before = self.agent.json("certs", "list")["certificates"]
        refused = subprocess.run([BINARIES / "certconnector", "--socket", self.agent.socket, "scep", "test", "devices"],
                                 capture_output=True, text=True, timeout=60)
        self.assertEqual(1, refused.returncode, refused.stdout)
        self.assertIn("the clock of the agent's machine is wrong", refused.stdout + refused.stderr + self.agent.log_text())
        self.assertEqual(before, self.agent.json("certs", "list")["certificates"])
        run_remedy(self.agent, found["remedy"], "certconnector clock accept")
        self.assertNotIn("clock_wrong", findings(self.agent))
        self.agent.cli("scep", "test", "devices")
        self.assertEqual(0, self.agent.stop())
        self.agent.start()
        self.assertNotIn("clock_wrong", findings(self.agent), "a restart remembers what the person said")

    def test_two_minutes_are_a_warning(self):
        store_time(self.agent, 2 * 60_000)
        self.agent.start()
        self.assertIn("clock_doubtful", findings(self.agent))
        self.agent.cli("scep", "test", "devices")


class AgainstTheEndpoint(unittest.TestCase):
    def test_a_clock_that_the_endpoint_contradicts(self):
        with Site(BINARIES, configuration=QUICK + SERVICE) as site:
            site.endpoint.stop()
            site.endpoint.options = ("--clock-ahead", "2h")
            site.endpoint.start()
            found = wait_until(lambda: findings(site.agent).get("clock_wrong"), "the agent to hear of the time", 60)
            self.assertIn("the management endpoint's", found["message"])
            site.queue_issue(site.make_requests(site.folder / "r", 1))
            self.assertEqual(0, site.endpoint.finished())
            run_remedy(site.agent, found["remedy"], "certconnector clock accept")
            site.wait_finished(1, 60)

    def test_an_endpoint_that_agrees_outweighs_what_is_stored(self):
        with Site(BINARIES, configuration=QUICK + SERVICE) as site:
            site.agent.stop()
            store_time(site.agent, 24 * HOUR)
            site.agent.start()
            wait_until(lambda: "clock_wrong" not in findings(site.agent), "the endpoint to confirm the clock", 60)
            site.queue_issue(site.make_requests(site.folder / "r", 1))
            site.wait_finished(1, 60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
