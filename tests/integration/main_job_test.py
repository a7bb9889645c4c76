#!/usr/bin/env python3
"""The main job with the real programs: endpoint, agent and CLI over real TLS, a real database, checked by openssl."""

import base64
import contextlib
import json
import subprocess
import sys
import unittest
from pathlib import Path

from harness import Agent, HarnessError, Site, run, take_binaries, wait_until

BINARIES = take_binaries(sys.argv)
QUICK = """[management]
poll_wait=1s
lease=30s
request_timeout=5s
[retry]
base=50ms
cap=500ms
"""
APPROVAL = "[template.device]\n[template.guarded]\napproval=yes\n"


def admin(site, method, path, body=None):
    return site.endpoint.admin(method, path, body)


def pkcs10(site, *options, key="P-256", subject="/O=Test/CN=dev"):
    """DER of a fresh request."""
    out = site.folder / "one.der"
    kind = ["-newkey", key] if key.startswith("rsa") else ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{key}"]
    run(["openssl", "req", "-new", "-nodes", *kind, "-keyout", "/dev/null", "-subj", subject, "-outform", "DER",
         "-out", out, *options])
    return out.read_bytes()


def issue_job(site, der, template="device", **more):
    job = {"type": "issue", "ca": site.ca, "issue": {"template": template, "pkcs10": base64.b64encode(der).decode()}}
    job["issue"].update(more.pop("issue", {}))
    job.update(more)
    return job


def queue(site, *jobs):
    return admin(site, "POST", "/admin/v1/jobs", {"jobs": list(jobs)})["ids"]


def result_of(site, job_id, timeout=30):
    return wait_until(lambda: admin(site, "GET", f"/admin/v1/jobs/{job_id}").get("result"), f"the result of {job_id}",
                      timeout)


def self_signed(folder, usage, dates):
    """A key and a certificate with this extended key usage and these options of `openssl ca` for its dates."""
    key, request, certificate = folder / "k.pem", folder / "r.pem", folder / "c.pem"
    (folder / "index.txt").touch()
    (folder / "ca.cnf").write_text(
        f"[ca]\ndefault_ca=own\n[own]\ndatabase={folder}/index.txt\nrand_serial=yes\nnew_certs_dir={folder}\n"
        f"default_md=sha256\npolicy=any\nx509_extensions=ext\n[any]\ncommonName=supplied\n[ext]\n"
        f"extendedKeyUsage={usage}\n")
    run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
         "-out", request, "-subj", "/CN=agent"])
    run(["openssl", "ca", "-batch", "-selfsign", "-config", folder / "ca.cnf", "-keyfile", key, "-in", request,
         "-out", certificate, "-notext", *dates])
    key.chmod(0o600)
    return key, certificate


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of this size, to be filled."""
    folder.mkdir()
    run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder])
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(path):
    """Writes to this file until the disk is full."""
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 4096):
            pass
    return path


class MainJob(unittest.TestCase):
    def setUp(self):
        self.site = self.enterContext(Site(BINARIES, configuration=QUICK + APPROVAL))

    def test_requests_of_every_kind_are_issued_and_verify(self):
        requests = self.site.make_requests(self.site.folder / "r", 6, ("rsa:2048", "rsa:3072", "P-256"))
        self.site.queue_issue(requests)
        self.site.wait_finished(6)
        self.site.endpoint.verb("results", "--out", self.site.folder / "out")
        root = self.site.folder / "root.pem"
        self.site.agent.cli("ca", "export", "default", "--format", "pem", "--out", root)
        certificates = [c for c in (self.site.folder / "out").glob("*.pem") if not c.name.startswith("chain-")]
        self.assertEqual(6, len(certificates))
        for certificate in certificates:
            run(["openssl", "verify", "-x509_strict", "-CAfile", root, certificate])

    def test_a_revoked_certificate_is_in_the_crl(self):
        der = pkcs10(self.site)
        (issued,) = queue(self.site, issue_job(self.site, der))
        serial = result_of(self.site, issued)["serial"]
        (revoked,) = queue(self.site, {"type": "revoke", "ca": self.site.ca,
                                       "revoke": {"serial": serial, "reason": 1}})
        self.assertEqual("revoked", result_of(self.site, revoked)["status"])
        crl = self.site.agent.state / "ca" / "default" / "ca.crl"

        def listed():
            text = run(["openssl", "crl", "-in", crl, "-inform", "DER", "-noout", "-text"]) if crl.exists() else ""
            return serial.upper() in text and "Key Compromise" in text

        wait_until(listed, "the serial in the CRL", 30)

    def test_bad_jobs_fail_with_their_reason_and_good_ones_go_on(self):
        der = pkcs10(self.site)
        bent = der[:-1] + bytes([der[-1] ^ 1])
        good = issue_job(self.site, der)
        bad = {
            "malformed": issue_job(self.site, b"\x30\x03\x02\x01\x00"),
            "bad signature": issue_job(self.site, bent),
            "template": issue_job(self.site, der, template="nowhere"),
            "subject": issue_job(self.site, der, issue={"expected": {"subject": "CN=somebody"}}),
            "key": issue_job(self.site, pkcs10(self.site, key="rsa:1024")),
            "basicConstraints": issue_job(self.site, pkcs10(self.site, "-addext", "basicConstraints=CA:TRUE")),
            "serial": {"type": "revoke", "ca": self.site.ca, "revoke": {"serial": "0badcafe", "reason": 1}},
        }
        ids = queue(self.site, *bad.values(), good)
        self.assertEqual("issued", result_of(self.site, ids[-1])["status"])
        for what, job_id in zip(bad, ids):
            with self.subTest(what):
                result = result_of(self.site, job_id)
                self.assertEqual("failed", result["status"], result)
                self.assertTrue(result["code"] and result["message"], result)
                self.assertNotEqual(0, result.get("hresult", 0))

    def test_a_job_past_its_deadline_is_dead(self):
        (job,) = queue(self.site, issue_job(self.site, pkcs10(self.site), deadline="2020-01-01T00:00:00Z"))
        self.assertEqual("dead", result_of(self.site, job)["status"])

    def test_what_waits_for_approval_is_issued_when_approved_and_failed_when_denied(self):
        yes, no = queue(self.site, issue_job(self.site, pkcs10(self.site), template="guarded"),
                        issue_job(self.site, pkcs10(self.site), template="guarded"))
        for job in (yes, no):
            wait_until(lambda j=job: [x for x in self.site.agent.json("jobs", "list", "--state", "waiting")["jobs"]
                                      if x["id"] == j], "the job to wait")
        self.site.agent.cli("jobs", "approve", yes)
        self.site.agent.cli("jobs", "deny", no, "--reason", "unknown device")
        self.assertEqual("issued", result_of(self.site, yes)["status"])
        denied = result_of(self.site, no)
        self.assertEqual("failed", denied["status"])
        self.assertIn("unknown device", denied["message"])

    def test_explain_tells_the_story(self):
        (job,) = queue(self.site, issue_job(self.site, pkcs10(self.site)))
        result_of(self.site, job)
        story = wait_until(lambda: (lambda t: t if "acknowledged" in t or "reported" in t else None)(
            self.site.agent.cli("jobs", "explain", job)), "the story to end")
        self.assertIn(job, story)

    def test_the_agent_stops_cleanly_and_goes_on_after_a_restart(self):
        requests = self.site.make_requests(self.site.folder / "r", 2)
        self.site.queue_issue(requests, 200)
        self.assertEqual(0, self.site.agent.stop())
        self.site.agent.start()
        self.site.wait_finished(200)
        self.assertEqual(200, self.site.endpoint.summary()["finished"]["issued"])

    def test_it_works_through_every_fault_of_the_endpoint(self):
        requests = self.site.make_requests(self.site.folder / "r", 2)
        done = 0
        for fault in ("latency_ms=50", "status_429_percent=30", "status_503_percent=30", "reset_percent=30",
                      "truncate_percent=30", "malformed_percent=30", "duplicate_delivery_percent=50",
                      "lose_ack_percent=50"):
            with self.subTest(fault):
                self.site.endpoint.verb("faults", fault, "retry_after_seconds=1")
                self.site.queue_issue(requests, 40)
                done += 40
                self.site.wait_finished(done, 90)
                self.site.endpoint.verb("faults", fault.split("=")[0] + "=0")
        summary = self.site.endpoint.summary()
        self.assertEqual(done, summary["finished"]["issued"])
        self.assertEqual(0, summary["superseded"])


class Identity(unittest.TestCase):
    def test_renewal_loses_no_request(self):
        with Site(BINARIES, configuration=QUICK, endpoint_options=("--client-lifetime", "20s")) as site:
            first = site.agent.json("identity", "show")["identity"]["sha256"]
            requests = site.make_requests(site.folder / "r", 2)
            jobs = 0

            def renewed():
                nonlocal jobs
                site.queue_issue(requests, 50)
                jobs += 50
                site.wait_finished(jobs)
                return site.agent.json("identity", "show")["identity"]["sha256"] != first

            wait_until(renewed, "the renewal", 60, interval=0.5)
            self.assertEqual(jobs, site.endpoint.summary()["finished"]["issued"])

    def test_enrollment_pins_the_ca_of_the_token(self):
        with Site(BINARIES, configuration=QUICK) as site:
            head, payload = site.endpoint.token().split(".", 1)
            fields = json.loads(base64.urlsafe_b64decode(payload + "=="))
            fields["ca_sha256"] = "00" * 32
            wrong = head + "." + base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
            other = Agent(BINARIES, site.folder / "other")
            other.start()
            self.addCleanup(other.stop)
            token = site.folder / "wrong-token"
            token.write_text(wrong)
            with self.assertRaises(HarnessError) as refused:
                other.cli("enroll", "--token-file", token)
            self.assertNotIn(fields["secret"], str(refused.exception))
            self.assertEqual("not_enrolled", other.json("status")["state"])

    @staticmethod
    def agent_with(site, usage, *dates):
        key, certificate = self_signed(site.folder, usage, dates)
        return Agent(BINARIES, site.folder / "own", (
            f"[management]\nurl={site.endpoint.info['url']}\nca_file={certificate}\n"
            f"certificate_file={certificate}\nkey_file={key}\n"))

    def test_an_unfit_certificate_is_refused_at_start_with_the_remedy(self):
        with Site(BINARIES) as site:
            agent = self.agent_with(site, "serverAuth", "-days", "10")
            with self.assertRaises(HarnessError):
                agent.start()
            self.assertNotEqual(0, agent.process.returncode)
            self.assertIn("client authentication", agent.log_text().lower())

    def test_an_expired_certificate_stops_the_endpoint_alone(self):
        cases = {
            "identity_expired": ("-startdate", "20200101000000Z", "-enddate", "20200201000000Z"),
            "identity_not_yet_valid": ("-startdate", "20900101000000Z", "-enddate", "20910101000000Z"),
        }
        for code, dates in cases.items():
            with self.subTest(code), Site(BINARIES) as site:
                agent = self.agent_with(site, "clientAuth", *dates)
                agent.start()
                self.addCleanup(agent.stop)
                agent.cli("ca", "create", "default", "--root", "--subject", "CN=Root")
                status = agent.json("status")
                self.assertEqual("down", status["health"])
                self.assertIn(code, [finding["code"] for finding in status["findings"]])
                self.assertTrue(status["authorities"][0]["healthy"], "the CA works on")

    def test_a_reload_says_what_it_took_up(self):
        with Site(BINARIES, configuration=QUICK) as site:
            file = site.agent.config
            good = file.read_text()
            self.assertEqual([], site.agent.json("reload")["changed"])
            file.write_text(good + "[log]\nlevel=debug\n[http]\nlisten=127.0.0.1:0\n")
            taken = site.agent.json("reload")
            self.assertEqual((["[log] level"], ["[http] listen"]), (taken["changed"], taken["needs_restart"]))
            codes = [finding["code"] for finding in site.agent.json("status")["findings"]]
            self.assertIn("restart_needed", codes)
            file.write_text(good + "[log]\nlevle=debug\n")
            refused = subprocess.run([BINARIES / "certconnector", "--socket", site.agent.socket, "reload"],
                                     capture_output=True, text=True, check=False)
            self.assertEqual(1, refused.returncode, refused.stdout)
            self.assertIn("levle", refused.stdout)
            codes = [finding["code"] for finding in site.agent.json("status")["findings"]]
            self.assertIn("reload_refused", codes)
            file.write_text(good)
            site.agent.cli("reload")
            codes = [finding["code"] for finding in site.agent.json("status")["findings"]]
            self.assertNotIn("reload_refused", codes)
            self.assertNotIn("restart_needed", codes)


class Faults(unittest.TestCase):
    def test_a_damaged_database_is_refused_and_left_alone(self):
        with Site(BINARIES, configuration=QUICK) as site:
            site.agent.stop()
            database = site.agent.state / "agent.db"
            damaged = b"garbage!" * 512 + database.read_bytes()[4096:]
            database.write_bytes(damaged)
            with self.assertRaises(HarnessError) as refused:
                site.agent.start()
            self.assertIn("agent.db", str(refused.exception))
            self.assertIn("restore", str(refused.exception))
            self.assertEqual(damaged, database.read_bytes())

    def test_without_its_database_no_ca_begins_anew(self):
        with Site(BINARIES, configuration=QUICK) as site:
            site.agent.stop()
            aside = site.folder / "aside"
            aside.mkdir()
            for file in site.agent.state.glob("agent.db*"):
                file.rename(aside / file.name)
            refused = self.refusal(site)
            bond = site.agent.state / "ca" / "default" / "database"
            self.assertIn("agent.db is missing", refused)
            crl = bond.with_name("ca.crl")
            self.assertIn(f"move away {bond} and {crl}", refused)
            bond.unlink()
            self.assertIn(f"move away {crl}", self.refusal(site), "the CRL bears witness as well")
            self.assertFalse((site.agent.state / "agent.db").exists())

            crl.unlink()
            site.agent.start()
            site.agent.stop()
            for file in aside.iterdir():
                file.rename(site.agent.state / file.name)
            self.assertIn("another database", self.refusal(site), "the CA goes on with the new one")

    def test_an_older_copy_of_the_database_is_refused(self):
        with Site(BINARIES, configuration=QUICK) as site:
            site.agent.stop()
            database = site.agent.state / "agent.db"
            older = database.read_bytes()
            site.agent.start()
            site.agent.cli("ca", "publish-crl", "default")
            site.agent.stop()
            newer = database.read_bytes()
            database.write_bytes(older)
            self.assertIn("older copy", self.refusal(site))
            self.assertEqual(older, database.read_bytes())
            database.write_bytes(newer)
            site.agent.start()

    def test_an_older_copy_shows_without_a_crl_between(self):
        with Site(BINARIES, configuration=QUICK) as site:
            site.agent.stop()
            database = site.agent.state / "agent.db"
            older = database.read_bytes()
            site.agent.start()
            site.queue_issue(site.make_requests(site.folder / "r", 2), 2)
            site.wait_finished(2, 60)
            site.agent.stop()
            database.write_bytes(older)
            self.assertIn("older copy", self.refusal(site))

    def test_a_salvage_of_an_older_copy_says_what_is_lost_and_keeps_published_revocations(self):
        with Site(BINARIES, configuration=QUICK) as site:
            site.queue_issue(site.make_requests(site.folder / "r", 2), 2)
            site.wait_finished(2, 60)
            serials = [one["serial"] for one in site.agent.json("certs", "list")["certificates"]]
            site.agent.stop()
            database = site.agent.state / "agent.db"
            older = database.read_bytes()
            site.agent.start()
            site.agent.cli("certs", "revoke", serials[0], "--yes")
            site.agent.cli("ca", "publish-crl", "default")
            published = self.crl(site)["number"]
            site.agent.stop()
            database.write_bytes(older)
            (site.agent.state / "ca" / "default" / "database").unlink()
            self.assertIn("older copy", self.refusal(site), "the CRL bears witness alone")
            salvaged = subprocess.run([BINARIES / "certconnectord", "--config", site.agent.config, "--salvage"],
                                      capture_output=True, text=True, timeout=60)
            self.assertEqual(65, salvaged.returncode, salvaged.stderr)
            self.assertIn("is lost", salvaged.stdout)
            site.agent.start()
            wait_until(lambda: self.crl(site)["number"] > published, "the CRL to be published again")
            self.assertEqual(1, self.crl(site)["entries"])

    @staticmethod
    def crl(site):
        return site.agent.json("ca", "list")["authorities"][0]["crl"]

    def refusal(self, site):
        """The words of an agent that does not start."""
        with self.assertRaises(HarnessError) as refused:
            site.agent.start()
        self.assertEqual(74, site.agent.process.wait(timeout=30))
        return str(refused.exception)

    def test_a_database_that_vanishes_stops_the_work_and_shows_in_health(self):
        with Site(BINARIES, configuration=QUICK) as site:
            requests = site.make_requests(site.folder / "r", 2)
            aside = site.folder / "aside.db"
            (site.agent.state / "agent.db").rename(aside)
            self.assertEqual(2, self.health_code(site), "at once, and though nothing is to do")
            wait_until(lambda: site.agent.json("status")["state"] == "storage_full", "the agent to notice", 60)
            site.queue_issue(requests, 20)
            self.assertEqual(2, self.health_code(site))
            self.assertIn("deleted or moved", site.agent.log_text())
            aside.rename(site.agent.state / "agent.db")
            site.wait_finished(20, 60)

    def test_a_full_disk_stops_leasing_and_room_starts_it_again(self):
        with Site(BINARIES, configuration=QUICK) as site:
            site.agent.stop()
            with small_disk(site.folder / "small", "32m") as mount:
                run(["cp", "-a", site.agent.state, mount / "state"])
                site.agent.config.write_text(site.agent.config.read_text().replace(
                    f"state_dir={site.agent.state}", f"state_dir={mount}/state"))
                site.agent.start()
                ballast = fill(mount / "ballast")
                requests = site.make_requests(site.folder / "r", 2)
                site.queue_issue(requests, 1500)
                wait_until(lambda: site.agent.json("status")["state"] == "storage_full", "the agent to notice", 60)
                self.assertEqual(2, self.health_code(site))
                ballast.unlink()
                site.wait_finished(1500, 120)
                self.assertEqual(1500, site.endpoint.summary()["finished"]["issued"])
                self.assertEqual(0, site.endpoint.summary()["superseded"])
                site.agent.stop()

    @staticmethod
    def health_code(site):
        return subprocess.run([BINARIES / "certconnector", "--socket", site.agent.socket, "health"],
                              capture_output=True).returncode

    def test_two_agents_share_the_jobs_and_the_second_takes_over_from_a_dead_one(self):
        options = ("--redelivery", "2s")
        configuration = QUICK.replace("lease=30s", "lease=10s")
        with Site(BINARIES, configuration=configuration, endpoint_options=options) as site:
            second = Agent(BINARIES, site.folder / "second", configuration)
            second.start()
            self.addCleanup(second.stop)
            ca = site.agent.state / "ca" / "default"
            second.cli("ca", "import", "default", "--certificate", ca / "certificate.pem", "--key", ca / "key.pem",
                       "--crl", ca / "ca.crl")
            token = site.folder / "token2"
            token.write_text(site.endpoint.token())
            requests = site.make_requests(site.folder / "r", 2)
            # The first agent dies with outcomes that it has not reported.
            site.agent.stop()
            site.queue_issue(requests, 20)
            site.agent.start(program="certconnectord-crashing",
                             environment={"CERTCONNECTOR_CRASH_AT": "settled:1"}, wait_ready=False)
            site.agent.process.wait(timeout=60)
            second.cli("enroll", "--token-file", token)
            site.wait_finished(20, 90)
            site.agent.start()
            superseded = wait_until(lambda: site.endpoint.summary()["superseded"], "the late results", 30)
            self.assertGreater(superseded, 0)
            self.assertEqual(20, site.endpoint.summary()["finished"]["issued"])
            # The agent that issued a late certificate revokes it.
            crl = ca / "ca.crl"

            def all_revoked():
                if not crl.exists():
                    return False
                text = run(["openssl", "crl", "-in", crl, "-inform", "DER", "-noout", "-text"])
                return text.count("Superseded") >= superseded

            wait_until(all_revoked, "the revocations", 40)


class WithoutAgent(unittest.TestCase):
    def test_the_cli_says_what_to_do(self):
        done = subprocess.run([BINARIES / "certconnector", "--socket", "/nonexistent/agent.sock", "status"],
                              capture_output=True, text=True)
        self.assertEqual(69, done.returncode)
        self.assertIn("systemctl start certconnectord", done.stderr)

    def test_health_is_down(self):
        done = subprocess.run([BINARIES / "certconnector", "--socket", "/nonexistent/agent.sock", "health"],
                              capture_output=True, text=True)
        self.assertEqual(2, done.returncode)


if __name__ == "__main__":
    unittest.main(verbosity=2)
