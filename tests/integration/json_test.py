#!/usr/bin/env python3
"""Every command of certconnector with --json, its answer and its error, against the schemas of packaging/schema. The
harness compares each document; this test sees to it that there is one of each."""

import json
import os
import re
import sys
import unittest

import json_answers
from harness import Site, run, take_binaries, wait_until

BINARIES = take_binaries(sys.argv)
CONFIGURATION = """[management]
poll_wait=1s
[http]
listen=127.0.0.1:0
[ca.default]
[ca.lab]
[ca.old]
[template.device]
[template.guarded]
approval=yes
[scep.codes]
path=/scep/codes
challenge=one-time
ca=default
template=device
password_max=0
"""


class EveryCommand(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(Site(BINARIES, configuration=CONFIGURATION, ca_key="ec:256"))
        cls.agent = cls.site.agent
        wait_until(lambda: cls.agent.json("scep", "list")["services"][0]["can_enroll"], "the SCEP service")

    def test_1_there_is_a_schema_for_every_command(self):
        listed = re.search(r"Commands:\n(.*?)\n\n", self.agent.cli("--help"), re.S).group(1)
        names = sorted(re.match(r"  (.+?)  ", line).group(1) for line in listed.splitlines())
        self.assertEqual(names, json_answers.commands())

    def test_2_the_agent(self):
        self.agent.json("status")
        self.assertIn(self.agent.attempt("health", "--json").returncode, (0, 1))
        self.assertEqual(self.agent.json("version")["agent_version"], self.agent.json("status")["agent_version"])
        for command in ("pause", "drain", "resume", "clock accept", "reload"):
            self.agent.json(*command.split())
        self.agent.json("identity", "show")
        self.agent.json("identity", "renew")
        token = self.site.folder / "token"
        token.write_text(self.site.endpoint.token())
        self.agent.json("enroll", "--token-file", token)
        settings = {(one["section"], one["key"]): one["value"] for one in self.agent.json("config", "show")["settings"]}
        self.assertEqual("one-time", settings["scep.codes", "challenge"])

    def test_2_the_configuration(self):
        self.agent.attempt("--json", "doctor", "--config", self.agent.config)
        notes = self.agent.json("config", "check", self.agent.config)["notes"]
        # root gets one note: that the service's own user may read less.
        self.assertEqual(["root has checked this"] if os.geteuid() == 0 else [], [note.split(",")[0] for note in notes])
        wrong = self.site.folder / "wrong.conf"
        key = self.site.folder / "no.pem"
        for text, code, problem in (
                ("[log]\nlevel=loud\n", "wrong", {"line": 2, "section": "log", "key": "level"}),
                ("[lgo]\n", "wrong", {"line": 1, "section": "lgo"}),
                ("level\n", "wrong", {"line": 1}),
                (f"[http]\ntls_listen=127.0.0.1:0\ncertificate_file={key}\nkey_file={key}\n", "unusable",
                 {"section": "http", "code": "not_found"}),
                (None, "unreadable", {})):
            with self.subTest(text):
                wrong.unlink(missing_ok=True) if text is None else wrong.write_text(text)
                done = self.agent.attempt("config", "check", "--json", wrong)
                self.assertEqual((78, ""), (done.returncode, done.stderr))
                answer = json.loads(done.stdout)
                self.assertEqual(("configuration_" + code, str(wrong)), (answer["error"]["code"], answer["file"]))
                found = {name: value for name, value in answer["problems"][0].items() if name != "message"}
                self.assertEqual(problem, found)

    def test_2_the_completion(self):
        self.assertIn("__complete", self.agent.json("completion", "fish")["script"])

    def test_2_cas(self):
        self.assertEqual(["lab"], [ca["name"] for ca in self.agent.json("ca", "list", "lab")["authorities"]])
        self.assertIn("certificate_pem", self.agent.json("ca", "create", "lab", "--root", "--subject", "CN=Lab"))
        key, certificate = self.site.folder / "old.key", self.site.folder / "old.pem"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
             "-out", certificate, "-subj", "/CN=Old CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
        self.agent.json("ca", "import", "old", "--certificate", certificate, "--key", key, "--no-revocations")
        self.agent.json("ca", "adopt", "old", "--no-revocations")
        for command in ("test", "export", "publish-crl"):
            self.agent.json("ca", command, "default")

    def test_2_enrollments(self):
        self.agent.json("scep", "list")
        self.agent.json("scep", "caps", "codes")
        made = self.agent.json("challenge", "new", "--service", "codes", "--device", "d")
        self.agent.json("challenge", "list")
        self.assertEqual("open", self.agent.json("challenge", "revoke", made["id"])["was"])
        tested = self.agent.json("scep", "test", "codes")
        self.assertTrue(tested["passed"], tested)
        self.assertIn("story", self.agent.json("scep", "explain", tested["transaction"]))

    def test_2_jobs_and_certificates(self):
        requests = self.site.make_requests(self.site.folder / "r", 1, ("P-256",))
        self.site.endpoint.verb("queue-issue", "--ca", self.site.ca, "--template", "device", "--requests", requests,
                                "--count", "2")
        self.site.wait_finished(2)
        for job in self.agent.json("jobs", "list", "--limit", "2")["jobs"]:
            self.assertEqual(job["id"], self.agent.json("jobs", "show", job["id"][:-4])["jobs"][0]["id"])
            self.agent.json("jobs", "explain", job["id"])
        first, second = [one["serial"] for one in self.agent.json("certs", "list", "--ca", "default", "--limit", "2")["certificates"]]
        self.assertEqual(first, self.agent.json("certs", "show", first[:-3])["certificate"]["serial"])
        self.agent.json("certs", "lineage", "show", first)
        self.agent.json("certs", "lineage", "allow", first)
        self.assertIn("job", self.agent.json("certs", "revoke", first))
        self.assertIn("revocations", self.agent.json("certs", "revoke", "--lineage", second))

    def test_3_jobs_that_wait_for_a_person(self):
        requests = self.site.make_requests(self.site.folder / "w", 1, ("P-256",))
        self.site.endpoint.verb("queue-issue", "--ca", self.site.ca, "--template", "guarded", "--requests", requests,
                                "--count", "3")
        waiting = wait_until(lambda: (jobs := self.agent.json("jobs", "list", "--state", "waiting")["jobs"])
                             and len(jobs) == 3 and [job["id"] for job in jobs], "the jobs")
        self.site.endpoint.stop()  # what ends is not reported
        self.addCleanup(self.site.endpoint.start)
        self.assertEqual("failed", self.agent.json("jobs", "deny", waiting[0], "--reason", "not ours")["state"])
        self.agent.json("jobs", "retry", waiting[0])
        self.agent.json("jobs", "approve", waiting[1])
        self.agent.json("jobs", "cancel", waiting[2])

    def test_4_every_command_says_in_the_same_way_that_it_failed(self):
        for command in json_answers.commands():
            with self.subTest(command):
                done = self.agent.attempt(*command.split(), "--no-such-option", "--json")
                self.assertEqual((64, False, ""), (done.returncode, json.loads(done.stdout)["ok"], done.stderr))
        done = self.agent.attempt("jobs", "retry", "no-job", "no-other", "--json")
        self.assertEqual(["no_such_job"] * 2, [json.loads(line)["error"]["code"] for line in done.stdout.splitlines()])

    def test_5_backup_and_restore(self):
        folder = self.site.folder / "backup"
        self.agent.json("backup", folder)
        self.agent.stop()
        restore = ("restore", "--json", "--config", self.agent.config, folder)
        self.assertEqual(74, self.agent.attempt(*restore).returncode)
        self.assertIn("kept", self.agent.json("restore", "--force", "--config", self.agent.config, folder))
        self.assertEqual(2, self.agent.attempt("health", "--json").returncode)

    def test_6_each_command_was_seen_with_an_answer_and_an_error(self):
        missing = [(command, ok) for command in json_answers.commands() for ok in (True, False)
                   if not json_answers.seen[command, ok]]
        self.assertEqual([], missing)


if __name__ == "__main__":
    unittest.main(verbosity=2)
