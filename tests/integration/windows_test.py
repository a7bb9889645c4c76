#!/usr/bin/env python3
"""The build for Windows under Wine: the main job with jobs and a SCEP device, and the service of services.msc. The endpoint
and the devices are this system's: --binaries FOLDER; --windows BUILD names the build for Windows."""

import json
import re
import shutil
import sys
import tempfile
import unittest

import harness
from harness import Endpoint, Site, ended, make_requests, run, take_binaries, wait_until
from scep_site import Device, ScepSetUp

BINARIES = take_binaries(sys.argv)
SERVICE = "CertificateConnector"
DATA = "ProgramData/Certificate Connector"
QUICK = """[management]
poll_wait=1s
request_timeout=5s
[retry]
base=50ms
cap=500ms
"""


def windows(*words, timeout=120):
    """A program of Windows, run to its end."""
    return ended(harness.host.system_command(*words), timeout=timeout)


def agent_program(*options):
    return ended([*harness.host.command(BINARIES, "certconnectord"), *options], timeout=180)


class InAConsole(unittest.TestCase):
    def test_jobs_and_a_device_get_certificates_that_verify(self):
        with ScepSetUp(BINARIES, configuration=QUICK) as site:
            site.queue_issue(site.make_requests(site.folder / "r", 3, ("rsa:2048", "P-256")), 25)
            site.wait_finished(25)
            site.endpoint.verb("results", "--out", site.folder / "out")
            root = site.folder / "root.pem"
            site.agent.cli("ca", "export", "default", "--format", "pem", "--out", root)
            certificates = [c for c in (site.folder / "out").glob("*.pem") if not c.name.startswith("chain-")]
            self.assertEqual(25, len(certificates))
            run(["openssl", "verify", "-x509_strict", "-CAfile", root, *certificates])
            device = Device(site, "codes")
            self.addCleanup(device.close)
            self.assertEqual("success", wait_until(lambda: (a := device.request())["kind"] != "pending" and a,
                                                  "the device's certificate", 60)["kind"])

    def test_a_kill_loses_no_job_and_doubles_none(self):
        with Site(BINARIES, configuration=QUICK) as site:
            site.queue_issue(site.make_requests(site.folder / "r", 2), 100)
            wait_until(lambda: site.endpoint.finished() > 5, "the first jobs", 60)
            site.agent.kill()
            site.agent.start()
            site.wait_finished(100)
            summary = site.endpoint.summary()
            self.assertEqual(100, summary["finished"]["issued"])
            self.assertEqual(0, summary["superseded"])


class Service(unittest.TestCase):
    """One service of this name is all that the system has."""

    def setUp(self):
        self.data = harness.host.drive / DATA
        agent_program("--uninstall")  # what an earlier run left
        shutil.rmtree(self.data, ignore_errors=True)
        done = agent_program("--install")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.addCleanup(agent_program, "--uninstall")
        self.configure("[agent]\n")

    def configure(self, text):
        (self.data / "certconnectord.conf").write_text(text)

    def state(self):
        """(state, exit code of Windows, exit code of the service), as sc.exe has them."""
        text = windows("sc", "query", SERVICE).stdout
        return tuple(int(re.search(rf"{name}\s*: (\d+)", text)[1])
                     for name in ("STATE", "WIN32_EXIT_CODE", "SERVICE_EXIT_CODE"))

    def start(self):
        # Whether it worked, the state tells: Wine's net.exe does not wait.
        windows("net", "start", SERVICE)

    def cli(self, *words):
        return ended([*harness.host.command(BINARIES, "certconnector"), *words])

    def answers(self):
        return self.cli("status").returncode == 0

    def log(self):
        file = self.data / "logs/certconnectord.log"
        return file.read_text() if file.exists() else ""

    def test_it_starts_reloads_stops_and_starts_again(self):
        self.start()
        wait_until(self.answers, "the agent to answer", 30)
        self.assertEqual((4, 0, 0), self.state())
        self.configure("[agent]\n[log]\nlevel=debug\n")
        # Wine's sc.exe sends no control of the service's own.
        self.assertEqual(0, self.cli("reload").returncode)
        self.assertIn("reload.done", self.log())
        windows("net", "stop", SERVICE)
        wait_until(lambda: self.state()[0] == 1, "the service to stop", 30)
        self.assertEqual((1, 0, 0), self.state())
        self.assertIn("agent.stopped", self.log())
        self.start()
        wait_until(self.answers, "the agent to answer", 30)

    # Wine restarts no service that was killed, but with Windows it starts.
    def test_a_killed_one_loses_no_job_at_its_next_start(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="service-", dir=harness.host.drive))
        endpoint = Endpoint(BINARIES, folder).start()
        self.addCleanup(endpoint.stop)
        token = harness.host.drive / "token"
        token.write_text(endpoint.token())
        self.start()
        wait_until(self.answers, "the agent to answer", 30)
        for words in (("enroll", "--token-file", "C:/token"), ("ca", "create", "default", "--root", "--subject", "CN=Killed")):
            done = self.cli(*words)
            self.assertEqual(0, done.returncode, done.stderr)
        authority = json.loads(self.cli("--json", "ca", "list").stdout)["authorities"][0]["sha256"]
        endpoint.verb("queue-issue", "--ca", authority, "--template", "device", "--requests",
                      make_requests(f"{folder}/requests", 2), "--count", 100)
        wait_until(lambda: endpoint.finished() > 5, "the first jobs", 60)
        self.assertEqual(0, windows("taskkill", "/f", "/im", "certconnectord.exe").returncode)
        harness.host.restart()
        wait_until(self.answers, "the service that starts with Windows", 60)
        endpoint.verb("wait", "--finished", 100, "--timeout", "120s", timeout=150)
        summary = endpoint.summary()
        self.assertEqual(100, summary["finished"]["issued"])
        self.assertEqual(0, summary["superseded"])

    def test_a_wrong_configuration_ends_it_with_the_codes_of_the_service(self):
        self.configure("[agent]\nworkerz=1\n")
        self.start()
        wait_until(lambda: self.state()[0] == 1, "the service to end", 30)
        self.assertEqual((1, 1066, 78), self.state())
        refused = self.cli("status")
        self.assertEqual(69, refused.returncode)
        self.assertIn("workerz", refused.stderr)

    def test_it_is_removed_while_it_runs_and_its_files_stay(self):
        self.start()
        removed = agent_program("--uninstall")
        self.assertEqual(0, removed.returncode, removed.stdout + removed.stderr)
        self.assertNotIn("STATE", windows("sc", "query", SERVICE).stdout)
        self.assertTrue((self.data / "state").is_dir())
        self.assertNotEqual(0, agent_program("--uninstall").returncode, "there is none any more")

    def test_the_event_viewer_finds_its_texts_while_it_is_installed(self):
        key = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\CertificateConnector"
        found = windows("reg", "query", key, "/v", "EventMessageFile").stdout
        self.assertIn("certconnectord.exe", found)
        agent_program("--uninstall")
        self.assertNotEqual(0, windows("reg", "query", key).returncode)

    def test_the_program_is_no_service_by_itself(self):
        done = agent_program("--service")
        self.assertEqual(74, done.returncode)
        self.assertIn(f"sc start {SERVICE}", done.stderr)


if __name__ == "__main__":
    if not isinstance(harness.host, harness.Wine):
        sys.exit("name the build for Windows: --windows BUILD")
    unittest.main()
