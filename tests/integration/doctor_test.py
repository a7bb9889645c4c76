#!/usr/bin/env python3
"""`certconnector doctor` on a good set-up, and on set-ups with one thing broken each: --binaries FOLDER."""

import http.server
import json
import os
import socket
import sys
import threading
import unittest

from harness import Agent, Site, ended, host, run, take_binaries

BINARIES = take_binaries(sys.argv)
# What depends on the machine that runs the test.
OF_MACHINE = {"clock.synchronized", "disk.room", "files.user"}


class Report:
    def __init__(self, done):
        self.code = done.returncode
        self.document = json.loads(done.stdout)
        self.checks = self.document["checks"]

    def of(self, check):
        return [one for one in self.checks if one["id"] == check]

    def verdict(self, check):
        """The worst one of the check."""
        order = ["ok", "unknown", "warning", "failed"]
        return max((one["verdict"] for one in self.of(check)), key=order.index, default="missing")

    def wrong(self):
        return {one["id"] for one in self.checks if one["verdict"] in ("warning", "failed")} - OF_MACHINE


def doctor(agent, *words):
    return Report(agent.attempt("--json", "doctor", "--config", agent.config, *words))


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Web:
    """A web server with one answer."""

    def __init__(self, status, body):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/ca.crl"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class OnAGoodSetUp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site(BINARIES, configuration=f"[http]\nlisten=127.0.0.1:{free_port()}\n"))
        cls.agent = cls.site.agent

    def expect(self, check, verdict, report, words=""):
        self.assertEqual(verdict, report.verdict(check), report.of(check))
        texts = " ".join(one["evidence"] + " " + one.get("remedy", "") for one in report.of(check))
        self.assertIn(words, texts)
        if verdict in ("warning", "failed"):
            for one in report.of(check):
                self.assertTrue(one["verdict"] == "ok" or one.get("remedy"), one)

    def test_nothing_is_wrong_while_the_agent_runs(self):
        report = doctor(self.agent)
        self.assertEqual(set(), report.wrong(), report.checks)
        for check in ("configuration.file", "agent.running", "agent.health", "agent.version", "files.usable",
                      "certificates.identity", "certificates.ca", "certificates.crl", "endpoint.configured", "endpoint.name",
                      "endpoint.reached", "listeners.port"):
            self.assertEqual("ok", report.verdict(check), report.of(check))
        # The reference endpoint's answer to this request has no date.
        for check in ("database.readable", "clock.endpoint"):
            self.assertEqual("unknown", report.verdict(check), report.of(check))

    def test_an_area_alone(self):
        report = doctor(self.agent, "--area", "clock", "--area", "disk")
        self.assertEqual({"clock", "disk"}, {one["area"] for one in report.checks})

    def test_an_area_that_is_not_there(self):
        done = self.agent.attempt("doctor", "--config", self.agent.config, "--area", "kitchen")
        self.assertEqual(64, done.returncode)
        self.assertIn("certificates", done.stderr)

    def test_its_text_has_the_remedy_below_each_finding(self):
        self.agent.cli("pause")
        self.addCleanup(self.agent.cli, "resume")
        done = self.agent.attempt("doctor", "--config", self.agent.config, "--area", "agent")
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stdout, r"warning +agent.health .*paused.*\n +-> .*certconnector resume")
        self.assertRegex(done.stdout, r"\n\d+ ok, 1 warnings, 0 failed, 0 cannot be checked here\n$")

    def test_an_agent_that_does_not_run(self):
        self.agent.stop()
        self.addCleanup(self.agent.start)
        report = doctor(self.agent)
        self.assertEqual({"agent.running"}, report.wrong(), report.checks)
        self.assertEqual(2, report.code)
        self.assertEqual("ok", report.verdict("database.readable"))
        # What runs without the CLI, and asks no agent.
        words = ["--config", host.path(self.agent.config), "--check-state", "--json"]
        state = Report(ended([*host.command(BINARIES, "certconnectord"), *words]))
        self.assertEqual(set(), state.wrong(), state.checks)
        self.assertEqual([], state.of("agent.running"))

    def test_a_port_that_another_program_has(self):
        self.agent.stop()
        self.addCleanup(self.agent.start)
        port = int(self.agent.config.read_text().split("listen=127.0.0.1:")[1].split()[0])
        with socket.create_server(("127.0.0.1", port)):
            self.expect("listeners.port", "failed", doctor(self.agent), "in use")

    def test_an_endpoint_that_is_down(self):
        self.site.endpoint.stop()
        self.addCleanup(self.site.endpoint.start)
        self.expect("endpoint.reached", "failed", doctor(self.agent, "--area", "endpoint"), "the connection is refused")


class WithOneThingBroken(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site(BINARIES))
        self.agent = self.site.agent
        self.agent.stop()

    expect = OnAGoodSetUp.expect

    def add(self, text):
        with open(self.agent.config, "a") as file:
            file.write(text)

    def test_a_mistake_in_the_configuration(self):
        self.add("[queue]\nhigh_watr=7\n")
        report = doctor(self.agent)
        self.expect("configuration.file", "failed", report, "high_watr")
        self.assertIn("certconnectord.conf:", report.of("configuration.file")[0]["subject"])
        self.assertEqual(2, report.code)

    def test_a_key_that_others_may_read_and_its_remedy(self):
        key = next(self.agent.state.rglob("key.pem"))
        key.chmod(0o644)
        report = doctor(self.agent)
        self.expect("files.usable", "failed", report, str(key))
        remedy = next(one["remedy"] for one in report.of("files.usable") if one["verdict"] == "failed")
        self.assertRegex(remedy, "^Run.*: chmod")
        run(["sh", "-c", remedy.split(": ", 1)[1]])
        self.assertEqual("ok", doctor(self.agent).verdict("files.usable"))

    def test_a_damaged_database(self):
        database = self.agent.state / "agent.db"
        octets = bytearray(database.read_bytes())
        octets[4096:8192] = os.urandom(4096)
        database.write_bytes(octets)
        self.expect("database.readable", "failed", doctor(self.agent, "--area", "database"), "--salvage")

    def test_an_endpoint_of_an_unknown_name(self):
        self.add("[management]\nurl=https://nowhere.invalid\n")
        self.expect("endpoint.name", "failed", doctor(self.agent, "--area", "endpoint"), "nowhere.invalid")

    def test_an_endpoint_of_another_ca(self):
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=Another",
             "-days", "9", "-out", self.site.folder / "another.pem"])
        self.add(f"[management]\nca_file={self.site.folder}/another.pem\n")
        self.expect("endpoint.reached", "failed", doctor(self.agent, "--area", "endpoint"), "certificate")

    def test_a_crl_that_is_not_where_certificates_say(self):
        good = self.agent.state / "ca/default/ca.crl"
        self.assertTrue(good.exists())
        for status, body, words in ((404, b"", "404"), (200, b"<html>", "no CRL"), (200, good.read_bytes(), None)):
            with self.subTest(status=status, words=words):
                web = Web(status, body)
                self.addCleanup(web.close)
                text = self.agent.config.read_text().split("[template.device]")[0]
                self.agent.config.write_text(text + f"[template.device]\ncrl_url={web.url}\n")
                report = doctor(self.agent, "--area", "web")
                self.expect("web.crl", "failed" if words else "ok", report, words or "is there")


class WithoutAnAgent(unittest.TestCase):
    def test_one_that_was_not_onboarded(self):
        with Site(BINARIES) as site:
            other = Agent(BINARIES, site.folder / "other")
            report = doctor(other)
            self.assertEqual("warning", report.verdict("endpoint.configured"))
            self.assertEqual("warning", report.verdict("certificates.ca"))
            self.assertEqual("failed", report.verdict("agent.running"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
