"""The real programs, started on loopback in a temporary folder: endpoint, agent and CLI.

Used by the integration tests, the crash campaign and the benchmark. Waits poll a condition with a time limit;
nothing waits for a fixed time.
"""

import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import json_answers

# The agent refuses files that others may write, as a person's umask of 002 makes them.
os.umask(0o022)

WINESERVER = shutil.which("wineserver") or "/usr/lib/wine/wineserver64"
SOURCE = Path(__file__).resolve().parents[2]


def take_binaries(arguments):
    """The folder after --binaries. It and --windows are taken out of the arguments: unittest does not know them."""
    take_host(arguments)
    if "--binaries" not in arguments:
        return SOURCE / "build/debug/bin"
    at = arguments.index("--binaries")
    folder = Path(arguments[at + 1]).resolve()
    del arguments[at:at + 2]
    return folder


class HarnessError(Exception):
    """A program did not do what the harness needs; the text says which and what it printed."""


def wait_until(condition, what, timeout=60.0, interval=0.02):
    """Returns the first true value of condition(); fails after timeout seconds."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise HarnessError(f"waited {timeout:.0f} s for {what}")
        time.sleep(interval)


def run(command, **options):
    """Runs a command to its end and returns its output; fails with all that it printed."""
    return output_of(ended(command, **options))


def ended(command, **options):
    """Runs a command to its end, whatever its exit code is."""
    options.setdefault("timeout", 120)
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)


def output_of(done):
    """What a command printed that worked; fails for another one."""
    if done.returncode != 0:
        raise HarnessError(f"{' '.join(done.args)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Here:
    """Where agent and CLI run: on this system."""

    temporary_folder = None  # that of the system
    stop_signal = signal.SIGTERM
    notifies = True  # by sd_notify(3) that it is ready
    killed_itself = -signal.SIGKILL  # the exit code of certconnectord-crashing

    def command(self, binaries, program):
        return [Path(binaries) / program]

    def path(self, path):
        """As agent and CLI take it."""
        return str(path)

    def address(self, folder):
        """Of the control socket."""
        return Path(folder) / "run" / "agent.sock"


class Wine:
    """Agent and CLI of a build for Windows, under Wine. Their files stand on Wine's drive C. The endpoint is this system's."""

    stop_signal = signal.SIGINT  # Ctrl-C
    notifies = False
    killed_itself = 9

    def __init__(self, build):
        self.build = Path(build).resolve()
        self.drive = self.build / "wine-integration" / "drive_c"
        self.drive.mkdir(parents=True, exist_ok=True)
        self.temporary_folder = self.drive
        cache = (self.build / "CMakeCache.txt").read_text()
        (self.prefix,) = re.findall(r"^CC_WINDOWS_PREFIX:PATH=(.*)$", cache, re.MULTILINE)
        os.environ["WINEPREFIX"] = str(self.drive.parent)
        self.boot()
        atexit.register(self.shut_down)

    def boot(self):
        """Starts Windows, and holds it until this program ends: its services keep the output open of who starts them."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.holds = subprocess.Popen(self.system_command("cmd", "/c", "pause"), stdin=subprocess.PIPE, **quiet)
        subprocess.run(self.system_command("cmd", "/c", "exit"), check=True, timeout=120, **quiet)

    def shut_down(self):
        """Ends Windows with all of its programs. One that still ends would take the next program with it."""
        self.holds.communicate(b"\n")
        for option in ("-k", "-w"):
            subprocess.run([WINESERVER, option], check=False, timeout=120)

    def restart(self):
        self.shut_down()
        self.boot()

    def system_command(self, *words):
        """Of a program that Windows has, such as net.exe."""
        return [SOURCE / "packaging/windows/wine.sh", self.prefix, *words]

    def command(self, binaries, program):
        return self.system_command(self.build / "bin" / f"{program}.exe")

    def path(self, path):
        path = Path(path)
        inside = path.is_relative_to(self.drive)
        return f"C:/{path.relative_to(self.drive)}" if inside else f"Z:{path}"

    def address(self, folder):
        return "//./pipe/" + "-".join(Path(folder).relative_to(self.drive).parts)


host = Here()


def take_host(arguments):
    """--windows BUILD, which is taken out of the arguments: where agent and CLI are started from now on."""
    global host
    if "--windows" in arguments:
        at = arguments.index("--windows")
        host = Wine(arguments[at + 1])
        del arguments[at:at + 2]
    return host


class Endpoint:
    """certconnector-endpoint serve, and the verbs of its admin interface."""

    def __init__(self, binaries, folder, *options):
        self.binary = Path(binaries) / "certconnector-endpoint"
        self.state = Path(folder) / "endpoint"
        self.options = options
        self.process = None
        self.listen = "127.0.0.1:0"

    def start(self):
        self.state.mkdir(parents=True, exist_ok=True)
        ready = self.state / "ready.json"
        ready.unlink(missing_ok=True)
        with open(self.state / "endpoint.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--state", self.state, "--listen", self.listen, "--ready-file", ready,
                 *self.options],
                stdout=log, stderr=log,
            )
        wait_until(lambda: ready.exists() or self.process.poll() is not None, "the endpoint to be ready")
        if self.process.poll() is not None:
            raise HarnessError("the endpoint ended: " + (self.state / "endpoint.log").read_text())
        self.info = json.loads(ready.read_text())
        # A restart keeps the address that the agent was enrolled with.
        self.listen = self.info["url"].split("//")[1]
        return self

    def verb(self, name, *arguments, timeout=120):
        return run([self.binary, name, "--state", self.state, *arguments], timeout=timeout)

    def admin(self, method, path, body=None):
        """A call of the admin interface without a verb, or one that a test makes often."""
        token = (self.state / "admin_token").read_text().strip()
        request = urllib.request.Request(
            self.info["admin_url"] + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def token(self):
        return self.verb("token").strip()

    def summary(self):
        return json.loads(self.verb("summary"))

    def finished(self):
        return sum(self.summary()["finished"].values())

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)
        self.process = None


class Agent:
    """certconnectord on a separate folder, and the CLI on its socket. Each answer to --json has to be as packaging/schema
    says."""

    checks_answers = True  # no: for programs of an older release

    def __init__(self, binaries, folder, configuration="", program="certconnectord"):
        self.binaries = Path(binaries)
        self.folder = Path(folder) / "agent"
        self.state = self.folder / "state"
        self.runtime = self.folder / "run"
        self.socket = host.address(self.folder)
        self.config = self.folder / "certconnectord.conf"
        self.program = program
        self.process = None
        self.folder.mkdir(parents=True, exist_ok=True)
        self.state.mkdir(exist_ok=True)
        self.state.chmod(0o700)
        self.runtime.mkdir(exist_ok=True)
        self.configure(configuration)

    def configure(self, configuration):
        self.config.write_text(
            f"[agent]\nstate_dir={host.path(self.state)}\nruntime_dir={host.path(self.runtime)}\n"
            f"socket={self.socket}\n{configuration}"
        )

    def start(self, program=None, environment=None, wait_ready=True, ready_within=30):
        ready = NotifySocket(self.folder / "notify.sock") if host.notifies else AnswersToTheCli()
        env = dict(os.environ, **ready.environment(), **(environment or {}))
        with open(self.folder / "agent.log", "ab") as log:
            self.process = subprocess.Popen(
                [*host.command(self.binaries, program or self.program), "--config", host.path(self.config)],
                stdout=log, stderr=log, env=env,
            )
        try:
            if wait_ready:
                ready.wait_ready(self, ready_within)
        finally:
            ready.close()
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def cli(self, *arguments, timeout=60):
        return output_of(self.attempt(*arguments, timeout=timeout))

    def attempt(self, *arguments, timeout=60):
        """The CLI's end, whatever its exit code is."""
        words = [host.path(word) if isinstance(word, Path) else word for word in arguments]
        done = ended([*host.command(self.binaries, "certconnector"), "--socket", self.socket, *words], timeout=timeout)
        if self.checks_answers and "--json" in arguments:
            json_answers.check(arguments, done.stdout)
        return done

    def json(self, *arguments):
        return json.loads(self.cli("--json", *arguments))

    def answers(self):
        """Whether the CLI reaches it: a new process does not answer yet."""
        try:
            return bool(self.cli("status"))
        except HarnessError:
            return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def stop(self, timeout=60):
        """Stops it with SIGTERM, or Ctrl-C; returns the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(host.stop_signal)
        code = self.process.wait(timeout=timeout)
        self.process = None
        return code

    def log_text(self):
        return (self.folder / "agent.log").read_text(errors="replace")


def wait_for_agent(agent, ready, timeout):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if ready():
            return
        if not agent.running():
            raise HarnessError(
                f"the agent ended with {agent.process.returncode} before it was ready:\n{agent.log_text()[-4000:]}"
            )
    raise HarnessError("the agent was not ready in time:\n" + agent.log_text()[-4000:])


class AnswersToTheCli:
    """Without a service manager: the agent is ready when it answers."""

    def environment(self):
        return {}

    def wait_ready(self, agent, timeout):
        wait_for_agent(agent, agent.answers, timeout)

    def close(self):
        pass


class NotifySocket:
    """The receiving end of sd_notify(3)."""

    def __init__(self, path):
        import socket

        self.path = Path(path)
        self.path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(0.2)

    def environment(self):
        return {"NOTIFY_SOCKET": str(self.path)}

    def wait_ready(self, agent, timeout):
        def ready():
            try:
                return b"READY=1" in self.socket.recv(4096).split(b"\n")
            except TimeoutError:
                return False

        wait_for_agent(agent, ready, timeout)

    def close(self):
        self.socket.close()
        self.path.unlink(missing_ok=True)


def make_requests(folder, count, kinds=("rsa:2048",)):
    """Real PKCS#10 requests by openssl, one a file."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        kind = kinds[i % len(kinds)]
        key = ["-newkey", kind] if kind.startswith("rsa") else [
            "-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{kind}"]
        run(["openssl", "req", "-new", "-nodes", *key, "-keyout", "/dev/null", "-subj", f"/O=Test/CN=device-{i}",
             "-addext", f"subjectAltName=DNS:device-{i}.example", "-out", folder / f"device-{i:04}.csr"])
    return folder


class Site:
    """One endpoint, one agent enrolled with it, and the agent's CA: what most tests start from."""

    def __init__(self, binaries, folder=None, configuration="", endpoint_options=(), ca_key="rsa:2048",
                 program="certconnectord"):
        self.temporary = None
        if folder is None:
            self.temporary = tempfile.TemporaryDirectory(prefix="certconnector-", dir=host.temporary_folder)
            folder = self.temporary.name
        self.folder = Path(folder)
        self.binaries = Path(binaries)
        self.ca_key = ca_key
        self.endpoint = Endpoint(binaries, folder, *endpoint_options)
        self.agent = Agent(binaries, folder, configuration, program)

    def __enter__(self):
        try:
            self.endpoint.start()
            self.agent.start(program="certconnectord")
            self.agent.cli("ca", "create", "default", "--root", "--subject", "CN=Test Issuing CA,O=Test",
                           "--key", self.ca_key)
            token = self.folder / "token"
            token.write_text(self.endpoint.token())
            self.agent.cli("enroll", "--token-file", token)
            self.ca = self.agent.json("ca", "list")["authorities"][0]["sha256"]
            return self
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, *_):
        for part in (self.agent, self.endpoint):
            try:
                part.stop()
            except subprocess.TimeoutExpired:
                part.process.kill()
        if self.temporary:
            self.temporary.cleanup()

    def make_requests(self, folder, count, kinds=("rsa:2048",)):
        return make_requests(folder, count, kinds)

    def queue_issue(self, requests, count=None):
        extra = ["--count", count] if count else []
        self.endpoint.verb("queue-issue", "--ca", self.ca, "--template", "device", "--requests", requests, *extra)

    def wait_finished(self, count, timeout=120):
        self.endpoint.verb("wait", "--finished", count, "--timeout", f"{int(timeout)}s", timeout=timeout + 30)


def verdict_of(site, *steps):
    """The result of the last step, after all have run; False, with the end of the agent's log, when one failed."""
    try:
        return [step() for step in steps][-1]
    except HarnessError as error:
        print(error, file=sys.stderr)
        print(site.agent.log_text()[-6000:], file=sys.stderr)
        return False
