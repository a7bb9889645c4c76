"""Devices that get no certificate by SCEP."""

import contextlib
import urllib.error

import machine
from scep_client import ScepClient
from trials.cas import ca_of_openssl
from trials.trial import Seen, trial

GROUP = "Devices that enroll by SCEP"
SERVICE = """[http]
listen = 127.0.0.1:{port}
[template.device]
[scep.devices]
challenge = one-time
{more}"""
PORTS = iter(range(18100, 18200))


class Devices:
    def __init__(self, site, more="", started=True):
        self.site, self.port = site, next(PORTS)
        site.configure(SERVICE.format(port=self.port, more=more))
        if started:
            site.start().make_ca()
            site.shell("for i in $(seq 100); do certconnector scep test devices && break; sleep 0.1; done")

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
    Devices(site, started=False)
    site.start()
    seen = site.finding("scep_cannot_enroll")
    site.make_ca()
    site.well("scep_cannot_enroll")
    return seen


@trial(GROUP, "A device that nobody knows of asks why")
def nothing_reached_the_agent(site):
    Devices(site)
    return site.refused("certconnector scep explain T-unknown")


@trial(GROUP, "The endpoint does not answer about challenges", enrolled=True)
def challenges_wait(site):
    port = next(PORTS)
    site.configure(SERVICE.format(port=port, more="").replace("one-time", "endpoint")).restart()
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
    site.endpoint.start()
    return seen


@trial(GROUP, "The service cannot announce the successor of its CA")
def successor_is_unusable(site):
    file = site.folder / "next.pem"
    file.write_text("junk")
    devices = Devices(site, f"next_ca_file = {file}\n", started=False)
    done = site.shell("systemctl start certconnectord", check=False)
    if done.returncode != 0:
        return site.refused("certconnector status")
    site.make_ca()
    seen = site.finding("next_ca_unusable")
    ca_of_openssl(site.folder / "next", 4000, "/CN=Next").replace(file)
    site.cli("reload")
    site.well("next_ca_unusable")
    assert devices.port
    return seen
