"""A clock that cannot be right."""

import contextlib
import sqlite3
import time

import machine
from trials.trial import trial

GROUP = "The machine's clock"
DAY = 86_400_000
ACCEPT = "certconnector clock accept"


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
    site.printed(seen, ACCEPT)
    site.well("clock_wrong")
    return seen


@trial(GROUP, "The endpoint's clock says another time", enrolled=True)
def clocks_differ(site):
    site.endpoint.stop()
    site.endpoint.options = (*site.endpoint.options, "--clock-ahead", "2h")
    site.endpoint.start()
    seen = site.finding("clock_wrong", "the management endpoint's")
    site.printed(seen, ACCEPT)
    site.well("clock_wrong")
    return seen
