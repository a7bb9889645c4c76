#!/usr/bin/env python3
"""What a SCEP enrolment costs: CPU time of the server's process, ours and micromdm's on the same kind of messages.

Prints a table and JSON. R is one RSA-2048 private operation by `openssl speed` of the same run; figures of two runs
compare only as multiples of it. With 64 connections every core is at work, where one operation takes longer than on a
machine that is idle but for it: that one is in the table beside R, and bounds nothing.
"""

import argparse
import contextlib
import json
import os
import socket
import sys
import tempfile
import threading
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop"))
from bench import openssl_speed, rss_mib  # noqa: E402
from scep_clients import fetch_recipient, run  # noqa: E402
from scep_servers import MicroMdmServer, OurAgent  # noqa: E402

GETS = ("GetCACaps", "GetCACert")


class IdleConnections:
    """Connections to a service over which nothing is asked."""

    def __init__(self, url, count):
        address = urllib.parse.urlsplit(url)
        self.address, self.count = (address.hostname, address.port), count

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            for _ in range(self.count):
                stack.enter_context(socket.create_connection(self.address, timeout=10))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()


class SlowDrip:
    """Clients that send the head of a request octet by octet, each cut off by the server's limit and begun anew."""

    def __init__(self, url, count=50, every_s=0.25):
        address = urllib.parse.urlsplit(url)
        self.address, self.count, self.every_s = (address.hostname, address.port), count, every_s
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.drip)

    def drip(self):
        clients = {}
        while not self.stopping.wait(self.every_s):
            for number in range(self.count):
                try:
                    if number not in clients:
                        clients[number] = socket.create_connection(self.address, timeout=1)
                        clients[number].sendall(b"GET /")
                    clients[number].sendall(b"a")
                except OSError:
                    if number in clients:
                        clients.pop(number).close()
        for client in clients.values():
            client.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()


class Load:
    """bench_scep_load against one service of one server process."""

    def __init__(self, program, server, service, folder):
        self.base = [program, "--url", service.url, "--pid", server.pid]
        recipient, secret = Path(folder) / "recipient.pem", Path(folder) / "load-challenge"
        recipient.write_text(fetch_recipient(service.url, folder))
        secret.write_text(service.challenge)
        self.enrolment = ["--recipient", recipient, "--challenge-file", secret]

    def run(self, *options):
        return json.loads(run([*self.base, *options], timeout=1800))

    def enrol(self, requests, connections, *options):
        return self.run(*self.enrolment, "--requests", requests, "--connections", connections, *options)

    def get(self, operation, requests, connections):
        return self.run("--get", operation, "--requests", requests, "--connections", connections)


def measure(program, make_server, requests, few, idle):
    """Figures of each service of a server: {name: {"one": ..., "many": ..., "GetCACaps": ..., "R_ms": {"one": ..., "many": ...}}}."""
    figures = {}
    with tempfile.TemporaryDirectory(prefix="cc-scep-bench-") as folder, make_server(folder) as server:
        for name, service in server.services.items():
            load = Load(program, server, service, folder)
            load.enrol(100, 1)  # warm: caches, the first tables
            # A machine's speed changes from minute to minute: each load has the R of just before and just after.
            speeds = [openssl_speed()[0]]
            taken = {"one": load.enrol(few, 1)}
            speeds.append(openssl_speed()[0])
            taken["many"] = load.enrol(requests, 64)
            speeds.append(openssl_speed()[0])
            taken["R_ms"] = {"one": (speeds[0] + speeds[1]) / 2, "many": (speeds[1] + speeds[2]) / 2,
                             "all_cores": openssl_speed(os.cpu_count())[0]}
            for operation in GETS:
                taken[operation] = load.get(operation, 20000, 16)
            taken["rss_mib"] = rss_mib(server.pid)
            if idle:
                with IdleConnections(service.url, idle), SlowDrip(service.url):
                    taken["beside_idle"] = load.enrol(few, 8)
                    taken["idle_rss_mib"] = rss_mib(server.pid)
            figures[name] = taken
    return figures


def rows_of(server, name, taken, bounded):
    """(what, value, unit, least, most) of one service; bounds are for ours alone."""
    one, many = taken["one"], taken["many"]
    title = f"{server}, {name} CA: "

    def row(what, value, unit="ms", least=None, most=None):
        return (title + what, value, unit, least if bounded else None, most if bounded else None)

    three = name == "rsa"  # private operations of RSA; an EC CA makes one of its own kind
    for connections, load, r in (("64 connections", many, taken["R_ms"]["many"]),
                                 ("1 connection", one, taken["R_ms"]["one"])):
        cost = load["server_cpu_ms_per_request"]
        yield row(f"R before and after {connections}", r)
        yield row(f"PKCSReq, {connections}", cost, most=3 * r + 0.80 if three else None)
        if three:
            yield row("  over 3 R", cost - 3 * r, most=0.80)
        yield row("  as multiples of R", cost / r, "R")
    yield row("  answered with", ", ".join(many["answer_ciphers"]))
    busy = taken["R_ms"]["all_cores"]
    yield row("R with every core at work", busy)
    if three:
        yield row("  PKCSReq, 64 connections, over 3 of these", many["server_cpu_ms_per_request"] - 3 * busy)
    yield row(f"  {many['requests']} requests: p99 over median", many["p99_ms"] / many["median_ms"], "times", most=20)
    yield row("  requests a second", many["requests_per_second"], "")
    yield row("  answers that are no SUCCESS", one["failures"] + many["failures"], "", most=0)
    yield row("  repeated serial numbers", one["repeated_serials"] + many["repeated_serials"], "", most=0)
    for operation in GETS:
        get = taken[operation]
        core = 1000 / max(get["server_cpu_ms_per_request"], 1e-6)
        yield row(f"{operation}, requests a second of a core", core, "", least=20000)
    yield row("memory after all that", taken["rss_mib"], "MiB", most=100)
    if "beside_idle" in taken:
        yield row("memory with idle connections and slow clients beside it", taken["idle_rss_mib"], "MiB", most=100)
        yield row("  answers that are no SUCCESS", taken["beside_idle"]["failures"], "", most=0)


def print_table(rows):
    width = max(len(row[0]) for row in rows)
    print(f"{'':{width}}  {'measured':>15}  {'bound':>12}")
    for what, value, unit, least, most in rows:
        bound = f"<= {most:.3f}" if most is not None else f">= {least:.0f}" if least is not None else "-"
        held = (most is None or value <= most) and (least is None or value >= least)
        verdict = "" if bound == "-" else "ok" if held else "MISSED"
        text = value if isinstance(value, str) else f"{value:.3f} {unit}"
        print(f"{what:{width}}  {text:>15}  {bound:>12}  {verdict}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--requests", type=int, default=10000, help="over 64 connections (10000)")
    parser.add_argument("--peer-requests", type=int, default=2000, help="the same, of micromdm (2000)")
    parser.add_argument("--few", type=int, default=1000, help="over one connection (1000)")
    parser.add_argument("--idle", type=int, default=5000, help="connections that lie idle, of ours (5000)")
    parser.add_argument("--only", choices=("ours", "micromdm"), help="one server alone")
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    binaries = Path(options.binaries).resolve()
    program = binaries / "bench_scep_load"

    figures, rows = {}, []
    servers = {"ours": (lambda folder: OurAgent(binaries, folder), options.requests),
               "micromdm": (MicroMdmServer, options.peer_requests)}
    for server, (make_server, requests) in servers.items():
        if options.only in (None, server):
            idle = options.idle if server == "ours" else 0
            figures[server] = measure(program, make_server, requests, options.few, idle)
            for name, taken in figures[server].items():
                rows += rows_of(server, name, taken, bounded=server == "ours")
    print_table(rows)
    print(json.dumps(figures, indent=2))
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
