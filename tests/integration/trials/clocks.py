"""A clock that cannot be right."""

import contextlib
import sqlite3
import time

import machine
from harness import wait_until
from trials.trial import trial

GROUP = "The machine's clock"
DAY = 86_400_000
ACCEPT = "certconnector clock accept"
SET = "timedatectl set-ntp true"


@trial(GROUP, "The clock is behind what the agent has stored, or it was ahead before")
def clock_is_behind(site):
    site.configure("").start().make_ca()
    site.stop()
    with contextlib.closing(sqlite3.connect(machine.STATE / "agent.db")) as database, database:
        database.execute("INSERT INTO meta VALUES ('newest_time', ?1) ON CONFLICT DO UPDATE SET value = ?1",
                         (int(time.time() * 1000) + DAY,))
    site.shell(f"chown -R certconnector: {machine.STATE}")
    site.start()
    seen = site.finding("clock_wrong")
    site.printed(site.refused("certconnector ca publish-crl default"), "certconnector health", check=False)
    site.printed(seen, ACCEPT)
    site.well("clock_wrong")
    return seen


@trial(GROUP, "The endpoint's clock says another time", enrolled=True)
def clocks_differ(site):
    site.issue_jobs()
    site.endpoint.verb("wait", "--finished", "1", "--timeout", "30s")
    serial = site.json("certs list")["certificates"][0]["serial"]
    site.endpoint.stop()
    site.endpoint.options = (*site.endpoint.options, "--clock-ahead", "2h")
    site.endpoint.start()
    seen = site.finding("clock_wrong", "the management endpoint's")
    site.background("certconnector", "certs", "revoke", serial, "--yes")
    wait_until(lambda: site.json("jobs list --type revoke")["jobs"], "the job", 10)
    (job,) = [one["id"] for one in site.json("jobs list --type revoke")["jobs"]]
    site.printed(site.cli(f"jobs explain {job}"), "certconnector health", check=False)
    site.printed(seen, ACCEPT)
    site.well("clock_wrong")
    return seen


@trial(GROUP, "The clock is behind by a few minutes")
def clock_is_doubtful(site):
    site.set_clock(0)
    site.configure("").start().make_ca()
    site.set_clock(-120)
    seen = site.finding("clock_doubtful")
    site.cli("ca test default")
    site.printed(seen, SET)
    site.well("clock_doubtful")
    return seen


@trial(GROUP, "The clock is behind, before the agent's client certificate begins", enrolled=True)
def identity_is_not_yet_valid(site):
    site.set_clock(-2 * DAY // 1000)
    site.restart()
    seen = site.finding("identity_not_yet_valid")
    wrong = site.finding("clock_wrong")
    site.printed(wrong, SET)
    site.well("identity_not_yet_valid", "clock_wrong", "endpoint_fails")
    return seen
