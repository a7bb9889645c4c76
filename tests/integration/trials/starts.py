"""The agent does not start, does not answer, or does not take up its configuration."""

import json
import os
import re
import signal

import machine
import service_manager
from harness import wait_until
from trials.trial import Seen, trial

GROUP = "The agent does not start, or does not answer"
START = "systemctl start certconnectord"
LOG = "journalctl -u certconnectord -n 20"


def starts(site, seen):
    """The start that the words name succeeds now, and the CLI answers."""
    site.printed(seen, START)
    site.cli("status")


@trial(GROUP, "The agent was not started")
def not_started(site):
    site.configure("")
    site.finding("agent_not_running")
    seen = site.refused("certconnector status")
    site.printed(seen, LOG)
    starts(site, seen)
    return seen


@trial(GROUP, "Its last start failed: the configuration has mistakes")
def configuration_has_mistakes(site):
    site.configure("[http]\nlisten = 127.0.0.1\n[tempalte.device]\nvalidity = 1 year\n[agent]\nworkers = many\n")
    seen = site.start_fails()
    for words in ("certconnectord.conf:9: [http] listen", "did you mean [template.", "exit code 78"):
        assert words in seen.message, seen
    assert "workers must be a number" in site.printed(seen, LOG).stdout
    checked = site.shell("certconnectord --check-config", check=False)
    assert checked.returncode == 78 and "workers must be a number" in checked.stderr
    told = json.loads(site.shell("certconnector restore --json /nowhere", check=False).stdout)["error"]["message"]
    assert "workers must be a number" in told and told == told.strip(), told
    site.configure("[http]\nlisten = 127.0.0.1:8080\n")
    starts(site, seen)
    assert "It ended" not in site.stop().refused("certconnector status").message, "a good start removes it"
    return seen


@trial(GROUP, "Its last start failed: others may write the configuration, as with umask 002")
def configuration_is_open(site):
    site.configure("")
    machine.CONFIGURATION.chmod(0o664)
    seen = site.start_fails()
    site.printed(seen, f"chmod go-w {machine.CONFIGURATION}")
    starts(site, seen)
    return seen


@trial(GROUP, "Its last start failed: its user may not read the configuration")
def configuration_is_closed(site):
    site.configure("")
    os.chown(machine.CONFIGURATION, 0, 0)
    machine.CONFIGURATION.chmod(0o600)
    seen = site.start_fails()
    site.printed(seen, f"chgrp certconnector {machine.CONFIGURATION} && chmod g+r {machine.CONFIGURATION}")
    starts(site, seen)
    return seen


@trial(GROUP, "Its last start failed: others may write the state folder")
def state_is_open(site):
    site.configure("")
    machine.STATE.chmod(0o777)
    seen = site.start_fails()
    site.printed(seen, f"chmod go-w {machine.STATE}")
    starts(site, seen)
    return seen


@trial(GROUP, "Its last start failed: the state folder belongs to somebody else, as after a copy by root")
def state_is_of_root(site):
    site.configure("").start().stop()
    site.shell(f"chown -R root:root {machine.STATE}")
    seen = site.start_fails()  # it may write nothing: the journal has it
    said = site.printed(seen, LOG).stdout
    checks_say_once(site, f"; run as root: chown -R certconnector: {machine.STATE}")
    # A file that everybody may read tells nothing of the agent's user.
    open_file = site.folder / "open.conf"
    open_file.write_text(site.configuration())
    as_root = site.shell(f"certconnectord --check-config --config {open_file}").stdout
    checked = site.printed(as_root, f"runuser -u certconnector -- certconnectord --check-config --config {open_file}",
                           check=False)
    assert checked.returncode == 78 and f"chown -R certconnector: {machine.STATE}" in checked.stderr, checked
    site.printed(said, f"chown -R certconnector: {machine.STATE}")
    starts(site, seen)
    return seen


def checks_say_once(site, words):
    """The check by root and that by the agent's user name one problem, and the same."""
    for user in ("", "runuser -u certconnector -- "):
        checked = site.shell(f"{user}certconnectord --check-config", check=False, timeout=20)
        assert checked.returncode == 78 and checked.stderr.count("\n") == 1 and words in checked.stderr, checked


@trial(GROUP, "Its last start failed: the state folder belongs to a third user, and everybody may write it")
def state_is_of_a_third_user(site):
    site.configure("[ca.default]\n").start().make_ca().stop()
    site.shell(f"chown -R nobody: {machine.STATE} && chmod 0777 {machine.STATE}")
    seen = site.start_fails()
    command = f"chown -R certconnector: {machine.STATE} && chmod go-w {machine.STATE}"
    checks_say_once(site, f"; run as root: {command}")
    site.printed(seen, command)
    starts(site, seen)
    return seen


PLACES = {"ca": True, "ca/default": True, "ca/default/certificate.pem": False, "ca/default/key.pem": False,
          "scep": True, "scep/devices": True, "scep/devices/1": True, "lock": False, "agent.db": False}


def stands_there(kind, path):
    if kind == "link":
        path.symlink_to("/nonexistent/disk")
    elif kind == "fifo":
        os.mkfifo(path, 0o600)
    elif kind == "folder":
        path.mkdir(mode=0o700)
    else:
        path.write_text("x")


@trial(GROUP, "Something else stands in place of a file or folder of the state folder, and somebody checks")
def something_else_is_there(site):
    site.configure("[ca.default]\n[http]\nlisten = 127.0.0.1:8080\n[scep.devices]\n").start().make_ca()
    wait_until((machine.STATE / "scep/devices/1/ra.certificate.pem").exists, "the RA certificate")
    site.stop()
    for name, is_folder in PLACES.items():
        path = machine.STATE / name
        for kind in ("link", "fifo", "file" if is_folder else "folder"):
            aside = path.with_name(path.name + ".aside")
            path.rename(aside)
            stands_there(kind, path)
            if kind == "link":
                checks_say_once(site, f"{path} is a link to /nonexistent/disk, which leads nowhere")
                path.unlink()
            else:
                checks_say_once(site, f"{path} is a {'FIFO' if kind == 'fifo' else kind}, not a ")
                said = site.shell("certconnectord --check-config", check=False).stderr
                site.printed(said, f"mv {path} {path}.away")
                site.shell(f"rm -r {path}.away")
            aside.rename(path)
    site.shell("certconnectord --check-config")


@trial(GROUP, "Its last start failed: a FIFO stands in place of its lock")
def lock_is_a_fifo(site):
    site.configure("").start().stop()
    file = machine.STATE / "lock"
    file.unlink()
    os.mkfifo(file, 0o600)
    site.own(file)
    seen = site.start_fails()
    site.printed(seen, f"mv {file} {file}.away")
    starts(site, seen)
    return seen


@trial(GROUP, "Its last start failed: something else has the name of its socket")
def socket_is_a_file(site):
    site.configure("[agent]\nsocket = /var/lib/certconnector/agent.sock\n")
    other = machine.STATE / "agent.sock"
    other.write_text("of somebody")
    checks_say_once(site, f"mv {other} {other}.away")
    assert site.shell(START, check=False).returncode != 0
    site.printed(site.shell(LOG).stdout, f"mv {other} {other}.away")
    site.shell(START)
    assert machine.Path(f"{other}.away").read_text() == "of somebody"
    other.with_name("agent.sock.away").unlink()


@trial(GROUP, "Run by hand: there is no state folder")
def state_is_missing(site):
    site.configure("[agent]\nstate_dir = /var/lib/elsewhere\n")
    checked = site.shell("runuser -u certconnector -- certconnectord --check-config").stdout
    assert "/var/lib/elsewhere is not there" in checked and "install -d -m 0750 -o certconnector" in checked, checked
    done = site.shell("runuser -u certconnector -- certconnectord", check=False)
    command = re.search(r"install -d -m 0750 -o \S+ \S+", done.stderr)[0]
    site.printed(done.stderr, command)
    assert machine.Path("/var/lib/elsewhere").owner() == "certconnector"
    machine.Path("/var/lib/elsewhere").rmdir()


@trial(GROUP, "Its last start failed: a file of its database belongs to root")
def database_is_of_root(site):
    site.configure("").start().stop()
    file = machine.STATE / "agent.db"
    os.chown(file, 0, 0)
    file.chmod(0o600)
    seen = site.start_fails()
    site.printed(seen, f"chown -h certconnector: {file}")
    starts(site, seen)
    return seen


@trial(GROUP, "Its last start failed: a file of its database has a mode that closes it")
def database_is_closed(site):
    site.configure("").start().stop()
    file = machine.STATE / "agent.db"
    file.chmod(0)
    seen = site.start_fails()
    site.printed(seen, f"chmod u+rw {file}")
    starts(site, seen)
    return seen


@trial(GROUP, "A file of the state folder is closed, and somebody checks before the start")
def check_names_closed_files(site):
    site.configure("[ca.default]\n[http]\nlisten = 127.0.0.1:8080\n[scep.devices]\n").start().make_ca().stop()
    (machine.STATE / "scep-tests").write_text("")
    site.own(machine.STATE / "scep-tests")
    needed = {"lock": "u+rw", "agent.db": "u+rw", "scep-tests": "u+r", "ca/default/database": "u+r", "ca/default": "u+rwx"}
    for name, mode in needed.items():
        (machine.STATE / name).chmod(0)
        checked = site.shell("certconnectord --check-config", check=False)
        assert checked.returncode == 78, checked
        site.printed(checked.stderr, f"chmod {mode} {machine.STATE / name}")
        assert "is in order" in site.shell("certconnectord --check-config").stdout, name


@trial(GROUP, "Its last start failed: somebody put a link in place of the log file")
def log_is_a_link(site):
    site.configure("").start().stop()
    folder = machine.STATE.parent / "open-logs"
    folder.mkdir()
    site.own(folder).chmod(0o777)
    (folder / "agent.log").symlink_to(machine.STATE / "agent.db")
    before = (machine.STATE / "agent.db").read_bytes()
    site.configure(f"[log]\nfile = {folder}/agent.log\n")
    seen = site.start_fails()
    assert (machine.STATE / "agent.db").read_bytes() == before, "lines of a log"
    checked = site.shell("certconnectord --check-config", check=False)
    assert checked.returncode == 78 and "is a link" in checked.stderr, checked
    site.printed(seen, f"rm {folder}/agent.log")
    starts(site, seen)
    return seen


@trial(GROUP, "Root runs it by hand")
def root_runs_it(site):
    site.configure("[log]\nfile = /var/lib/certconnector/agent.log\n")
    by_hand = site.shell("certconnectord", check=False)
    assert by_hand.returncode == 74 and "root runs this" in by_hand.stderr, by_hand
    assert not (machine.STATE / "agent.log").exists(), "a file of root"
    message, remedy = by_hand.stderr.strip().removeprefix("certconnectord: ").split(". ", 1)
    seen = Seen(message, remedy)
    starts(site, seen)
    return seen


@trial(GROUP, "Its last start failed: its port is below 1024")
def port_is_low(site):
    site.configure("[http]\nlisten = 127.0.0.1:80\n")
    seen = site.start_fails()
    site.printed(seen, "install -D -m 0644 /usr/share/doc/certconnector/examples/low-ports.conf "
                 "/etc/systemd/system/certconnectord.service.d/low-ports.conf && systemctl daemon-reload && "
                 "systemctl restart certconnectord")
    site.cli("status")
    site.shell("exec 3<>/dev/tcp/127.0.0.1/80")
    return seen


@trial(GROUP, "Its last start failed: another program has its port")
def port_is_taken(site):
    site.configure("[http]\nlisten = 127.0.0.1:8080\n")
    other = site.background("python3", "-m", "http.server", "--bind", "127.0.0.1", "8080")
    wait_until(lambda: site.shell("exec 3<>/dev/tcp/127.0.0.1/8080", check=False).returncode == 0, "the other program")
    seen = site.start_fails()
    listed = site.printed(seen, "ss -ltnp 'sport = :8080'").stdout
    assert f"pid={other.pid}," in listed, listed
    site.end(other)
    starts(site, seen)
    return seen


@trial(GROUP, "Its last start failed: this machine does not have the address")
def address_is_missing(site):
    site.configure("[http]\nlisten = 192.0.2.1:8080\n")
    seen = site.start_fails()
    site.configure("[http]\nlisten = 0.0.0.0:8080\n")
    starts(site, seen)
    return seen


@trial(GROUP, "Its last start failed: the log's file cannot be written")
def log_is_unwritable(site):
    site.configure("[log]\nfile = /var/lib/other/agent.log\n")
    checked = site.shell("certconnectord --check-config", check=False)
    assert checked.returncode == 78 and "/var/lib/other" in checked.stderr, checked
    site.start_fails()
    machine.Path("/var/lib/other").mkdir()
    seen = site.start_fails()
    log = "/var/lib/other/agent.log"
    site.printed(seen, f"touch {log} && chown certconnector: {log} && chmod 640 {log}")
    starts(site, seen)
    assert "agent.started" in machine.Path("/var/lib/other/agent.log").read_text()
    return seen


@trial(GROUP, "The folder of the configuration is closed to its user, or has another group")
def configuration_folder_is_closed(site):
    site.configure("")
    folder = machine.CONFIGURATION.parent
    before = folder.stat()
    os.chown(folder, 0, 0)
    folder.chmod(0o700)
    seen = site.start_fails()
    site.printed(seen, f"chgrp certconnector {folder} && chmod g+x {folder}")
    starts(site, seen)
    site.stop()
    site.shell(f"groupadd --system ssl-keys && chgrp ssl-keys {folder} && chmod 0710 {folder}")
    site.printed(site.start_fails(), "usermod -aG ssl-keys certconnector")
    site.shell("systemctl start certconnectord")
    site.stop()
    folder.chmod(0o700)
    site.printed(site.start_fails(), f"chmod g+x {folder} && usermod -aG ssl-keys certconnector")
    site.shell("systemctl start certconnectord")
    os.chown(folder, before.st_uid, before.st_gid)
    folder.chmod(before.st_mode & 0o7777)
    return seen


@trial(GROUP, "Somebody put a link to a file of root in place of the CA's key")
def key_is_a_link(site):
    site.configure("[ca.default]\n").start().make_ca().stop()
    key = machine.STATE / "ca/default/key.pem"
    secret = site.folder / "of-root"
    secret.write_text("secret")
    secret.chmod(0o600)
    key.rename(key.with_suffix(".away"))
    key.symlink_to(secret)
    said = site.start().finding("ca_unusable")
    assert f"{key} is a link to {secret}" in said.message and "chown" not in said.text, said
    checked = site.shell("certconnectord --check-config", check=False).stderr
    assert "is a link" in checked and "chown" not in checked, checked
    key.with_suffix(".away").rename(key)
    site.printed(said, "certconnector ca test default")
    site.well("ca_unusable")
    return Seen(said.message.replace(str(secret), "/tmp/of-root"), said.remedy, said.code)


@trial(GROUP, "A file that the configuration names stands in a folder that its user may not enter")
def folder_is_in_the_way(site):
    folder = machine.STATE.parent / "anchors"
    folder.mkdir(mode=0o700)
    site.shell(f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=Root "
               f"-out {folder}/root.pem")
    site.configure("[registration]\nlisten = 127.0.0.1:8443\n"
                   f"certificate_file = {folder}/root.pem\nkey_file = {folder}/root.pem\n"
                   f"client_ca_file = {folder}/root.pem\nallow = dns:ndes.example\nservice = devices\n"
                   "[scep.devices]\n[http]\nlisten = 127.0.0.1:8080\n")
    checked = site.shell("certconnectord --check-config", check=False)
    assert checked.returncode == 78, checked
    site.printed(checked.stderr, f"chgrp certconnector {folder} && chmod g+x {folder}")
    assert "may not enter" not in site.shell("certconnectord --check-config", check=False).stderr


@trial(GROUP, "Its last start failed: a folder has the name of its database")
def database_is_a_folder(site):
    site.configure("").start().stop()
    file = machine.STATE / "agent.db"
    file.unlink()
    file.mkdir()
    seen = site.start_fails()
    site.printed(seen, f"mv {file} {file}.away")
    starts(site, seen)
    return seen


@trial(GROUP, "Its last start failed: listen has a host name")
def listen_has_a_name(site):
    site.configure("[http]\nlisten = localhost:8080\n")
    checked = site.shell("certconnectord --check-config", check=False)
    assert checked.returncode == 78 and "listen" in checked.stderr, checked
    seen = site.start_fails()
    site.configure("[http]\nlisten = 127.0.0.1:8080\n")
    starts(site, seen)
    return seen


@trial(GROUP, "Another agent works on the state folder")
def second_agent(site):
    site.configure("").start()
    done = site.shell("runuser -u certconnector -- certconnectord", check=False)
    number = str(service_manager.main_pid())
    assert done.returncode == 75 and f"(process {number})" in done.stderr, done.stderr
    site.cli("status")
    return None


@trial(GROUP, "Another agent has the socket")
def second_socket(site):
    site.configure("").start()
    other = site.folder / "other.conf"
    other.write_text(f"[agent]\nstate_dir = {site.folder}/state\n")
    site.own(site.folder)
    done = site.shell(f"runuser -u certconnector -- certconnectord --config {other}", check=False)
    assert done.returncode != 0 and "another" in done.stderr and str(machine.SOCKET) in done.stderr, done.stderr
    site.cli("status")
    return None


@trial(GROUP, "The agent hangs")
def agent_hangs(site):
    site.configure("").start()
    os.kill(service_manager.main_pid(), signal.SIGSTOP)
    seen = site.refused("certconnector health")
    site.printed(seen, LOG, check=False)
    os.kill(service_manager.main_pid(), signal.SIGCONT)
    site.printed(seen, "systemctl restart certconnectord")
    site.cli("status")
    return seen


@trial(GROUP, "The agent was killed")
def killed(site):
    site.configure("").start()
    number = service_manager.main_pid()
    os.kill(number, signal.SIGKILL)
    service_manager.wait_end(number)
    assert machine.SOCKET.exists()
    wait_until(lambda: "no agent" in site.shell("certconnector status", check=False).stderr, "the end of its threads")
    seen = site.refused("certconnector status")
    site.printed(seen, LOG)
    starts(site, seen)
    return seen


@trial(GROUP, "The agent runs, and somebody has removed its socket")
def socket_is_gone(site):
    site.configure("").start()
    machine.SOCKET.unlink()
    seen = site.refused("certconnector status")
    site.printed(seen, "systemctl restart certconnectord")
    site.cli("status")
    return seen


@trial(GROUP, "You may not use the agent's socket")
def socket_is_closed(site):
    site.configure("").start()
    site.shell("useradd -M alice 2>/dev/null || id alice")
    seen = site.refused("runuser -u alice -- certconnector status")
    site.printed(seen, "usermod -aG certconnector USER", {"USER": "alice"})
    site.shell("runuser -u alice -- certconnector status")
    return seen


RELOAD = "The configuration in use is not that of the file"


@trial(RELOAD, "A reload was refused: the file has a mistake")
def reload_is_refused(site):
    site.configure("").start()
    site.configure("[queue]\nhigh_water = many\n")
    refused = site.shell("certconnector reload", check=False)
    assert refused.returncode != 0 and "high_water must be a number" in refused.stdout + refused.stderr, refused
    seen = site.finding("reload_refused")
    site.configure("")
    site.printed(seen, "certconnector reload")
    site.well("reload_refused")
    return seen


@trial(RELOAD, "A changed setting needs a restart")
def restart_is_needed(site):
    site.configure("").start()
    site.configure("[http]\nlisten = 127.0.0.1:8080\n")
    told = site.shell("certconnector reload", check=False).stdout
    assert "[http] listen" in told, told
    seen = site.finding("restart_needed")
    site.printed(told, "systemctl restart certconnectord")
    site.configure("[http]\nlisten = 127.0.0.1:8081\n")
    site.shell("certconnector reload", check=False)
    seen = site.finding("restart_needed")
    site.printed(seen, "systemctl restart certconnectord")
    site.well("restart_needed")
    site.shell("exec 3<>/dev/tcp/127.0.0.1/8081")
    return seen


@trial(RELOAD, "Others may write the state folder of the agent that runs")
def state_opens_while_it_runs(site):
    site.configure("").start()
    machine.STATE.chmod(0o777)
    seen = site.finding("folder_open")
    site.printed(seen, f"chmod go-w {machine.STATE}")
    site.well("folder_open")
    return seen
