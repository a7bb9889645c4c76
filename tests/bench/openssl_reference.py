"""R and E, the cost of one RSA-2048 and one P-256 signature, by `openssl speed`.

By CPU time: without -elapsed and -multi, `openssl speed` divides by the user time of its process. (-multi divides by the
clock, so that R grows with whatever else is at work, and every bound above it with it.)
"""

import re
import subprocess

SIGNATURES = {
    "rsa2048": re.compile(r"^rsa 2048 bits\s+\S+\s+\S+\s+([\d.]+)", re.MULTILINE),
    "ecdsap256": re.compile(r"^\s*256 bits ecdsa \(nistp256\)\s+\S+\s+\S+\s+([\d.]+)", re.MULTILINE),
}


def signatures_a_second(text, kind):
    """From what `openssl speed` prints."""
    found = SIGNATURES[kind].search(text)
    if not found or float(found.group(1)) == 0:
        raise ValueError(f"openssl speed tells of no {kind} signatures:\n{text}")
    return float(found.group(1))


def speed(kind, seconds, *options):
    command = ["openssl", "speed", *options, "-seconds", str(seconds), kind]
    return signatures_a_second(subprocess.run(command, capture_output=True, text=True, check=True).stdout, kind)


def signature_cpu_ms(kind="rsa2048", seconds=1):
    return 1000 / speed(kind, seconds)


def gain_of_two(seconds=1):
    """How many times as many signatures two processes make in the same time by the clock as one does: what the
    machine has to give to a program with two threads at this moment."""
    return speed("rsa2048", seconds, "-multi", "2") / speed("rsa2048", seconds, "-elapsed")


def version():
    return subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout.split(" (")[0].strip()


class Gauge:
    """R just before and just after each piece of work; what is taken between two pieces serves both."""

    def __init__(self, measure=signature_cpu_ms):
        self.measure = measure
        self.last = None

    def around(self, work):
        """(what the work gives, R)."""
        before = self.measure() if self.last is None else self.last
        self.last = None  # none is left behind by work that fails
        result = work()
        self.last = self.measure()
        return result, (before + self.last) / 2

    def forget(self):
        """After a time in which nothing was measured."""
        self.last = None
