#!/usr/bin/env python3
"""The nginx configuration that we ship, in a real nginx in front of a small upstream: what passes, and how.

With --binaries also in front of the agent: whom it limits.
"""

import json
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from nginx_server import Nginx
from scep_clients import run_client, wait_until
from harness import Agent, take_binaries

BINARIES = take_binaries(sys.argv)
PATH = "/certsrv/mscep/mscep.dll"


class Upstream(socketserver.ThreadingTCPServer):
    """Answers every request and remembers it: (request line, headers, body, which connection)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.requests = []
        self.connections = 0
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self):
            self.server.connections += 1
            connection = self.server.connections
            while True:
                line = self.rfile.readline(200000).decode("latin-1").rstrip("\r\n")
                if not line:
                    return
                headers = {}
                for header in iter(lambda: self.rfile.readline().decode("latin-1").strip(), ""):
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                body = self.rfile.read(int(headers.get("content-length", 0)))
                self.server.requests.append((line, headers, body, connection))
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nAES\n")


def exchange(connection, target, method="GET", body=b"", version="1.1", headers=""):
    """One request on a kept connection: (status, headers, body)."""
    host = "Host: scep.example.com\r\n" if version == "1.1" else ""
    length = f"Content-Length: {len(body)}\r\n" if method == "POST" else ""
    connection.sendall(f"{method} {target} HTTP/{version}\r\n{host}{length}{headers}\r\n".encode("latin-1") + body)
    answer = connection.makefile("rb")
    status = int(answer.readline().split()[1])
    fields = {}
    for line in iter(lambda: answer.readline().decode("latin-1").strip(), ""):
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    return status, fields, answer.read(int(fields.get("content-length", 0)))


class NginxTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="cc-nginx-")
        cls.addClassCleanup(folder.cleanup)
        cls.upstream = Upstream()
        cls.addClassCleanup(cls.upstream.server_close)
        cls.addClassCleanup(cls.upstream.shutdown)
        cls.nginx = cls.enterClassContext(Nginx(folder.name, cls.upstream.server_address[1]))

    def setUp(self):
        self.upstream.requests.clear()

    def ask(self, target, source="127.0.0.1", **how):
        with self.nginx.connect(source) as connection:
            return exchange(connection, target, **how)

    def test_a_query_passes_as_it_was_sent(self):
        for message in ("MIIA+/8=", "MIIA%2B%2f8%3D", "MIIA+%2F8=%0A", "MI IA".replace(" ", "%20"), "a//b/../c%00"):
            target = f"{PATH}?operation=PKIOperation&message={message}"
            with self.subTest(message=message):
                self.assertEqual(200, self.ask(target)[0])
                self.assertEqual(f"GET {target} HTTP/1.1", self.upstream.requests[-1][0])

    def test_the_longest_query_passes(self):
        start = "operation=PKIOperation&message="
        query = start + "+" * (65534 - len(start))
        self.assertEqual(200, self.ask(f"{PATH}?{query}")[0])
        self.assertEqual(f"GET {PATH}?{query} HTTP/1.1", self.upstream.requests[-1][0])
        self.assertEqual(414, self.ask(f"{PATH}?{query}" + "A" * 10000)[0])

    def test_a_body_of_64_kib_passes(self):
        body = os.urandom(65536)
        target = PATH + "?operation=PKIOperation"
        self.assertEqual(200, self.ask(target, method="POST", body=body)[0])
        self.assertEqual(body, self.upstream.requests[-1][2])
        self.assertEqual(413, self.ask(target, method="POST", body=body + b"x")[0])

    def test_what_is_published(self):
        rows = (
            (200, "GET", PATH + "?operation=GetCACaps"),
            (200, "GET", PATH + "?OPERATION=getcacert&message=0"),
            (200, "GET", PATH + "/pkiclient.exe?operation=GetCACert"),
            (200, "GET", "/CertSrv/mscep/mscep.dll?operation=GetCACaps"),
            (200, "GET", "/scep/ec?operation=GetNextCACert"),
            (200, "GET", "/scep?operation=GetCACaps"),
            (200, "GET", "/SCEP/pkiclient.exe?operation=GetCACert"),
            (200, "GET", "/scep/?operation=GetCACaps"),
            (200, "GET", PATH + "/pkiclient.exe/?operation=GetCACaps"),
            (200, "GET", PATH + "??operation=GetCACaps"),
            (200, "GET", PATH + "?a=b&operation=GetCACaps&message=x"),
            (200, "POST", PATH),
            (200, "POST", PATH + "?"),
            (403, "POST", PATH + "?operation=Health"),
            (403, "GET", "/scep"),
            (404, "GET", "/scepx?operation=GetCACaps"),
            (403, "GET", PATH),
            (403, "GET", PATH + "?"),
            (403, "GET", PATH + "?operation="),
            (403, "GET", PATH + "?operation=Health"),
            (403, "GET", PATH + "?xoperation=GetCACaps"),
            (403, "GET", PATH + "?operation=GetCACapsX"),
            (403, "DELETE", PATH + "?operation=GetCACaps"),
            (404, "GET", "/"),
            (404, "GET", "/metrics"),
            (403, "GET", "/scep/"),
            (404, "GET", "/scep/ec/more?operation=GetCACaps"),
            (404, "GET", "/certsrv/mscep_admin/"),
            (404, "GET", PATH + "x?operation=GetCACaps"),
            (404, "GET", PATH + "/../../../ca/default.crl?operation=GetCACaps"),
        )
        for status, method, target in rows:
            with self.subTest(method=method, target=target):
                before = len(self.upstream.requests)
                self.assertEqual(status, self.ask(target, "127.0.0.8", method=method)[0])
                self.assertEqual(before + (status == 200), len(self.upstream.requests))

    def test_http_1_0_without_a_host(self):
        self.assertEqual(200, self.ask(PATH + "?operation=GetCACaps", version="1.0")[0])

    def test_the_address_of_the_client_arrives_and_no_other(self):
        self.ask(PATH + "?operation=GetCACaps", source="127.0.0.7", headers="X-Forwarded-For: 192.0.2.1\r\n")
        headers = self.upstream.requests[-1][1]
        self.assertEqual("127.0.0.7", headers["x-forwarded-for"])
        self.assertEqual("scep.example.com", headers["host"])

    def test_connections_to_the_agent_are_kept(self):
        self.ask(PATH + "?operation=GetCACaps")
        before = self.upstream.connections
        for _ in range(5):
            self.ask(PATH + "?operation=GetCACaps")
        self.assertEqual(before, self.upstream.connections)

    def test_the_log_holds_no_message(self):
        self.ask(PATH + "?operation=PKIOperation&message=SHOULDNOTBELOGGED")
        wait_until(lambda: "PKIOperation 200" in self.nginx.log_text(), "the request to be logged", timeout=10)
        self.assertNotIn("SHOULDNOTBELOGGED", self.nginx.log_text())

    def test_asks_for_no_client_certificate(self):
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version=version):
                code, _, text = self.handshake(version)
                self.assertEqual(0, code, text)
                self.assertIn("Handshake [length", text)
                self.assertNotIn("CertificateRequest", text)

    def test_takes_no_older_tls(self):
        code, _, text = self.handshake("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
        self.assertNotEqual(0, code)
        self.assertIn("alert", text)

    def handshake(self, *options):
        return run_client(["openssl", "s_client", "-connect", f"127.0.0.1:{self.nginx.port}", "-servername",
                           "scep.example.com", "-msg", *options], self.nginx.folder)

    def test_one_address_is_slowed_down_and_others_are_not(self):
        with self.nginx.connect("127.0.0.9") as connection:
            for _ in range(500):
                status, headers, body = exchange(connection, PATH + "?operation=GetCACaps")
                if status != 200:
                    break
        self.assertEqual(429, status)
        self.assertEqual("30", headers["retry-after"])
        self.assertIn(b"30 seconds", body)
        self.assertGreaterEqual(len(self.upstream.requests), 60)
        self.assertEqual(200, self.ask(PATH + "?operation=GetCACaps", source="127.0.0.10")[0])

    def test_too_many_connections_of_one_address(self):
        # nginx counts a request when it answers it. So they all begin a body and do not end it.
        begun = f"POST {PATH}?operation=PKIOperation HTTP/1.1\r\nHost: scep.example.com\r\nContent-Length: 9\r\n\r\n1"
        connections = [self.nginx.connect("127.0.0.11") for _ in range(30)]
        try:
            for connection in connections:
                connection.sendall(begun.encode())
            for _ in range(20):  # fewer than the rate limit lets pass
                status, headers, _ = self.ask(PATH + "?operation=GetCACaps", source="127.0.0.11")
                if status != 200:
                    break
            self.assertEqual((429, "30"), (status, headers["retry-after"]))
            self.assertIn("limiting connections", (self.nginx.folder / "error.log").read_text())
        finally:
            for connection in connections:
                connection.close()


class WithoutAgent(unittest.TestCase):
    def test_says_when_to_come_back(self):
        with tempfile.TemporaryDirectory(prefix="cc-nginx-") as folder:
            with socket.create_server(("127.0.0.1", 0)) as taken:
                port = taken.getsockname()[1]
            with Nginx(folder, port) as nginx, nginx.connect() as connection:
                status, headers, _ = exchange(connection, PATH + "?operation=GetCACaps")
                self.assertEqual((503, "60"), (status, headers["retry-after"]))


class WithAgent(unittest.TestCase):
    """The agent as nginx's upstream: which clients it limits. It has no service, so a request that passes gets 404."""

    def statuses(self, source, count, headers=""):
        with self.nginx.connect(source) as connection:
            return [exchange(connection, PATH + "?operation=GetCACaps", headers=headers)[0] for _ in range(count)]

    def serve(self, more=""):
        folder = tempfile.TemporaryDirectory(prefix="cc-nginx-")
        self.addCleanup(folder.cleanup)
        self.agent = Agent(BINARIES, folder.name,
                           f"[log]\nformat=json\n[http]\nlisten=127.0.0.1:0\nrequests_per_minute=4\n{more}")
        self.agent.start()
        self.addCleanup(self.agent.stop)
        self.nginx = self.enterContext(Nginx(folder.name, self.logged("http.started")[0]["port"]))

    def logged(self, event):
        entries = [json.loads(line) for line in self.agent.log_text().splitlines() if line.startswith("{")]
        return [entry for entry in entries if entry.get("event") == event]

    def test_the_client_is_limited_and_not_nginx(self):
        self.serve()
        self.assertEqual([404] * 4 + [429] * 2, self.statuses("127.0.0.7", 6, "X-Forwarded-For: 192.0.2.1\r\n"))
        self.assertEqual([404] * 4, self.statuses("127.0.0.8", 4))
        self.assertEqual(["127.0.0.7"], [entry["client"] for entry in self.logged("http.client_limited")])

    def test_an_nginx_that_is_not_trusted_is_one_client(self):
        self.serve("trusted_proxies=192.0.2.10\n")
        self.assertEqual([404] * 4, self.statuses("127.0.0.7", 4))
        self.assertEqual([429], self.statuses("127.0.0.8", 1))
        self.assertEqual(["127.0.0.1"], [entry["client"] for entry in self.logged("http.client_limited")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
