"""The doctor on broken set-ups: its remedies are run as they are printed."""

import machine
from harness import run
from trials.trial import Seen, trial

GROUP = "The doctor looks at the whole set-up"


def found(site, check, words=""):
    """The doctor's finding that is not well."""
    for one in site.json("doctor")["checks"]:
        if one["id"] == check and one["verdict"] != "ok" and words in one["evidence"]:
            return Seen(f"{one.get('subject', '')}: {one['evidence']}", one["remedy"], check)
    raise AssertionError(f"no {check} in {site.cli('doctor', check=False)}")


def well(site, check):
    verdicts = [one["verdict"] for one in site.json("doctor")["checks"] if one["id"] == check]
    assert verdicts and set(verdicts) == {"ok"}, site.cli("doctor", check=False)


@trial(GROUP, "The configuration has a mistake")
def doctor_mistake(site):
    site.configure("[queue]\nhigh_watr = 7\n")
    seen = found(site, "configuration.file")
    done = site.printed(seen, "certconnector config check", check=False)
    assert done.returncode == 78 and "high_watr" in done.stderr, done
    return seen


@trial(GROUP, "The agent is new")
def doctor_new_agent(site):
    site.configure("").start()
    site.printed(found(site, "certificates.ca"), 'certconnector ca create default --root --subject "CN=Example CA"')
    well(site, "certificates.ca")
    site.endpoint_at("endpoint.test")
    found(site, "certificates.identity")
    seen = found(site, "endpoint.configured")
    site.printed(seen, "certconnector enroll", stdin=site.file("token", site.endpoint.token()))
    well(site, "endpoint.configured")
    well(site, "endpoint.reached")
    return seen


@trial(GROUP, "The agent has its database open", enrolled=True)
def doctor_database_in_use(site):
    seen = found(site, "database.readable")
    site.printed(seen, "certconnector health", check=False)
    return seen


@trial(GROUP, "A certificate for TLS cannot be read")
def doctor_listener_without_certificate(site):
    site.configure("").start()
    key = site.folder / "server.key"
    for file in (key, site.folder / "server.pem"):
        file.write_text("no PEM\n")
        site.own(file)
    key.chmod(0o600)
    site.configure(f"[http]\ntls_listen = 127.0.0.1:0\ncertificate_file = {site.folder}/server.pem\nkey_file = {key}\n")
    site.printed(found(site, "files.usable"), "certconnector doctor --area files", check=False)
    seen = found(site, "certificates.listener")
    site.printed(seen, "certconnector reload")  # it takes effect after a restart
    return seen


@trial(GROUP, "The identity of the agent is damaged", enrolled=True)
def doctor_damaged_identity(site):
    site.stop()
    certificate = next(machine.STATE.rglob("certificate.pem"))
    certificate.write_text("no PEM\n")
    site.start()
    seen = found(site, "certificates.identity")
    site.printed(seen, "certconnector enroll", check=False, stdin=site.file("token", site.endpoint.token()))
    return seen


@trial(GROUP, "The endpoint's certificate is of another CA", enrolled=True)
def doctor_another_ca(site):
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=Another", "-days", "9",
         "-out", site.folder / "another.pem"])
    site.configure(f"[management]\nca_file = {site.folder}/another.pem\n")
    seen = found(site, "endpoint.reached")
    site.printed(seen, "certconnector doctor --area endpoint", check=False)
    return seen


@trial(GROUP, "The file of a CRL is damaged", enrolled=True)
def doctor_damaged_crl(site):
    crl = machine.STATE / "ca/default/ca.crl"
    crl.write_text("no CRL\n")
    seen = found(site, "certificates.crl")
    site.printed(seen, "certconnector ca publish-crl default")
    well(site, "certificates.crl")
    return seen
