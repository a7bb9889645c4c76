"""What a trial of a broken set-up uses: the machine, its agent, and the row that the trial leaves in the guide.

A trial makes something broken, takes what the agent or the CLI says about it, runs each command in it as it is printed,
and asserts that things are well then. Its row has the words that it saw, with what differs between runs replaced.
"""

import base64
import contextlib
import json
import os
import pwd
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import json_answers
import machine
import service_manager
from harness import Endpoint, HarnessError, wait_until

FAST = """[management]
poll_wait=1s
lease=30s
request_timeout=3s
[retry]
base=50ms
cap=200ms
"""
TRIALS = []
FOUND = set()  # the codes of the findings that trials saw
RAN = []  # (text, command): the commands that messages suggested, as they were printed


@dataclass
class Trial:
    group: str
    symptom: str
    function: object
    enrolled: bool  # the agent is enrolled and has a CA when the trial begins


@dataclass
class Seen:
    """What somebody reads: the problem and what to do."""
    message: str
    remedy: str
    code: str = ""

    @property
    def text(self):
        return f"{self.message}\n{self.remedy}"


def trial(group, symptom, enrolled=False):
    """Registers a function of a Site; it returns what was Seen for the table, or None for no row."""
    def register(function):
        TRIALS.append(Trial(group, symptom, function, enrolled))
        return function
    return register


class NamedEndpoint(Endpoint):
    """An endpoint whose agents know it by its name, over restarts at the same port."""

    def __init__(self, folder, host, *options, port=0):
        super().__init__(machine.PROGRAMS, folder, "--server-name", f"DNS:{host}", *options)
        self.host = host
        self.listen = f"127.0.0.1:{port}"
        if not port:
            super().start()
            self.stop()
        self.port = int(self.listen.rsplit(":", 1)[1])
        self.options = (*self.options, "--public-url", f"https://{host}:{self.port}")

    def start(self):
        super().start()
        self.listen = f"127.0.0.1:{self.port}"
        return self


class Site:
    """The machine during one trial."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.endpoint = None
        self.others = []

    # --- commands ---------------------------------------------------------------------------------------------------

    def shell(self, command, check=True, **options):
        """A command line as a person types it; its exit code and all that it printed."""
        options.setdefault("timeout", 120)
        done = subprocess.run(["bash", "-c", command], stdin=options.pop("stdin", subprocess.DEVNULL),
                              capture_output=True, text=True, cwd=self.folder, **options)
        if check and done.returncode != 0:
            raise HarnessError(f"{command}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def named(self, seen, form):
        """The words that a form as `certconnector jobs explain \\S+` is in a text."""
        return re.search(form, seen.text if isinstance(seen, Seen) else seen)[0]

    def printed(self, seen, command, fill=None, **options):
        """Runs a command that the words have, exactly as they have it; `fill` replaces a name in capitals in it."""
        text = seen.text if isinstance(seen, Seen) else seen
        assert command in text, f"not suggested: {command}\nin: {text}"
        RAN.append((text, command))
        for name, value in (fill or {}).items():
            assert name in command, name
            command = command.replace(name, str(value))
        if options.pop("ends", True):
            return self.shell(command, **options)
        # It goes on until somebody ends it: 124 says that it was timeout who did.
        done = self.shell(f"timeout 1 {command}", check=False)
        assert done.returncode == 124, done
        return done

    def cli(self, arguments, **options):
        return self.shell(f"certconnector {arguments}", **options).stdout

    def json(self, arguments):
        answer = self.shell(f"certconnector {arguments} --json", check=False).stdout
        json_answers.check(shlex.split(arguments), answer)
        return json.loads(answer)

    def background(self, *command):
        """Another program, which ends with the trial."""
        process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.others.append(process)
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait()

    def refused(self, command):
        """What a command of the CLI says when it fails."""
        done = self.shell(command, check=False)
        assert done.returncode != 0, f"{command} succeeded:\n{done.stdout}"
        first, *more = done.stderr.strip().split("\n  ")
        return Seen(first.removeprefix("certconnector: "), " ".join(more))

    # --- the agent --------------------------------------------------------------------------------------------------

    def configure(self, text, base=FAST):
        machine.CONFIGURATION.write_text(base + text)
        return self

    @staticmethod
    def configuration():
        return machine.CONFIGURATION.read_text()

    def start(self):
        self.shell("systemctl start certconnectord")
        return self

    def stop(self):
        self.shell("systemctl stop certconnectord")
        return self

    def restart(self):
        return self.stop().start()

    def start_fails(self):
        """What `certconnector status` says after a start that failed."""
        assert self.shell("systemctl start certconnectord", check=False).returncode != 0, "it started"
        return self.refused("certconnector status")

    @staticmethod
    def set_clock(seconds):
        """The agent's clock is ahead by so many seconds from now on; an agent that runs has to be started after the first
        call."""
        service_manager.CLOCK.write_text(str(seconds))

    def log(self):
        return service_manager.JOURNAL.read_text(errors="replace") if service_manager.JOURNAL.exists() else ""

    def findings(self, command="health"):
        return [Seen(one["message"], one.get("remedy") or "", one["code"])
                for one in self.json(command)["findings"]
                if one["level"] != "ok"]

    def finding(self, code, words="", timeout=30):
        """The finding with this code and these words in its message; waits until it is there."""
        def look():
            return next((one for one in self.findings() if one.code == code and words in one.message), None)
        try:
            seen = wait_until(look, f"the finding {code}", timeout, interval=0.1)
            FOUND.add(code)
            return seen
        except HarnessError as error:
            raise HarnessError(f"{error}; there are {self.findings()}") from error

    def well(self, *codes, timeout=30):
        """Waits until none of these findings is there."""
        try:
            wait_until(lambda: not [one for one in self.findings() if one.code in codes], f"the end of {codes}", timeout,
                       interval=0.1)
        except HarnessError as error:
            raise HarnessError(f"{error}; there are {self.findings()}") from error

    def own(self, path):
        """Gives a file or folder to the agent's user."""
        user = pwd.getpwnam(machine.USER)
        os.chown(path, user.pw_uid, user.pw_gid)
        return path

    def file(self, name, text):
        """An open file with this text, to be a command's standard input."""
        path = self.folder / name
        path.write_text(text)
        return open(path)

    # --- what trials build on ---------------------------------------------------------------------------------------

    def make_ca(self, name="default", subject="CN=Test Issuing CA,O=Test"):
        self.cli(f'ca create {name} --root --subject "{subject}" --key ec:256')
        return self

    def with_hosts(self, *names):
        path = Path("/etc/hosts")
        path.write_text("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 {name}\n" for name in names))

    def endpoint_at(self, host, *options):
        """An endpoint that runs at this host name."""
        self.with_hosts(host)
        self.endpoint = NamedEndpoint(self.folder, host, *options).start()

    def enroll(self, *options):
        """An agent that works: enrolled, with a CA. options: of the endpoint."""
        self.endpoint_at("endpoint.test", *options)
        self.configure("").start().make_ca()
        self.shell("certconnector enroll -", stdin=self.file("first-token", self.endpoint.token()))
        wait_until(lambda: not [one for one in self.findings("status") if one.code.startswith("endpoint")],
                   "the endpoint")
        return self

    def request(self, name="device", *options):
        """The file of a PKCS#10 request."""
        file = self.folder / f"{name}.csr"
        self.shell(f"openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null "
                   f"-subj /O=Test/CN={name} -out {file} {' '.join(options)}")
        return file

    def issue_jobs(self, count=1, request=None, template="device", **more):
        """Queues issue jobs at the endpoint; their ids."""
        der = subprocess.run(["openssl", "req", "-in", request or self.request(), "-outform", "DER"], check=True,
                             capture_output=True).stdout
        ca = self.json("ca list")["authorities"][0]["sha256"]
        job = {"type": "issue", "ca": ca,
               "issue": {"template": template, "pkcs10": base64.b64encode(der).decode()}, **more}
        return self.endpoint.admin("POST", "/admin/v1/jobs", {"jobs": [job] * count})["ids"]

    def close(self):
        with contextlib.suppress(Exception):
            self.stop()
        for process in self.others:
            self.end(process)
        if self.endpoint:
            self.endpoint.stop()


def plain(text):
    """The words without what differs from run to run."""
    for pattern, name in ((r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"), (r"(?<=:)\d{4,5}\b", "PORT"),
                          (r"\b[0-9a-f]{24,64}\b", "ID"), (r"\botp-[0-9a-f]+\b", "otp-ID"),
                          (r"\b\d+ (?=ms\b)", "N "), (r"(?<=of the )\d+(?= jobs)", "N"),
                          (r"\(process \d+\)", "(process PID)"),
                          (r"(?<=CRL number )\d+(, and \S+ knows no later one than) \d+", r"NUMBER\1 NUMBER"),
                          # Which of the agent's calls is the last before the test looks.
                          (r"\b(sending the heartbeat|reporting results|acknowledging leases|extending leases)(?=: )",
                           "leasing jobs"),
                          (r"/tmp/certconnector-\w+", "/tmp")):
        text = re.sub(pattern, name, text)
    return text


ENDED = "do as the message says, then `systemctl start certconnectord`"
NO_AGENT = re.compile(r"^no agent answers on \S+ \([^)]*\)\. It ended at TIME with ")


def table(rows):
    """The rows, one a trial, as the guide has them."""
    def cell(text):
        return re.sub(r"\s+", " ", plain(text)).replace("|", "\\|").strip()

    lines = []
    for group in dict.fromkeys(trial.group for trial, _ in rows):
        lines += [f"### {group}", "", "| what is so | what the agent says | what to do |", "| --- | --- | --- |"]
        for one, seen in rows:
            if one.group == group:
                says = f"`{seen.code}`: {seen.message}" if seen.code else seen.message
                # The first words of `certconnector status` are the same for each agent that ended.
                short = NO_AGENT.sub("It ended with ", cell(says))
                then = ENDED if short != cell(says) else cell(seen.remedy)
                lines.append(f"| {cell(one.symptom)} | {short} | {then} |")
        lines.append("")
    return "\n".join(lines)
