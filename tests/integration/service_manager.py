#!/usr/bin/env python3
"""systemctl, journalctl and timedatectl on a test's machine, for certconnectord.service alone.

They do what the unit of the package says: its user, its folders, its exit codes, and the capabilities of its drop-ins.
The sandbox of the unit is not made. The journal is a file, whose lines have the priorities of sd-daemon(3).
"""

import argparse
import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from machine import PROGRAMS, SOCKET, SOURCE, USER

UNIT = SOURCE / "packaging/systemd/certconnectord.service"
DROP_INS = Path("/etc/systemd/system/certconnectord.service.d")
JOURNAL = Path("/mnt/journal")
MAIN_PID = Path("/mnt/main-pid")
CLOCK = Path("/mnt/clock")  # by how many seconds the agent's clock is ahead; no such file: not at all
PRIORITIES = {"err": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}


def setting(key):
    """The last value of a key in the unit and its drop-ins."""
    value = ""
    for file in (UNIT, *sorted(DROP_INS.glob("*.conf"))):
        for found in re.findall(rf"^{key}=(.*)$", file.read_text(), re.MULTILINE):
            value = found
    return value


def main_pid():
    try:
        number = int(MAIN_PID.read_text())
        state = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return number if state != "Z" else None
    except (OSError, ValueError):
        return None


def wait_end(number, seconds=60):
    try:
        watched = os.pidfd_open(number)
    except ProcessLookupError:
        return
    select.select([watched], [], [], seconds)
    os.close(watched)


def runtime_folder():
    SOCKET.parent.mkdir(exist_ok=True)
    SOCKET.parent.chmod(0o750)
    user = pwd.getpwnam(USER)
    os.chown(SOCKET.parent, user.pw_uid, user.pw_gid)


def as_the_user():
    capability = setting("AmbientCapabilities").lower().removeprefix("cap_")
    command = ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups"]
    if capability:
        command += ["--inh-caps", f"+{capability}", "--ambient-caps", f"+{capability}"]
    return command


def start():
    if main_pid():
        return 0
    runtime_folder()
    notices = Path("/mnt/notify.sock")
    notices.unlink(missing_ok=True)
    program, *arguments = setting("ExecStart").split()
    program = Path(program).name + ("-shifted" if CLOCK.exists() else "")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, open(JOURNAL, "ab") as journal:
        ready.bind(str(notices))
        notices.chmod(0o666)
        ready.settimeout(0.05)
        at = os.fstat(journal.fileno())
        env = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(notices), "INVOCATION_ID": "0" * 32,
               "JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino}", "CERTCONNECTOR_CLOCK": str(CLOCK),
               "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}
        process = subprocess.Popen([*as_the_user(), str(PROGRAMS / program), *arguments], env=env,
                                   stdin=subprocess.DEVNULL, stdout=journal, stderr=journal, umask=0o077,
                                   start_new_session=True)
        MAIN_PID.write_text(str(process.pid))
        while process.poll() is None:
            try:
                if b"READY=1" in ready.recv(4096).split(b"\n"):
                    return 0
            except TimeoutError:
                continue
    MAIN_PID.unlink()
    shutil.rmtree(SOCKET.parent, ignore_errors=True)
    print("Job for certconnectord.service failed because the control process exited with error code.\n"
          'See "systemctl status certconnectord.service" and "journalctl -xeu certconnectord.service" for details.',
          file=sys.stderr)
    return 1


def stop():
    number = main_pid()
    if number:
        os.kill(number, signal.SIGTERM)
        wait_end(number)
    MAIN_PID.unlink(missing_ok=True)
    shutil.rmtree(SOCKET.parent, ignore_errors=True)
    return 0


def reload():
    number = main_pid()
    if not number:
        print("certconnectord.service is not active, cannot reload.", file=sys.stderr)
        return 1
    os.kill(number, signal.SIGHUP)
    return 0


def systemctl(arguments):
    verb, *units = [one for one in arguments if not one.startswith("-")]
    if verb == "daemon-reload":
        return 0
    if [one.removesuffix(".service") for one in units] != ["certconnectord"]:
        print(f"systemctl: no stand-in for: {' '.join(arguments)}", file=sys.stderr)
        return 1
    verbs = {"start": start, "stop": stop, "reload": reload, "restart": lambda: stop() or start(),
             "status": lambda: 0 if main_pid() else 3, "enable": lambda: 0}
    return verbs[verb]()


def journalctl(arguments):
    known = argparse.ArgumentParser()
    known.add_argument("-u", required=True)
    known.add_argument("-p", default="debug", choices=PRIORITIES)
    known.add_argument("-n", type=int, default=10)
    wanted = known.parse_args(arguments)
    lines = JOURNAL.read_text(errors="replace").splitlines() if JOURNAL.exists() else []
    kept = []
    for line in lines:
        marked = re.match(r"<(\d)>(.*)", line)
        level, text = (int(marked[1]), marked[2]) if marked else (PRIORITIES["info"], line)
        if level <= PRIORITIES[wanted.p]:
            kept.append(text)
    print("\n".join(kept[-wanted.n:]) or "-- No entries --")
    return 0


def timedatectl(arguments):
    """As if a time server had answered at once: the agent's clock is the machine's again.

    The machine has no time server, and a namespace no clock. So this proves that the printed words are a command, and
    what the agent does after the clock is set; not that systemd sets it.
    """
    if arguments != ["set-ntp", "true"]:
        print(f"timedatectl: no stand-in for: {' '.join(arguments)}", file=sys.stderr)
        return 1
    if CLOCK.exists():
        CLOCK.write_text("0")
    return 0


if __name__ == "__main__":
    sys.exit({"systemctl": systemctl, "journalctl": journalctl, "timedatectl": timedatectl}[sys.argv[1]](sys.argv[2:]))
