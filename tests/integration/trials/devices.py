"""Devices that get no certificate by SCEP."""

import contextlib
import re
import urllib.error

import machine
from harness import wait_until
from scep_client import ScepClient
from trials.cas import bring, ca_of_openssl, helper_of
from trials.trial import Seen, trial

GROUP = "Devices that enroll by SCEP"
SERVICE = """[http]
listen = 127.0.0.1:{port}
[scep.devices]
template = device
challenge = one-time
{more}
[template.device]
{template}"""
PORTS = iter(range(18100, 18200))


class Devices:
    def __init__(self, site, more="", started=True, template=""):
        self.site, self.port = site, next(PORTS)
        self.configure(more, template)
        if started:
            site.start().make_ca()
            wait_until(lambda: "works" in site.cli("scep list"), "the RA certificate", 20)

    def configure(self, more="", template=""):
        self.site.configure(SERVICE.format(port=self.port, more=more, template=template))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/certsrv/mscep/mscep.dll"

    def password(self, subject="CN=laptop,O=Test"):
        return self.site.json(f'challenge new --service devices --device laptop --subject "{subject}"')["password"]

    def enroll(self, challenge, transaction, subject="O=Test,CN=laptop", kind=("rsa:2048",)):
        client = ScepClient(self.site.folder, "laptop", self.url).make_request_for(kind, subject, challenge)
        return client.enroll(transaction)

    def refused(self, words, challenge, subject="O=Test,CN=laptop", kind=("rsa:2048",)):
        """What `scep explain` says of an enrollment that is refused."""
        assert self.enroll(challenge, "T-1", subject, kind).status == "failure"
        told = self.site.json("scep explain T-1")["story"]
        seen = Seen(told["why"], told["next"])
        assert words in seen.text, told
        return seen


@trial(GROUP, "The key of a service's RA is damaged")
def ra_key_is_damaged(site):
    devices = Devices(site)
    folder = machine.STATE / "scep/devices/1"
    (folder / "ra.key.pem").write_text("")
    site.restart()
    seen = site.finding("scep_trouble", str(folder / "ra.key.pem"))
    assert devices.enroll(devices.password(), "T-1").status == "success", "with another key"
    site.printed(seen, f"rm -r {folder} && certconnector reload")
    site.well("scep_trouble")
    return seen


@trial(GROUP, "Others may read the key of a service's RA")
def ra_key_is_open(site):
    devices = Devices(site)
    key = machine.STATE / "scep/devices/1/ra.key.pem"
    key.chmod(0o644)
    seen = site.restart().finding("scep_trouble", str(key))
    assert devices.enroll(devices.password(), "T-1").status == "success", "with another key"
    site.printed(seen, f"chmod 600 {key}")
    site.printed(seen, "certconnector reload")
    site.well("scep_trouble")
    return seen


@trial(GROUP, "The folder of a service's RA cannot be read, as after a copy by root")
def ra_folder_is_of_root(site):
    devices = Devices(site)
    folder = machine.STATE / "scep"
    told = site.shell(f"chown -R root:root {folder} && certconnector reload", check=False)
    assert told.returncode == 1 and "Wrong since then" in told.stdout, told
    assert site.shell("certconnector reload", check=False).returncode == 1, "reload || alarm"
    seen = site.finding("scep_cannot_enroll", f"may not enter the folder {folder}")
    checked = site.shell("certconnectord --check-config", check=False).stderr
    assert checked.count("\n") == 1 and "certconnector reload" not in checked, checked
    site.printed(seen, f"chown -R certconnector: {folder}")
    site.printed(seen, "certconnector reload")
    site.well("scep_cannot_enroll")
    return seen


@trial(GROUP, "A service gets another CA, and its section comes before that CA")
def service_gets_another_ca(site):
    devices = Devices(site, "ca = default\n")
    more = "[ca.default]\n[ca.next]\n[template.next]\nca = next\n"
    devices.configure("ca = default\n", more)
    assert "Wrong since then" in site.cli("reload"), "the new CA is not set up"
    site.make_ca("next", "CN=Next CA,O=Test")
    devices.configure("ca = next\n", "ca = next\n" + more)
    told = site.cli("reload")  # it fails where something is down
    assert "Wrong since then" not in told, told
    wait_until(lambda: devices.enroll(devices.password(), "T-1").status == "success", "the RA certificate", 20)


@trial(GROUP, "A device has a wrong challenge")
def challenge_is_wrong(site):
    devices = Devices(site)
    seen = devices.refused("challenge", "no-such-password-at-all")
    assert devices.enroll(devices.password(), "T-2").status == "success", "a new one helps"
    return seen


@trial(GROUP, "A device has no challenge")
def challenge_is_missing(site):
    return Devices(site).refused("challenge", None)


@trial(GROUP, "A device's challenge is used up")
def challenge_is_used(site):
    devices = Devices(site)
    password = devices.password()
    assert devices.enroll(password, "T-0").status == "success"
    return devices.refused("challenge", password)


@trial(GROUP, "A device asks for another subject than its challenge names")
def subject_is_another(site):
    devices = Devices(site)
    return devices.refused("subject", devices.password(), "O=Test,CN=another")


@trial(GROUP, "A device has a weak key")
def device_key_is_weak(site):
    devices = Devices(site)
    seen = devices.refused("1024", devices.password(), kind=("rsa:1024",))
    site.printed(seen, "certconnector scep caps SERVICE", {"SERVICE": "devices"})
    return seen


@trial(GROUP, "A device's challenge was withdrawn, or has expired")
def challenge_is_withdrawn(site):
    devices = Devices(site)
    password = devices.password()
    site.cli(f"challenge revoke {site.json('challenge list')['challenges'][0]['id']}")
    seen = devices.refused("revoked", password)
    site.printed(seen, "certconnector challenge new --service devices")
    return seen


@trial(GROUP, "Many enrollments are refused")
def many_are_refused(site):
    devices = Devices(site)
    for number in range(4):
        assert devices.enroll("no-such-password", f"T-{number}").status == "failure"
    seen = site.finding("enrollments_refused")
    command = seen.remedy.split(": ")[-1]
    assert "challenge" in site.printed(seen, command).stdout
    return Seen(seen.message, "see one of them: certconnector scep explain ID", seen.code)


@trial(GROUP, "The CA of the service is not set up")
def service_has_no_ca(site):
    devices = Devices(site, started=False)
    site.start()
    seen = site.finding("scep_cannot_enroll")
    site.printed(seen, "certconnector ca list")
    page = site.shell(f"curl -s {devices.url}").stdout
    site.printed(page, "certconnector scep list")
    told = site.shell("certconnector scep test devices", check=False).stdout
    site.printed(told, "certconnector scep list")
    site.printed(told, "certconnector health", check=False)
    site.make_ca()
    site.well("scep_cannot_enroll")
    return seen


@trial(GROUP, "A device that nobody knows of asks why")
def nothing_reached_the_agent(site):
    devices = Devices(site)
    seen = site.refused("certconnector scep explain T-unknown")
    site.printed(seen, "journalctl -u certconnectord")
    page = site.shell(f"curl -s {devices.url}").stdout
    site.printed(page, "certconnector scep list")
    assert devices.enroll(devices.password(), "T-1").status == "success"
    site.printed(page, "certconnector scep explain TEXT", {"TEXT": "T-1"})
    return seen


@trial(GROUP, "The endpoint does not answer about challenges", enrolled=True)
def challenges_wait(site):
    port = next(PORTS)
    site.configure(SERVICE.format(port=port, more="", template="").replace("one-time", "endpoint")).restart()
    site.shell("for i in $(seq 100); do certconnector scep list | grep -q works && break; sleep 0.1; done")
    site.endpoint.stop()
    device = ScepClient(site.folder, "phone", f"http://127.0.0.1:{port}/certsrv/mscep/mscep.dll")
    device.make_request("O=Test,CN=phone", "some-challenge")
    for number in range(12):
        with contextlib.suppress(urllib.error.HTTPError):
            device.enroll(f"T-{number}")
        if any(one.code == "challenges_wait" for one in site.findings("status")):
            break
    seen = site.finding("challenges_wait", timeout=3)
    site.printed(seen, "certconnector status")
    site.endpoint.start()
    return seen


@trial(GROUP, "The agent has removed the job of an enrollment, as its retention says")
def job_is_removed(site):
    site.set_clock(-3 * 3600)
    retention = "[queue]\nretention = 1h\n"
    devices = Devices(site, template=retention)
    assert devices.enroll(devices.password(), "T-1").status == "success"
    devices.configure(template="approval = yes\n" + retention)
    site.cli("reload")
    assert devices.enroll(devices.password("CN=phone"), "T-2", "CN=phone").status == "pending"
    (job,) = [one["id"] for one in site.json("jobs list --state waiting")["jobs"]]
    site.cli(f"jobs deny {job}")
    site.set_clock(0)
    site.restart()
    wait_until(lambda: not site.json("jobs list")["jobs"], "the purge", 20)
    told = site.json("scep explain T-2")["story"]
    site.printed(told["next"], "certconnector certs list --subject TEXT", {"TEXT": "phone"})
    told = site.json("scep explain T-1")["story"]
    site.printed(told["next"], site.named(told["next"], "certconnector certs show [0-9a-f]+"))
    site.printed(told["next"], site.named(told["next"], "certconnector certs revoke [0-9a-f]+"), stdin=site.file("y", "y\n"))
    return Seen(told["why"], re.sub("[0-9a-f]{24,}", "SERIAL", told["next"]))


def behind_helper(site, more=""):
    """A service whose RA certificate a helper program is asked for."""
    folder = helper_of(site)
    devices = Devices(site, started=False, template=f"[ca.default]\nbackend = exec\nhelper = {folder}/helper\n{more}")
    return devices, folder


@trial(GROUP, "The CA does not issue the service's RA certificate")
def ra_is_denied(site):
    devices, folder = behind_helper(site)
    helper = folder / "helper"
    text = helper.read_text()
    helper.write_text('#!/bin/sh\n[ "$CERTMONGER_OPERATION" = SUBMIT ] && { echo "no profile for it"; exit 2; }\n' + text)
    site.start()
    seen = site.finding("scep_cannot_enroll", "no profile for it")
    command = site.named(seen, r"certconnector jobs explain \S+")
    told = site.printed(seen, command).stdout
    helper.write_text(text)
    site.printed(told, "certconnector reload")
    assert devices.port
    return Seen(seen.message.replace(command.split()[-1], "ID"), seen.remedy, seen.code)


@trial(GROUP, "The service has no RA certificate yet, since a person has paused the agent")
def ra_waits_for_the_agent(site):
    Devices(site, started=False)
    site.start().cli("pause")
    site.make_ca()
    seen = site.finding("scep_cannot_enroll", "no RA certificate yet")
    site.printed(seen, "certconnector ca test default")
    site.printed(site.finding("paused"), "certconnector resume")
    site.well("scep_cannot_enroll")
    return seen


@trial(GROUP, "The RA certificate expired while the agent was paused")
def ra_is_expired(site):
    site.set_clock(0)
    Devices(site, "ra_validity = 10d\n")
    site.cli("pause")
    site.set_clock(11 * 86400)
    site.restart()
    seen = site.finding("scep_cannot_enroll", "expired on")
    site.well("crl_expired")
    site.printed(seen, "certconnector ca test default")
    site.cli("resume")
    site.well("scep_cannot_enroll")
    return seen


@trial(GROUP, "The job for the service's RA certificate is held")
def ra_is_held(site):
    _, folder = behind_helper(site, "in_doubt = hold\n")
    helper = folder / "helper"
    text = helper.read_text()
    broken = '#!/bin/sh\n[ "$CERTMONGER_OPERATION" = SUBMIT ] && kill -9 $$\n' + text
    helper.write_text(broken)
    site.start()
    seen = site.finding("scep_cannot_enroll", "is held for a person")
    command = site.named(seen, r"certconnector jobs explain \S+")
    told = site.printed(seen, command).stdout
    helper.write_text(text)
    site.printed(told, site.named(told, r"certconnector jobs retry [\w-]+"))
    site.well("scep_cannot_enroll")
    helper.write_text(broken)
    told = site.shell("certconnector scep test devices", check=False).stdout
    assert " held " in site.printed(told, "certconnector jobs list --state held").stdout
    return Seen(seen.message.replace(command.split()[-1], "ID"), seen.remedy, seen.code)


@trial(GROUP, "The self-test is refused")
def self_test_is_refused(site):
    Devices(site)
    site.file("challenge", "no-such-password\n").close()
    told = site.shell("certconnector scep test devices --challenge-file challenge", check=False).stdout
    site.printed(told, site.named(told, r"certconnector scep explain \S+"))


@trial(GROUP, "A device renews more often in a day than the service allows")
def renewals_are_frequent(site):
    devices = Devices(site, "renewal_window = 3650d\nrenewals_a_day = 1\n")
    clients = [ScepClient(site.folder, "one", devices.url).make_request("O=Test,CN=laptop", devices.password())]
    assert clients[0].enroll("L-1").status == "success"
    for number in (2, 3):
        clients.append(ScepClient(site.folder, f"c{number}", devices.url).make_request("O=Test,CN=laptop"))
        answer = clients[-1].renew(f"L-{number}", clients[-2])
    assert answer.status == "failure"
    told = site.json("scep explain L-3")["story"]
    serial = site.json("certs list --device laptop")["certificates"][0]["serial"]
    site.printed(told["next"], "certconnector certs lineage allow SERIAL", {"SERIAL": serial})
    assert clients[-1].renew("L-4", clients[-2]).status == "success"
    return Seen(re.sub("[0-9a-f]{24,}", "SERIAL", told["why"]), told["next"])


@trial(GROUP, "At the start, the file of the CA's successor holds no certificate")
def successor_is_junk(site):
    file = site.folder / "next.pem"
    file.write_text("junk")
    devices = Devices(site, f"next_ca_file = {file}\n", started=False)
    seen = site.start_fails()
    devices.configure()
    site.printed(seen, "systemctl start certconnectord")
    return seen


@trial(GROUP, "The service cannot announce the successor of its CA")
def successor_is_unusable(site):
    site.configure("").start()
    bring(site, ca_of_openssl(site.folder / "old", 400, usage="critical,keyCertSign,cRLSign"))
    file = ca_of_openssl(site.folder / "next", 4000, "/CN=Next")
    site.own(site.folder)
    devices = Devices(site, f"next_ca_file = {file}\n", started=False)
    site.restart()
    seen = site.finding("next_ca_unusable")
    devices.configure()
    site.cli("reload")
    site.printed(seen, "certconnector ca test default")
    site.well("next_ca_unusable")
    return seen


RA_BY_HAND = "ra_template = ra\n{more}[template.ra]\napproval = yes\n"


def approves(site, seen):
    """The RA's job waits for a person: the words name it."""
    command = re.search(r"certconnector jobs approve \S+", seen.message)[0]
    site.printed(seen, command)
    return Seen(seen.message.replace(command.split()[-1], "ID"), seen.remedy, seen.code)


@trial(GROUP, "The service works, and its next RA certificates wait for a person's approval")
def next_ra_waits(site):
    devices = Devices(site)
    devices.configure(RA_BY_HAND.format(more="ra_separate = yes\n"))
    site.restart()
    first = site.finding("scep_trouble", "-signing-")
    seen = approves(site, first)
    approves(site, site.finding("scep_trouble", "-encryption-"))
    site.well("scep_trouble")
    return seen


@trial(GROUP, "The RA certificate ends within days, and was not renewed")
def ra_is_not_renewed(site):
    site.set_clock(0)
    devices = Devices(site, "ra_validity = 10d\n")
    devices.configure(RA_BY_HAND.format(more="ra_validity = 10d\n"))
    site.set_clock(9 * 86400)
    site.restart()
    seen = site.finding("ra_not_renewed", "waits for approval")
    seen = approves(site, seen)
    site.well("ra_not_renewed")
    return seen
