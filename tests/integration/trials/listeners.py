"""The listeners and their TLS certificates."""

import ctypes
import os
import socket
from pathlib import Path

import service_manager
from harness import run
from trials.cas import ca_of_openssl
from trials.trial import trial

GROUP = "TLS certificates of the listeners"
PORTS = iter(range(18300, 18400))


def tls_files(site, days, names="DNS:scep.example", name="tls", usage="serverAuth"):
    """A certificate of a CA of openssl, valid for this many days; its key. The agent's user may read them."""
    folder = site.folder / "tls"
    if not folder.exists():
        ca_of_openssl(folder, 400, "/CN=TLS CA").rename(folder / "root.pem")
    key, request = folder / f"{name}.key", folder / f"{name}.csr"
    if not key.exists():
        run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
             "-out", request, "-subj", f"/CN={name}"])
    (folder / "tls.ext").write_text(f"extendedKeyUsage={usage}\nsubjectAltName={names}\n")
    end = run(["date", "-u", "-d", f"{days} days", "+%Y%m%d%H%M%SZ"]).strip()
    (folder / "index.txt").write_text("")
    run(["openssl", "ca", "-batch", "-config", folder / "ca.cnf", "-cert", folder / "root.pem", "-keyfile",
         folder / "ca.key", "-in", request, "-out", folder / f"{name}.pem", "-notext", "-extfile", folder / "tls.ext",
         "-startdate", "20200101000000Z", "-enddate", end])
    for file in (key, folder / f"{name}.pem", folder):
        site.own(file)
    key.chmod(0o600)
    return f"certificate_file = {folder}/{name}.pem\nkey_file = {folder}/{name}.key\n"


def served(site, files):
    site.configure(f"[http]\ntls_listen = 127.0.0.1:{next(PORTS)}\n{files}").start()


def renewed(site, seen, *codes):
    tls_files(site, 300)
    site.printed(seen, "certconnector reload")
    site.well(*codes)


@trial(GROUP, "The certificate of the TLS listener has expired")
def certificate_is_expired(site):
    served(site, tls_files(site, -1))
    seen = site.finding("server_certificate_expired")
    renewed(site, seen, "server_certificate_expired")
    return seen


@trial(GROUP, "The certificate of the TLS listener expires soon")
def certificate_expires_soon(site):
    served(site, tls_files(site, 5))
    seen = site.finding("server_certificate_expires_soon")
    renewed(site, seen, "server_certificate_expires_soon")
    return seen


@trial(GROUP, "At a reload, the key is not that of the certificate")
def key_of_another(site):
    served(site, tls_files(site, 300))
    tls_files(site, 300, name="other")
    folder = site.folder / "tls"
    key = (folder / "tls.key").read_text()
    (folder / "tls.key").write_text((folder / "other.key").read_text())
    site.shell("certconnector reload", check=False)
    seen = site.finding("reload_refused")
    (folder / "tls.key").write_text(key)
    site.printed(seen, "certconnector reload")
    site.well("reload_refused")
    return seen


@trial(GROUP, "The certificate of the TLS listener is not for a server")
def certificate_is_unfit(site):
    served(site, tls_files(site, 300, usage="clientAuth"))
    seen = site.finding("server_certificate_unfit")
    renewed(site, seen, "server_certificate_unfit")
    return seen


SILENT = "Listeners"


def listening_socket(process, port):
    """The agent's own socket that listens at this port, which the kernel lets root share (pidfd_getfd(2))."""
    inode = next(line.split()[9] for line in Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]
                 if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A")
    number = next(int(one.name) for one in Path(f"/proc/{process}/fd").iterdir()
                  if os.readlink(one) == f"socket:[{inode}]")
    pidfd_getfd = 438
    return socket.socket(fileno=ctypes.CDLL(None).syscall(pidfd_getfd, os.pidfd_open(process), number, 0))


@trial(SILENT, "A listener does not answer any more")
def listener_is_silent(site):
    port = next(PORTS)
    site.configure(f"[http]\nlisten = 127.0.0.1:{port}\n").start()
    assert not [one for one in site.findings() if one.code == "listener_silent"]
    with listening_socket(service_manager.main_pid(), port) as shared:
        shared.shutdown(socket.SHUT_RDWR)
    seen = site.finding("listener_silent")
    site.printed(seen, "journalctl -u certconnectord -n 20")
    site.printed(seen, "systemctl restart certconnectord")
    site.well("listener_silent")
    return seen
