#!/usr/bin/env python3
"""Every broken set-up of the guide's page "When something is wrong", made anew with the real agent.

Each trial asserts what the agent says, runs the commands that it suggests as they are printed, and looks whether they
help. The tables of the page come from what the trials saw: --write puts them there; without it they are compared.
A pattern as argument runs the trials whose function's name has it, and compares nothing."""

import re
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

import machine
from harness import take_binaries

BINARIES = take_binaries(sys.argv)
machine.enter(BINARIES)

import trials.cas  # noqa: E402,F401  the machine comes first
import trials.clocks  # noqa: E402,F401
import trials.commands  # noqa: E402,F401
import trials.devices  # noqa: E402,F401
import trials.endpoint  # noqa: E402,F401
import trials.jobs  # noqa: E402,F401
import trials.listeners  # noqa: E402,F401
import trials.ndes  # noqa: E402,F401
import trials.starts  # noqa: E402,F401
import trials.storage  # noqa: E402,F401
from suggested_commands import not_run  # noqa: E402
from trials.trial import RAN, TRIALS, Site, table  # noqa: E402

PAGE = machine.SOURCE / "packaging/doc/guide/trouble.md"
ORDER = ("starts", "endpoint", "cas", "jobs", "devices", "ndes", "listeners", "storage", "clocks", "commands")
BEGIN, END = "<!-- from trials_test.py --write -->\n", "<!-- end -->"


def run(one):
    folder = Path(tempfile.mkdtemp(prefix="certconnector-"))
    folder.chmod(0o755)
    machine.make_anew()
    Path("/mnt/journal").unlink(missing_ok=True)
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


def main():
    write = "--write" in sys.argv
    patterns = [one for one in sys.argv[1:] if not one.startswith("-")]
    chosen = [one for one in TRIALS if not patterns or any(p in one.function.__name__ for p in patterns)]
    chosen.sort(key=lambda one: ORDER.index(one.function.__module__.rsplit(".", 1)[1]))
    rows, failures = [], []
    for one in chosen:
        seen, failure = run(one)
        if failure:
            failures.append(one.function.__name__)
            print(f"FAILED: {one.function.__name__}: {one.symptom}\n{failure}")
        elif seen:
            rows.append((one, seen))
    if not patterns:
        failures += [f"no trial runs the command that {where} suggests: {kind}" for kind, where in not_run(RAN).items()]
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
