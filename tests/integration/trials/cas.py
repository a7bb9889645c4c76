"""A CA cannot work."""

import contextlib
import os
import subprocess
import time

import machine
from harness import run, wait_until
from trials.trial import FAST, Seen, trial

GROUP = "A CA"
FOLDER = machine.STATE / "ca/default"
TEST = "certconnector ca test default"


@contextlib.contextmanager
def moved(path):
    aside = path.with_name(path.name + ".aside")
    path.rename(aside)
    yield
    aside.rename(path)


def works(site, seen, *codes, test=TEST):
    site.printed(seen, test)
    site.well(*codes)


@trial(GROUP, "There is no CA yet")
def no_ca(site):
    site.configure("").start()
    seen = site.finding("ca_not_set_up")
    site.printed(seen, 'certconnector ca create default --root --subject "CN=Example CA"')
    site.well("ca_not_set_up")
    return seen


SUBORDINATE = 'certconnector ca create default --subordinate --subject "CN=Device CA"'


def signed_by_the_company(site):
    """ca.pem and root.pem: the company's CA signs the request in sub.csr."""
    folder = site.folder
    ca_of_openssl(folder / "company", 4000, "/CN=Company Root").rename(folder / "root.pem")
    (folder / "sub.ext").write_text("basicConstraints=critical,CA:true\n"
                                    "keyUsage=critical,digitalSignature,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n")
    run(["openssl", "x509", "-req", "-in", folder / "sub.csr", "-CA", folder / "root.pem", "-CAkey",
         folder / "company/ca.key", "-CAcreateserial", "-days", "1000", "-extfile", folder / "sub.ext", "-out",
         folder / "ca.pem"])
    return folder


@trial(GROUP, "A subordinate CA waits for its certificate")
def request_is_out(site):
    site.configure("").start()
    site.shell(f"{SUBORDINATE} > sub.csr")
    seen = site.finding("ca_not_set_up")
    folder = signed_by_the_company(site)
    (folder / "signed.pem").write_text((folder / "ca.pem").read_text() + (folder / "root.pem").read_text())
    site.printed(seen, "certconnector ca import default --certificate FILE", {"FILE": f"{folder}/signed.pem"})
    site.well("ca_not_set_up")
    site.printed((folder / "sub.csr").read_text(), "certconnector ca import default --certificate SIGNED.pem",
                 {"SIGNED.pem": "signed.pem"})
    return seen


@trial(GROUP, "The CA's key is missing", enrolled=True)
def key_is_missing(site):
    site.stop()
    with moved(FOLDER / "key.pem"):
        site.start()
        seen = site.finding("ca_unusable")
        refused = site.refused(TEST)
    site.printed(refused, "certconnector reload")
    site.printed(refused, "certconnector ca test NAME", {"NAME": "default"})
    works(site, seen, "ca_unusable")
    return seen


@trial(GROUP, "Others may read the CA's key", enrolled=True)
def key_is_open(site):
    site.stop()
    (FOLDER / "key.pem").chmod(0o644)
    site.start()
    seen = site.finding("ca_unusable")
    site.printed(seen, f"chmod 600 {FOLDER}/key.pem")
    works(site, seen, "ca_unusable")
    return seen


@trial(GROUP, "The agent's user may not read the CA's key", enrolled=True)
def key_is_closed(site):
    site.stop()
    (FOLDER / "key.pem").chmod(0)
    site.start()
    seen = site.finding("ca_unusable")
    site.printed(seen, f"chmod u+r {FOLDER}/key.pem")
    works(site, seen, "ca_unusable")
    return seen


@trial(GROUP, "A file of the CA, or its folder, belongs to root; another CA goes on")
def ca_folder_is_of_root(site):
    site.configure("[ca.default]\n[ca.lab]\n[template.lab]\nca = lab\n").start().make_ca().make_ca("lab", "CN=Lab CA,O=Test")
    database = FOLDER / "database"
    site.stop()  # which may write the file
    os.chown(database, 0, 0)
    seen = site.start().finding("ca_unusable", str(database))
    site.printed(seen, f"chown -h certconnector: {database}")
    works(site, seen, "ca_unusable")
    site.stop()
    os.chown(FOLDER, 0, 0)
    FOLDER.chmod(0o700)
    seen = site.start().finding("ca_unusable", str(FOLDER))
    assert [one.code for one in site.findings() if one.code.startswith("ca_")] == ["ca_unusable"]
    site.printed(seen, f"chown -R certconnector: {FOLDER}")
    works(site, seen, "ca_unusable")
    return seen


@trial(GROUP, "The CA's folder is a link to a disk that is not mounted")
def ca_disk_is_missing(site):
    site.configure("[ca.default]\n").start().make_ca().stop()
    disk = FOLDER.with_name("disk")
    FOLDER.rename(disk)
    FOLDER.symlink_to(site.folder / "mount")
    seen = site.start().finding("ca_unusable", "which leads nowhere")
    assert not [one for one in site.findings() if one.code == "ca_not_set_up"], "nobody is to make a new one"
    checked = site.shell("certconnectord --check-config", check=False)
    assert checked.returncode == 78 and str(FOLDER) in checked.stderr, checked
    FOLDER.unlink()
    disk.rename(FOLDER)
    works(site, seen, "ca_unusable")
    return seen


@trial(GROUP, "The CA's key is another one, or damaged", enrolled=True)
def key_is_another(site):
    site.stop()
    with moved(FOLDER / "key.pem"):
        run(["openssl", "ecparam", "-name", "P-256", "-genkey", "-noout", "-out", FOLDER / "key.pem"])
        site.own(FOLDER / "key.pem").chmod(0o600)
        site.start()
        seen = site.finding("ca_unusable")
        site.stop()
        (FOLDER / "key.pem").write_text("junk")
        site.start()
        site.finding("ca_unusable", "key.pem")
    works(site, seen, "ca_unusable")
    return seen


def ca_of_openssl(folder, days, subject="/CN=Old CA", usage="critical,digitalSignature,keyCertSign,cRLSign"):
    """A CA whose certificate ends after this many days, which may be past."""
    folder.mkdir(exist_ok=True)
    key, request = folder / "ca.key", folder / "ca.csr"
    (folder / "index.txt").write_text("")
    (folder / "ca.cnf").write_text(
        f"[ca]\ndefault_ca=own\n[own]\ndatabase={folder}/index.txt\nrand_serial=yes\nnew_certs_dir={folder}\n"
        "default_md=sha256\npolicy=any\nx509_extensions=ext\n[any]\ncommonName=supplied\n[ext]\n"
        f"basicConstraints=critical,CA:true\nkeyUsage={usage}\nsubjectKeyIdentifier=hash\n")
    if not key.exists():
        run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             key, "-out", request, "-subj", subject])
    end = run(["date", "-u", "-d", f"{days} days", "+%Y%m%d%H%M%SZ"]).strip()
    run(["openssl", "ca", "-batch", "-selfsign", "-config", folder / "ca.cnf", "-keyfile", key, "-in", request,
         "-out", folder / f"ca-{days}.pem", "-notext", "-startdate", "20200101000000Z", "-enddate", end])
    return folder / f"ca-{days}.pem"


def bring(site, certificate):
    site.cli(f"ca import default --certificate {certificate} --key {certificate.parent}/ca.key --no-revocations")


@trial(GROUP, "The CA's certificate has expired")
def ca_is_expired(site):
    site.configure("").start()
    later = ca_of_openssl(site.folder / "old", 400)
    bring(site, later)
    site.stop()
    (FOLDER / "certificate.pem").write_text(ca_of_openssl(site.folder / "old", -1).read_text())
    site.start()
    seen = site.finding("ca_expired")
    # A CA that follows.
    site.configure("[ca.default]\n[ca.next]\n")
    site.printed(seen, "certconnector reload")
    site.printed(seen, 'certconnector ca create next --root --subject "CN=Next CA"')
    site.cli("ca test next")
    # Its issuer renews it for the same key.
    site.printed(seen, "certconnector ca import NAME --certificate FILE", {"NAME": "default", "FILE": later})
    site.cli("ca test default")
    site.well("ca_expired")
    return seen


@trial(GROUP, "The CA's certificate expires soon")
def ca_expires_soon(site):
    site.configure("").start()
    bring(site, ca_of_openssl(site.folder / "old", 30))
    seen = site.finding("ca_expires_soon")
    site.printed(TEST, TEST)
    return seen


PUBLISH = "certconnector ca publish-crl default"


@contextlib.contextmanager
def read_only(site, folder):
    site.shell(f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}")
    try:
        yield
    finally:
        site.shell(f"umount -l {folder}")  # the agent may be at it


@trial(GROUP, "The CRL cannot be written", enrolled=True)
def crl_cannot_be_written(site):
    with read_only(site, FOLDER):
        refused = site.refused(PUBLISH)
        site.printed(refused, "certconnector health", check=False)
        seen = site.finding("crl_not_published")
    site.printed(seen, PUBLISH)
    site.well("crl_not_published")
    return seen


@trial(GROUP, "A CA of Active Directory is configured on Linux")
def adcs_on_linux(site):
    site.configure("[ca.corp]\nbackend = adcs\nconfig_string = ca.corp.example\\Corp CA\n").start()
    seen = site.finding("ca_unusable", "works on Windows alone")
    checked = site.shell("certconnectord --check-config", check=False)
    assert checked.returncode == 78 and "works on Windows alone" in checked.stderr, checked
    site.configure("[ca.corp]\n")
    site.shell("certconnector reload")
    site.well("ca_unusable")
    return seen


@trial(GROUP, "The folder of the CRL belongs to root, as after a copy", enrolled=True)
def crl_folder_is_of_root(site):
    site.shell(f"chown root: {FOLDER} && chmod 0755 {FOLDER}")
    seen = site.finding("crl_not_published")
    site.printed(seen, f"chown -R certconnector: {FOLDER}")
    site.well("crl_not_published")
    return seen


@trial(GROUP, "The CRL has expired, as after a long time in which it could not be written")
def crl_is_expired(site):
    site.set_clock(0)
    site.configure("").start().make_ca().cli("ca publish-crl default")
    with read_only(site, FOLDER):
        site.set_clock(90 * 86400)
        seen = site.finding("crl_expired")
        site.printed(site.refused(TEST), PUBLISH, check=False)
    site.printed(seen, PUBLISH)
    site.well("crl_expired")
    return seen


# The sample helper, which loses its CA while there is a file "off".
HELPER = """#!/bin/sh
if [ -e {folder}/off ] && [ "$CERTMONGER_OPERATION" = SUBMIT ]; then echo "the HSM does not answer"; exit 3; fi
exec /usr/share/doc/certconnector/examples/ca-helper.sh {folder}
"""


def helper_of(site):
    folder = site.folder / "helper"
    ca_of_openssl(folder, 400).rename(folder / "ca.pem")
    (folder / "helper").write_text(HELPER.format(folder=folder))
    (folder / "helper").chmod(0o755)
    site.shell(f"chown -R certconnector: {folder}")
    return folder


def jobs_at_broken_helper(site, count, failures):
    """Jobs whose helper fails; the file that makes it fail. failures: before the agent leaves the CA alone."""
    folder = helper_of(site)
    (folder / "off").touch()
    site.endpoint_at("endpoint.test")
    site.configure(f"[ca.default]\nbackend = exec\nhelper = {folder}/helper\nfind = yes\n"
                   f"[breaker]\nfailures = {failures}\n").start()
    site.shell("certconnector enroll -", stdin=site.file("token", site.endpoint.token()))
    site.issue_jobs(count)
    return folder / "off"


@trial(GROUP, "The CA behind a helper program fails many times in a row")
def ca_fails_again(site):
    off = jobs_at_broken_helper(site, 3, failures=2)
    seen = site.finding("ca_left_alone", "the HSM does not answer")
    assert "the HSM does not answer" in site.cli("ca list") and "the HSM does not answer" in site.log()
    off.unlink()
    site.printed(seen, TEST)
    site.well("ca_left_alone", "ca_failing")
    return seen


@trial(GROUP, "The CA behind a helper program did not do its last jobs")
def ca_is_failing(site):
    off = jobs_at_broken_helper(site, 1, failures=1000)
    seen = site.finding("ca_failing", "the HSM does not answer")
    assert "failing" in site.cli("ca list")
    off.unlink()
    works(site, seen, "ca_failing")
    return seen


@trial(GROUP, "The CA behind a helper program does not pass its check")
def ca_fails(site):
    folder = helper_of(site)
    site.configure(f"[ca.default]\nbackend = exec\nhelper = {folder}/helper\n").start()
    with moved(folder / "ca.key"):
        seen = site.finding("ca_fails", "ca.key cannot be read")
        assert "unhealthy" in site.cli("ca list")
    works(site, seen, "ca_fails")
    return seen


@trial(GROUP, "The CA behind a helper program does not revoke a certificate")
def helper_does_not_revoke(site):
    folder = helper_of(site)
    site.configure(f"[ca.default]\nbackend = exec\nhelper = {folder}/helper\n").start()
    seen = site.refused("certconnector certs revoke 0badcafe00 --ca default --yes")
    job = site.named(seen, r"revoke-\w+-\w+")
    told = site.printed(seen, "certconnector jobs explain JOB", {"JOB": job}).stdout
    site.printed(told, "certconnector certs revoke SERIAL", {"SERIAL": "0badcafe00"}, check=False,
                 stdin=site.file("y", "y\n"))
    return Seen(seen.message.replace(job, "JOB"), seen.remedy)


@trial(GROUP, "The folder of its CA is a link to a disk that is not mounted")
def ca_folder_leads_nowhere(site):
    site.configure("[ca.default]\n").start().make_ca().stop()
    disk = site.folder / "disk"
    with moved(FOLDER):
        FOLDER.symlink_to(disk)
        site.start()
        seen = site.finding("ca_unusable")
        assert "which leads nowhere" in seen.message, seen
        refused = site.refused('certconnector ca create default --root --subject "CN=Another"')
        assert "is there already" in refused.message, refused
        FOLDER.unlink()
    works(site, seen, "ca_unusable")
    return Seen(seen.message.replace(str(disk), "/mnt/disk"), seen.remedy, seen.code)


@trial(GROUP, "The helper program of a CA, or its folder, is closed to the agent")
def helper_is_closed(site):
    folder = helper_of(site)
    site.configure(f"[ca.default]\nbackend = exec\nhelper = {folder}/helper\n").start().stop()
    os.chown(folder, 0, 0)
    folder.chmod(0o700)
    seen = site.start().finding("ca_unusable")
    site.printed(seen, f"chgrp certconnector {folder} && chmod g+x {folder}")
    works(site, seen, "ca_unusable")
    os.chown(folder / "helper", 0, 0)
    (folder / "helper").chmod(0o700)
    seen = site.restart().finding("ca_unusable")
    site.printed(seen, f"chgrp certconnector {folder}/helper && chmod g+rx {folder}/helper")
    works(site, seen, "ca_unusable")
    return Seen(seen.message.replace(str(folder), "/opt/ca"), seen.remedy, seen.code)


@trial(GROUP, "The helper programs of several new CAs hang")
def helpers_hang(site):
    site.configure("").start()
    begun = site.own(site.folder) / "begun"
    helper = site.folder / "helper"
    helper.write_text(f"#!/bin/sh\ntouch {begun}\nexec sleep 100\n")
    helper.chmod(0o755)
    site.configure("".join(f"[ca.{name}]\nbackend = exec\nhelper = {helper}\n" for name in ("one", "two", "three", "four")))
    began = time.monotonic()
    told = site.shell("certconnector reload", check=False)
    assert told.returncode == 1 and "Wrong since then" in told.stdout, told
    assert time.monotonic() - began < 25, "one after the other: 40 s"
    begun.unlink()
    again = site.background("certconnector", "reload")
    wait_until(begun.exists, "the helpers")
    began = time.monotonic()
    site.stop()
    assert time.monotonic() - began < 8, "the stop ends the wait for the helpers"
    site.end(again)


@trial(GROUP, "The helper program of a CA is not there")
def helper_is_missing(site):
    folder = helper_of(site)
    with moved(folder / "helper"):
        site.configure(f"[ca.default]\nbackend = exec\nhelper = {folder}/helper\n").start()
        seen = site.finding("ca_unusable")
    works(site, seen, "ca_unusable")
    return seen


IMPORT = "Import of a CA"


def import_refused(site, arguments):
    site.configure("").start()
    certificate = ca_of_openssl(site.folder / "brought", 400)
    return site.refused(f"cd {certificate.parent}; openssl ecparam -name P-256 -genkey -noout -out other.key; "
                        f"openssl x509 -in {certificate} -outform DER -out ca.der; cp {certificate} ca.pem; "
                        f"openssl pkcs12 -export -in ca.pem -inkey ca.key -out ca.p12 -passout pass:right; "
                        f"echo wrong > passphrase; chmod 600 passphrase; "
                        f"certconnector ca import default {arguments}")


@trial(IMPORT, "The key is not that of the certificate")
def import_other_key(site):
    return import_refused(site, "--certificate ca.pem --key other.key --no-revocations")


@trial(IMPORT, "The file is DER, not PEM")
def import_der(site):
    import_refused(site, "--certificate ca.der --key other.key --no-revocations")
    site.cli(f"ca import default --certificate {site.folder}/brought/ca.der --key {site.folder}/brought/ca.key "
             "--no-revocations")


@trial(IMPORT, "The certificate is no CA's")
def import_leaf(site):
    site.configure("").start()
    folder = site.folder
    site.shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -out leaf.pem "
               "-days 30 -subj /CN=leaf -addext basicConstraints=CA:false 2>&1")
    seen = site.refused(f"certconnector ca import default --certificate {folder}/leaf.pem --key {folder}/leaf.key "
                        "--no-revocations")
    site.printed(seen, "certconnector health", check=False)
    return seen


@trial(IMPORT, "The passphrase is wrong")
def import_passphrase(site):
    return import_refused(site, "--pkcs12 ca.p12 --passphrase-file passphrase --no-revocations")


@trial(IMPORT, "It is not said what the CA revoked before")
def import_without_past(site):
    seen = import_refused(site, "--certificate ca.pem --key ca.key")
    done = site.cli(f"ca import default --certificate {site.folder}/brought/ca.pem --key {site.folder}/brought/ca.key "
                    "--no-revocations")
    site.printed(done, "certconnector ca export default --out default.cer")
    return seen


@trial(IMPORT, "Another section has this CA already")
def import_twice(site):
    site.configure("[ca.default]\n[ca.second]\n").start()
    certificate = ca_of_openssl(site.folder / "brought", 400)
    bring(site, certificate)
    return site.refused(f"certconnector ca import second --certificate {certificate} --key "
                        f"{certificate.parent}/ca.key --no-revocations")


@trial(IMPORT, "The certificate of a subordinate comes without the root")
def import_without_root(site):
    site.configure("").start()
    site.shell(f"{SUBORDINATE} > sub.csr")
    signed_by_the_company(site)
    seen = site.refused("certconnector ca import default --certificate ca.pem")
    site.printed(seen, "cat ca.pem root.pem > ca-and-root.pem")
    site.cli("ca import default --certificate ca-and-root.pem")
    site.cli("ca export default --out default.cer")
    return seen


@trial(IMPORT, "The certificate comes without a key, and the agent made none")
def import_without_key(site):
    site.configure("").start()
    certificate = ca_of_openssl(site.folder / "brought", 400)
    seen = site.refused(f"certconnector ca import default --certificate {certificate}")
    site.printed(seen, 'certconnector ca create default --subordinate --subject "CN=..."', {"...": "Device CA"})
    return seen
