#!/usr/bin/env python3
"""Plays an agent against a real certconnector-endpoint and holds every exchange against proto/management/openapi.yaml.

    openapi_conformance.py ENDPOINT-PROGRAM

Needs the packages of tests/requirements.txt and the openssl program.
"""

import base64
import hashlib
import http.client
import json
import pathlib
import ssl
import subprocess
import sys
import tempfile
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "proto" / "management"))
from management_protocol import BASE_PATH, Protocol  # noqa: E402

CA = "a" * 64


def b64(octets):
    return base64.b64encode(octets).decode()


class Endpoint:
    """The program under test, with its verbs."""

    def __init__(self, program, folder):
        self.program = program
        self.state = folder / "state"
        self.process = subprocess.Popen(
            [program, "serve", "--state", str(self.state), "--volatile"], stdout=subprocess.PIPE, text=True
        )
        self.ready = json.loads(self.process.stdout.readline())

    def verb(self, name, *arguments):
        command = [self.program, name, "--state", str(self.state), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def admin(self, method, path, body):
        access = json.loads((self.state / "admin.json").read_text())
        connection = http.client.HTTPConnection(access["admin_url"].removeprefix("http://"), timeout=30)
        headers = {"Authorization": "Bearer " + access["token"], "Content-Type": "application/json"}
        connection.request(method, "/admin/v1" + path, json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read().decode()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {content}")
        return json.loads(content)

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=30)


class Player:
    """Sends requests and keeps what is wrong with the exchanges."""

    def __init__(self, endpoint, folder):
        self.protocol = Protocol.load()
        self.endpoint = endpoint
        self.folder = folder
        self.identity = None
        self.problems = []
        self.seen = set()

    def context(self):
        context = ssl.create_default_context(cafile=self.endpoint.state / "ca_certificate.pem")
        if self.identity:
            context.load_cert_chain(*self.identity)
        return context

    def send(self, operation, body, expected):
        path = BASE_PATH + operation
        text = body if isinstance(body, str) else json.dumps(body)
        address = self.endpoint.ready["url"].removeprefix("https://")
        connection = http.client.HTTPSConnection(address, context=self.context(), timeout=60)
        connection.request("POST", path, text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read().decode()
        connection.close()
        exchange = {
            "path": path,
            "request": text,
            "status": answer.status,
            "content_type": answer.headers.get("Content-Type", ""),
            "headers": dict(answer.headers),
            "answer": content,
        }
        where = f"{operation} ({expected})"
        self.problems += [f"{where}: {problem}" for problem in self.protocol.check_exchange(exchange)]
        self.seen.add((operation, answer.status))
        if answer.status != expected:
            self.problems.append(f"{where}: answered {answer.status}: {content[:300]}")
        return json.loads(content)

    def expect(self, what, actual, wanted):
        if actual != wanted:
            self.problems.append(f"{what}: {actual!r} instead of {wanted!r}")


def make_request(folder, name):
    key, request = folder / f"{name}.key", folder / f"{name}.der"
    subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-batch",
         "-subj", f"/O=Test/CN={name}", "-keyout", str(key), "-outform", "DER", "-out", str(request)],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, request.read_bytes()


def read_token(player):
    text = player.endpoint.verb("token").strip().removeprefix("cct1.")
    token = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    player.problems += [f"token: {problem}" for problem in player.protocol.check_schema("EnrollmentToken", token)]
    player.expect("token's ca_sha256", token["ca_sha256"], player.endpoint.ready["ca_sha256"])
    return token


def play_onboarding(player):
    token = read_token(player)
    key, pkcs10 = make_request(player.folder, "agent")
    body = {"token_secret": token["secret"], "pkcs10": b64(pkcs10), "agent_name": "conformance", "version": "1.0"}
    player.send("/enroll", {**body, "pkcs10": "AAAA"}, 422)
    first = player.send("/enroll", body, 200)
    player.expect("repeated onboarding", player.send("/enroll", body, 200), first)
    _, other = make_request(player.folder, "other")
    refused = player.send("/enroll", {**body, "pkcs10": b64(other)}, 403)
    player.expect("code of a used token", refused["code"], "token_used")
    player.send("/enroll", {**body, "token_secret": "x" * 43}, 403)
    player.send("/enroll", {"token_secret": 1}, 400)
    player.send("/heartbeat", {}, 401)

    certificates = player.folder / "agent.pem"
    der = [base64.b64decode(certificate) for certificate in first["certificates"]]
    certificates.write_text("".join(ssl.DER_cert_to_PEM_cert(certificate) for certificate in der))
    player.identity = (certificates, key)
    player.send("/renew", {"pkcs10": b64(other)}, 200)
    player.send("/renew", {}, 400)
    return der[0]


def queue_jobs(player):
    _, pkcs10 = make_request(player.folder, "device")
    full = {
        "id": "issue:1", "type": "issue", "ca": CA, "correlation_id": "c-1", "priority": 5,
        "deadline": "2099-01-01T00:00:00Z",
        "issue": {
            "template": "device", "pkcs10": b64(pkcs10), "sid": "S-1-5-21-1-2-3-1001", "validity_seconds": 86400,
            "expected": {
                "subject": "CN=device,O=Test", "subject_alt_names": [{"type": "dns", "value": "a.example"}],
                "key_usage": ["digitalSignature"], "extended_key_usage": ["1.3.6.1.5.5.7.3.2"],
            },
        },
    }  # fmt: skip
    small = {"type": "issue", "ca": CA, "issue": {"template": "device", "pkcs10": b64(pkcs10)}}
    revoke = {"type": "revoke", "ca": CA, "revoke": {"serial": "0badcafe", "reason": 1, "issuer": "CN=CA"}}
    player.endpoint.admin("POST", "/jobs", {"jobs": [full, small, revoke]})


def lease_body(**changes):
    return {
        "request_id": str(uuid.uuid4()), "max_jobs": 100, "wait_seconds": 0, "lease_seconds": 60,
        "authorities": [CA], "types": ["issue", "revoke"], **changes,
    }  # fmt: skip


def play_leases(player):
    player.expect("jobs before any", player.send("/jobs/lease", lease_body(), 200)["jobs"], [])
    queue_jobs(player)
    body = lease_body()
    jobs = player.send("/jobs/lease", body, 200)["jobs"]
    player.expect("number of jobs", len(jobs), 3)
    player.expect("repeated lease", player.send("/jobs/lease", body, 200)["jobs"], jobs)
    player.send("/jobs/lease", lease_body(max_jobs=501), 400)
    claims = [{"id": job["id"], "number": job["lease"]["number"]} for job in jobs]
    lost = {"id": "nobody", "number": 1}
    held = player.send("/jobs/acknowledge", {"leases": [*claims, lost]}, 200)["leases"]
    player.expect("acknowledged", [lease["status"] for lease in held], ["held"] * 3 + ["lost"])
    player.send("/jobs/extend", {"lease_seconds": 120, "leases": [*claims, lost]}, 200)
    player.send("/jobs/extend", {"lease_seconds": 1, "leases": claims}, 400)
    player.send("/jobs/acknowledge", {"leases": 7}, 400)
    return jobs


def result_of(job, certificate):
    content = {name: value for name, value in job.items() if name != "lease"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    result = {
        "id": job["id"], "digest": hashlib.sha256(canonical.encode()).hexdigest(),
        "lease_number": job["lease"]["number"], "type": job["type"], "ca": job["ca"], "attempts": 1,
        "finished_at": "2026-01-01T00:00:00.250Z",
    }  # fmt: skip
    if job["type"] == "revoke":
        return {**result, "status": "revoked", "revoked_at": "2026-01-01T00:00:00Z", "already_revoked": False}
    shown = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-serial"], input=certificate, capture_output=True, check=True
    )
    return {
        **result, "status": "issued", "certificate": b64(certificate),
        "serial": shown.stdout.decode().strip().removeprefix("serial=").lower(),
        "sha1": hashlib.sha1(certificate).hexdigest(), "sha256": hashlib.sha256(certificate).hexdigest(),
        "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z",
    }  # fmt: skip


def play_results(player, jobs, certificate):
    results = [result_of(job, certificate) for job in jobs]
    failed = {name: results[-1][name] for name in
              ("id", "digest", "lease_number", "type", "ca", "attempts", "finished_at")}  # fmt: skip
    failed |= {"status": "failed", "code": "denied", "message": "the CA said no"}
    unknown = {**failed, "id": "nobody"}
    chains = {CA: [b64(certificate)]}

    def verdicts(batch):
        answer = player.send("/jobs/results", {"results": batch, "chains": chains}, 200)
        return [verdict["status"] for verdict in answer["results"]]

    player.expect("results", verdicts([*results, unknown]), ["accepted"] * 3 + ["refused"])
    player.expect("the same again", verdicts(results), ["duplicate"] * 3)
    player.expect("another one later", verdicts([failed]), ["superseded"])
    player.send("/jobs/results", {"results": {}}, 400)


def enrollment_of(number, certificate, **details):
    """A device's enrollment, issued; its certificate may be any."""
    job = {"id": f"enrollment-{number}", "type": "issue", "ca": CA, "lease": {"number": 1}}
    result = result_of(job, certificate)
    del result["lease_number"]
    enrollment = {
        "service": "phones", "transaction_id": f"transaction {number}", "public_key_sha256": "b" * 64,
        "device": "device-7", "subject": "CN=Phone", "requested_at": "2026-01-01T00:00:00Z", **details,
    }  # fmt: skip
    return {**result, "enrollment": enrollment}


def play_enrollments(player, certificate):
    minted = json.loads(player.endpoint.verb("challenge", "--service", "phones", "--device", "device-7", "--json"))
    challenge = f"{minted['key_id']}:{minted['id']}"
    first, second = (enrollment_of(number, certificate, challenge_id=challenge) for number in (1, 2))
    strange = enrollment_of(3, certificate, challenge_id=f"{minted['key_id']}:nobody")
    failed = {name: value for name, value in enrollment_of(4, certificate).items()
              if name in ("id", "digest", "type", "ca", "finished_at", "enrollment")}  # fmt: skip
    failed |= {"attempts": 0, "status": "failed", "code": "challenge_expired", "message": "too late"}

    def verdicts(batch):
        answer = player.send("/jobs/results", {"results": batch, "chains": {CA: [b64(certificate)]}}, 200)
        return [verdict["status"] for verdict in answer["results"]]

    wanted = ["accepted", "superseded", "refused", "accepted"]
    player.expect("enrollments", verdicts([first, second, strange, failed]), wanted)
    player.expect("the same enrollments again", verdicts([first, failed]), ["duplicate"] * 2)
    player.endpoint.verb("faults", "refuse_enrollments_percent=100")
    player.expect("on demand", verdicts([enrollment_of(5, certificate)]), ["refused"])
    player.endpoint.verb("faults", "none")
    listed = json.loads(player.endpoint.verb("enrollments", "--json"))["enrollments"]
    player.expect("enrollments listed", [row["verdict"] for row in listed], [*wanted, "refused"])
    player.expect("as many lines", len(player.endpoint.verb("enrollments").splitlines()), len(listed))
    counted = json.loads(player.endpoint.verb("summary"))["enrollments"]
    player.expect("enrollments refused", counted["refused"], 2)


def play_challenges(player):
    names = ("--service", "phones", "--device", "device-7", "--subject", "CN=phone", "--san", "dns:phone.example",
             "--key-usage", "digitalSignature", "--eku", "1.3.6.1.5.5.7.3.2", "--sid", "S-1-5-21-1-2-3-1001",
             "--template", "device")  # fmt: skip
    minted = json.loads(player.endpoint.verb("challenge", *names, "--json"))

    def question(challenge, **changes):
        text = player.folder / "phone.cnf"
        text.write_text("[req]\nprompt=no\ndistinguished_name=dn\nattributes=attributes\n[dn]\nCN=phone\n"
                        f"[attributes]\nchallengePassword={challenge}\n")  # fmt: skip
        made = subprocess.run(
            ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             "/dev/null", "-config", str(text), "-outform", "DER"],
            check=True, capture_output=True,
        )  # fmt: skip
        return {"request_id": str(uuid.uuid4()), "service": "phones", "transaction_id": "T 1",
                "pkcs10": b64(made.stdout), "template": "device", **changes}  # fmt: skip

    good = question(minted["challenge"])
    answer = player.send("/challenges/check", good, 200)
    player.expect("verdict", answer["verdict"], "permitted")
    player.expect("challenge", answer["permit"]["challenge_id"], f"{minted['key_id']}:{minted['id']}")
    player.expect("the question again", player.send("/challenges/check", good, 200)["permit"], answer["permit"])
    bare = json.loads(player.endpoint.verb("challenge", "--service", "phones", "--device", "d", "--json"))
    player.send("/challenges/check", question(bare["challenge"]), 200)
    refused = player.send("/challenges/check", question("laboratory"), 200)
    player.expect("refusal", refused["refusal"]["code"], "challenge_malformed")
    for fault, verdict in (("refuse_challenges_percent", "refused"), ("defer_challenges_percent", "not_now")):
        player.endpoint.verb("faults", f"{fault}=100")
        player.expect(fault, player.send("/challenges/check", good, 200)["verdict"], verdict)
    player.endpoint.verb("faults", "none")
    player.send("/challenges/check", {**good, "pkcs10": 1}, 400)


def play_heartbeat(player):
    authority = {"sha256": CA, "name": "default", "healthy": True, "not_after": "2030-01-01T00:00:00Z"}
    body = {"version": "1.0", "state": "working", "queue_depth": 1, "unreported": 0, "authorities": [authority]}
    player.send("/heartbeat", body, 200)
    player.send("/heartbeat", '{"version":"1.0","version":"1.0"}', 400)
    player.send("/heartbeat", " " * (4 * 1024 * 1024 + 1), 413)
    for status in (429, 503):
        player.endpoint.verb("faults", f"status_{status}_percent=100", "retry_after_seconds=3")
        player.send("/heartbeat", body, status)
    player.endpoint.verb("faults", "none")
    agent = json.loads(player.endpoint.verb("agents"))["agents"][0]["id"]
    player.endpoint.verb("revoke-agent", agent)
    player.expect("code of a revoked agent", player.send("/heartbeat", body, 403)["code"], "agent_revoked")


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        endpoint = Endpoint(arguments[0], folder)
        try:
            player = Player(endpoint, folder)
            certificate = play_onboarding(player)
            play_results(player, play_leases(player), certificate)
            play_enrollments(player, certificate)
            play_challenges(player)
            play_heartbeat(player)
        finally:
            status = endpoint.stop()
        player.expect("the endpoint's exit status", status, 0)
        silent = set(player.protocol.description["paths"]) - {path for path, status in player.seen if status == 200}
        player.expect("operations without a good answer", silent, set())
    for problem in player.problems:
        print(problem, file=sys.stderr)
    if not player.problems:
        print(f"{len(player.seen)} kinds of answers are as the description says")
    return 1 if player.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
