"""Commands that the agent refuses, and those that the CLI names instead."""

import http.server
import re
import socket
import threading

import machine
from harness import run, wait_until
from scep_client import ScepClient
from trials.cas import ca_of_openssl, helper_of
from trials.devices import Devices
from trials.trial import Seen, trial

GROUP = "A command is refused"


def leads_to(site, command, remedy, fill=None, **options):
    """A command that fails, and the one that its words name, as they are printed."""
    seen = site.refused(command)
    site.printed(seen, remedy, fill, **options)
    return seen


@trial(GROUP, "There is no such job")
def no_such_job(site):
    site.configure("").start()
    return leads_to(site, "certconnector jobs explain nothing", "certconnector jobs list")


@trial(GROUP, "There is no such command")
def no_such_command(site):
    return leads_to(site, "certconnector nonsense", "certconnector --help")


@trial(GROUP, "Two jobs have the id")
def job_is_ambiguous(site):
    devices = Devices(site)
    site.endpoint_at("endpoint.test")
    site.shell("certconnector enroll -", stdin=site.file("token", site.endpoint.token()))
    assert devices.port
    known = site.json("jobs list")["jobs"][0]["id"]
    site.issue_jobs(id=known)
    wait_until(lambda: site.shell(f"certconnector jobs explain {known}", check=False).returncode or
               len(site.json(f"jobs explain {known}")["jobs"]) > 1, "the job of the same id", 20)
    seen = site.refused(f"certconnector jobs cancel {known}")
    site.printed(seen, "certconnector jobs show ID", {"ID": known})
    return Seen(seen.message.replace(known, "ID"), seen.remedy.replace(known, "ID"))


@trial(GROUP, "There is no such CA")
def no_such_ca(site):
    site.configure("").start()
    leads_to(site, "certconnector ca list nowhere", "certconnector ca list")
    return leads_to(site, "certconnector ca test nowhere", "certconnector ca list")


@trial(GROUP, "The CA is not set up")
def ca_is_not_set_up(site):
    site.configure("").start()
    return leads_to(site, "certconnector ca test default",
                    'certconnector ca create NAME --root --subject "CN=Example CA"', {"NAME": "default"})


@trial(GROUP, "The CA is not set up, and there is one to import")
def ca_is_not_imported(site):
    site.configure("").start()
    certificate = ca_of_openssl(site.folder / "brought", 400)
    folder = certificate.parent
    run(["openssl", "ca", "-gencrl", "-config", folder / "ca.cnf", "-cert", certificate, "-keyfile", folder / "ca.key",
         "-crldays", "30", "-out", folder / "ca.crl"])
    leads_to(site, "certconnector ca test default",
             "certconnector ca import NAME --certificate FILE --key FILE --crl FILE",
             {"NAME": "default", "--certificate FILE": f"--certificate {certificate}",
              "--key FILE": f"--key {folder}/ca.key", "--crl FILE": f"--crl {folder}/ca.crl"})
    site.cli("ca test default")


@trial(GROUP, "There is no such SCEP service")
def no_such_service(site):
    site.configure("").start()
    seen = leads_to(site, "certconnector scep test nowhere", "certconnector scep list")
    site.refused("certconnector challenge new --service nowhere --device d")
    return seen


@trial(GROUP, "There is no such certificate")
def no_such_certificate(site):
    site.configure("").start()
    return leads_to(site, "certconnector certs show 0badcafe", "certconnector certs list")


@trial(GROUP, "There is no such challenge")
def no_such_challenge(site):
    devices = Devices(site)
    seen = leads_to(site, "certconnector challenge revoke nothing", "certconnector challenge list")
    devices.password()
    site.cli("challenge list")
    return seen


@trial(GROUP, "A challenge is withdrawn while its enrollment goes on")
def challenge_is_in_use(site):
    devices = Devices(site, template="approval = yes\n")
    assert devices.enroll(devices.password(), "T-1").status == "pending"
    known = site.json("challenge list")["challenges"][0]["id"]
    (job,) = [one["id"] for one in site.json("jobs list --state waiting")["jobs"]]
    listed = site.cli("jobs list --state waiting")
    site.printed(site.cli(f"challenge revoke {known}"), "certconnector jobs cancel ID", {"ID": job})
    assert devices.enroll(devices.password(), "T-2").status == "pending"
    (job,) = [one["id"] for one in site.json("jobs list --state waiting")["jobs"]]
    site.printed(listed, "certconnector jobs approve ID", {"ID": job})


@trial(GROUP, "A service that takes no one-time passwords is asked for one")
def no_one_time_passwords(site):
    devices = Devices(site)
    site.printed(site.refused("certconnector challenge new --service devices --template nowhere"),
                 "certconnector ca list")
    devices.configure("challenge = static\nchallenge_file = /etc/certconnector/password\n")
    site.configure(site.configuration().replace("challenge = one-time\n", ""), base="")
    password = machine.CONFIGURATION.with_name("password")
    password.write_text("a-long-static-password\n")
    site.own(password).chmod(0o600)
    site.cli("reload")
    command = 'certconnector challenge new --service devices --device other --subject "CN=other"'
    seen = site.refused(command)
    devices.configure()
    site.printed(seen, "certconnector reload")
    wait_until(lambda: site.shell(command, check=False).returncode == 0, "the reload", 10)
    return seen


@trial(GROUP, "Several enrollments match")
def several_match(site):
    devices = Devices(site)
    for number in (1, 2):
        assert devices.enroll(devices.password(), f"T-{number}").status == "success"
    told = site.cli("scep explain laptop")
    command = re.search("certconnector scep explain --number .*", told)[0]
    assert "T-2" in site.printed(told, command).stdout or "T-1" in site.printed(told, command).stdout


@trial(GROUP, "A revocation is not done yet")
def revocation_waits(site):
    devices = Devices(site)
    assert devices.enroll(devices.password(), "T-1").status == "success"
    serial = site.json("certs list --device laptop")["certificates"][0]["serial"]
    site.cli("pause")
    explained = re.compile("certconnector jobs explain \\S+")
    told = site.cli(f"certs revoke {serial} --yes & certconnector certs revoke --lineage {serial} --yes; wait")
    told = site.printed(told, explained.search(told)[0]).stdout
    site.printed(told, "certconnector resume")


@trial(GROUP, "Too many challenges are open")
def too_many_challenges(site):
    devices = Devices(site, "password_max = 1\n")
    devices.password()
    command = 'certconnector challenge new --service devices --device other --subject "CN=other"'
    seen = leads_to(site, command, "certconnector challenge list")
    known = site.json("challenge list")["challenges"][0]["id"]
    site.printed(seen, "certconnector challenge revoke ID", {"ID": known})
    site.shell(command)
    return seen


@trial(GROUP, "The agent is not enrolled")
def renewal_without_identity(site):
    site.endpoint_at("endpoint.test")
    site.configure("").start()
    return leads_to(site, "certconnector identity renew", "certconnector enroll -",
                    stdin=site.file("token", site.endpoint.token()))


@trial(GROUP, "An imported CA's certificates name the address of its CRL")
def crl_is_elsewhere(site):
    site.configure("").start()
    folder = site.folder / "brought"
    certificate = ca_of_openssl(folder, 400)
    run(["openssl", "ca", "-gencrl", "-config", folder / "ca.cnf", "-cert", certificate, "-keyfile", folder / "ca.key",
         "-crldays", "30", "-out", folder / "old.crl"])
    site.background("python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, "18601")
    wait_until(lambda: site.shell("exec 3<>/dev/tcp/127.0.0.1/18601", check=False).returncode == 0, "the server")
    issued = folder / "issued"
    issued.mkdir()
    site.shell(f"cd {folder}; openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj "
               f"/CN=device -out d.csr; echo crlDistributionPoints=URI:http://127.0.0.1:18601/old.crl > d.ext; "
               f"openssl x509 -req -in d.csr -CA {certificate} -CAkey ca.key -CAcreateserial -days 30 -extfile d.ext "
               f"-out issued/d.pem")
    command = f"certconnector ca import default --certificate {certificate} --key {folder}/ca.key --issued {issued}"
    seen = site.refused(command)
    site.printed(seen, "curl -fo default.crl 'http://127.0.0.1:18601/old.crl'")
    site.shell(f"{command} --crl default.crl")
    return seen


@trial(GROUP, "Too many programs have the control socket open")
def socket_is_busy(site):
    site.configure("").start()
    held = []
    try:
        while (done := site.shell("certconnector status", check=False)).returncode == 0 and len(held) < 100:
            one = socket.socket(socket.AF_UNIX)
            one.connect(str(machine.SOCKET))
            held.append(one)
        seen = Seen(*done.stderr.strip().removeprefix("certconnector: ").split("\n  ", 1))
    finally:
        for one in held:
            one.close()
    site.printed(seen, "certconnector status --watch", ends=False)
    return seen


@trial(GROUP, "The group of the control socket does not exist")
def group_is_missing(site):
    site.configure("[agent]\nsocket_group = operators\n").start()
    wait_until(lambda: "groupadd" in site.log(), "the warning")
    site.printed(site.log(), "groupadd --system operators")
    site.restart()
    wait_until(lambda: "usermod" in site.log(), "the other warning")
    site.printed(site.log(), "usermod -aG operators certconnector")
    site.restart()
    assert "operators" in site.shell(f"stat -c %G {machine.SOCKET}").stdout
    return None


@trial("A CA", "Others may change the helper program of a CA")
def helper_is_open(site):
    folder = helper_of(site)
    (folder / "helper").chmod(0o777)
    site.configure(f"[ca.default]\nbackend = exec\nhelper = {folder}/helper\n").start()
    seen = site.finding("ca_unusable")
    site.printed(seen, f"chmod o-w {folder}/helper" if "chmod o-w" in seen.message else f"chmod go-w {folder}/helper")
    site.printed(seen, "certconnector ca test default")
    return seen


@trial("The agent does not start, or does not answer", "Its last start failed: another user owns the configuration")
def configuration_of_another(site):
    site.configure("")
    machine.CONFIGURATION.chmod(0o644)
    site.shell(f"chown daemon {machine.CONFIGURATION}")
    seen = site.start_fails()
    site.printed(seen, f"chown root {machine.CONFIGURATION}")
    site.printed(seen, "systemctl start certconnectord")
    return seen


@trial("Devices that enroll by SCEP", "A device renews more often than the limits of its lineage allow")
def lineage_is_full(site):
    devices = Devices(site, "renewal_window = 3650d\nrenewals_in_force = 2\n")
    first = ScepClient(site.folder, "one", devices.url).make_request("O=Test,CN=laptop", devices.password())
    assert first.enroll("L-1").status == "success"
    clients = [first]
    for number in range(2, 6):
        later = ScepClient(site.folder, f"c{number}", devices.url).make_request("O=Test,CN=laptop")
        answer = later.renew(f"L-{number}", clients[-1])
        if answer.status != "success":
            break
    else:
        raise AssertionError("no renewal was refused")
    seen = site.finding("lineage_at_limit")
    told = site.json(f"scep explain L-{number}")["story"]["next"]
    serial = run(["openssl", "x509", "-in", first.certificate, "-noout", "-serial"]).strip().split("=")[1].lower()
    named = seen.remedy.split("certconnector certs lineage show ")[1].split()[0].strip("`;,.")
    site.printed(seen, f"certconnector certs lineage show {named}")
    site.printed(seen, f"certconnector certs lineage allow {named}")
    site.printed(told, "certconnector certs lineage show SERIAL", {"SERIAL": named})
    site.printed(told, "certconnector certs lineage allow SERIAL", {"SERIAL": named})
    assert later.renew("L-9", clients[-1]).status == "success", "one more was allowed"
    return Seen(seen.message.replace(named, "SERIAL").replace(serial, "SERIAL"),
                seen.remedy.replace(named, "SERIAL"), seen.code)


@trial("Devices that enroll by SCEP", "A lineage has more certificates than are shown at once")
def lineage_is_long(site):
    devices = Devices(site, "renewal_window = 3650d\nrenewals_in_force = 60\nrenewals_a_day = 60\n")
    client = ScepClient(site.folder, "c0", devices.url).make_request("O=Test,CN=laptop", devices.password())
    assert client.enroll("L-0").status == "success"
    for number in range(1, 51):
        before, client = client, ScepClient(site.folder, f"c{number}", devices.url).make_request("O=Test,CN=laptop")
        assert client.renew(f"L-{number}", before).status == "success"
    serial = run(["openssl", "x509", "-in", client.certificate, "-noout", "-serial"]).strip().split("=")[1].lower()
    told = site.cli(f"certs lineage show {serial}")
    named = re.search(r"certconnector certs list --lineage (\S+)", told)
    assert "laptop" in site.printed(told, named[0]).stdout


@trial("Publishing", "The self-test at the public address does not know its TLS certificate's CA")
def own_ca_in_front(site):
    from trials.listeners import tls_files
    files = tls_files(site, 300, "DNS:localhost,IP:127.0.0.1")
    devices = Devices(site, f"[http]\ntls_listen = 127.0.0.1:18444\n{files}")
    url = "https://127.0.0.1:18444/certsrv/mscep/mscep.dll"
    done = site.shell(f"certconnector scep test devices --url {url}", check=False)
    assert done.returncode != 0
    text = done.stdout + done.stderr
    assert "--ca-file" in text, text
    site.cli(f"scep test devices --url {url} --ca-file {site.folder}/tls/root.pem")
    return None
