#!/usr/bin/env python3
"""Every broken set-up of the guide's page "When something is wrong", made anew with the real agent.

Each trial asserts what the agent says, runs the commands that it suggests as they are printed, and looks whether they
help. The tables of the page come from what the trials saw: --write puts them there; without it they are compared.
A pattern as argument runs the trials whose function's name has it, and compares nothing. Without one, a second process
runs every other trial on a separate machine, since most of a trial's time is waiting."""

import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import machine
import service_manager
from harness import take_binaries

OTHER = "CERTCONNECTOR_OTHER_TRIALS"  # the pipe between the two; of the one that reads, "r4"


def begin_others(binaries):
    """Before this process enters its machine: starts the one that runs the other half."""
    if OTHER in os.environ or any(not one.startswith("-") for one in sys.argv[1:]):
        return
    ours, theirs = os.pipe()
    subprocess.Popen([sys.executable, sys.argv[0], "--binaries", str(binaries)], pass_fds=[theirs],
                     env=dict(os.environ, **{OTHER: f"w{theirs}"}))
    os.close(theirs)
    os.set_inheritable(ours, True)
    os.environ[OTHER] = f"r{ours}"


BINARIES = take_binaries(sys.argv)
begin_others(BINARIES)
machine.enter(BINARIES, OTHER)

import trials.cas  # noqa: E402,F401  the machine comes first
import trials.clocks  # noqa: E402,F401
import trials.commands  # noqa: E402,F401
import trials.devices  # noqa: E402,F401
import trials.doctor  # noqa: E402,F401
import trials.endpoint  # noqa: E402,F401
import trials.jobs  # noqa: E402,F401
import trials.listeners  # noqa: E402,F401
import trials.ndes  # noqa: E402,F401
import trials.starts  # noqa: E402,F401
import trials.storage  # noqa: E402,F401
from suggested_commands import not_run  # noqa: E402
from trials.trial import FOUND, RAN, TRIALS, Site, table  # noqa: E402

PAGE = machine.SOURCE / "packaging/doc/guide/trouble.md"
ORDER = ("starts", "endpoint", "cas", "jobs", "devices", "ndes", "listeners", "storage", "clocks", "commands", "doctor")
# Codes that no trial brings about, and why.
WITHOUT_TRIAL = {
    "ok": "nothing is wrong",
    "database_unreadable": "damage that a read finds ends the agent; a lock and a full disk stop a write before, or a read "
                           "after a minute of tries",
}
BEGIN, END = "<!-- from trials_test.py --write -->\n", "<!-- end -->"


def run(one):
    folder = Path(tempfile.mkdtemp(prefix="certconnector-"))
    folder.chmod(0o755)
    machine.make_anew()
    for file in (service_manager.JOURNAL, service_manager.CLOCK):
        file.unlink(missing_ok=True)
    site = Site(folder)
    began = time.monotonic()
    try:
        if one.enrolled:
            site.enroll()
        return one.function(site), None
    except BaseException:
        return None, f"{traceback.format_exc()}\n--- the end of the journal\n{site.log()[-3000:]}"
    finally:
        site.close()
        shutil.rmtree(folder, ignore_errors=True)
        print(f"{time.monotonic() - began:5.1f} s  {one.function.__name__}", flush=True)


def run_all(chosen):
    """What each trial saw, by its name; the names of those that failed."""
    seen, failures = {}, []
    for one in chosen:
        name = one.function.__name__
        seen[name], failure = run(one)
        if failure:
            failures.append(name)
            print(f"FAILED: {name}: {one.symptom}\n{failure}", flush=True)
    return seen, failures


def codes():
    """Those of findings, as agent/core/finding_codes.h has them."""
    return set(re.findall(r'CODE\(\w+, "(\w+)"', (machine.SOURCE / "agent/core/finding_codes.h").read_text()))


def main():
    write = "--write" in sys.argv
    patterns = [one for one in sys.argv[1:] if not one.startswith("-")]
    chosen = [one for one in TRIALS if not patterns or any(p in one.function.__name__ for p in patterns)]
    chosen.sort(key=lambda one: ORDER.index(one.function.__module__.rsplit(".", 1)[1]))
    other = os.environ.get(OTHER, "")
    seen, failures = run_all(chosen[other.startswith("w")::2] if other else chosen)
    if other.startswith("w"):
        with open(int(other[1:]), "wb") as pipe:
            pickle.dump((seen, failures, RAN, FOUND), pipe)
        return 0
    if other:
        with open(int(other[1:]), "rb") as pipe:
            more, failed, ran, found = pickle.load(pipe)
        seen, failures = seen | more, failures + failed
        RAN.extend(ran)
        FOUND.update(found)
    rows = [(one, seen[one.function.__name__]) for one in chosen if seen.get(one.function.__name__)]
    if not patterns:
        failures += not_run(RAN)
        failures += [f"no trial brings about: {code}" for code in sorted(codes() - FOUND - WITHOUT_TRIAL.keys())]
        failures += [f"a trial brings it about after all: {code}" for code in FOUND & WITHOUT_TRIAL.keys()]
    text = table(rows)
    if patterns:
        print(text)
    elif not failures:
        page = PAGE.read_text()
        before, _, rest = page.partition(BEGIN)
        now, _, after = rest.partition(END)
        if write:
            PAGE.write_text(before + BEGIN + text + END + after)
        elif now != text:
            failures.append("the tables of trouble.md: run this test with --write")
            wrong = [line for line in text.splitlines() if line not in now.splitlines()]
            print("Not on the page:\n" + "\n".join(wrong))
    print(f"{len(chosen)} set-ups, {len(failures)} failures" + "".join(f"\n  {name}" for name in failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
