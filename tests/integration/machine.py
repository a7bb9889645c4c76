"""A separate machine for a test: namespaces in which certconnector is installed as the package installs it.

The test runs itself again in new mount, network and process namespaces. There, /etc, /run, /var/lib, /var/backups and
/tmp are its own, the user certconnector is known, the programs and stand-ins of systemctl, journalctl, timedatectl and
sudo are on PATH, and the configuration is the packaged one. So a command runs as a message or the documentation prints
it, and nothing of it reaches the host. It needs root, as other tests that mount a small disk do; without it, it fails.
"""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path("/mnt/source")
PROGRAMS = Path("/mnt/programs")
COMMANDS = Path("/mnt/bin")
USER = "certconnector"
STATE = Path("/var/lib/certconnector")
CONFIGURATION = Path("/etc/certconnector/certconnectord.conf")
SOCKET = Path("/run/certconnector/agent.sock")

_STAGE = "CERTCONNECTOR_TEST_MACHINE"
_NAMESPACES = ["unshare", "--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]
_OWN = ("/run", "/var/lib", "/var/backups", "/usr/share/doc")


def enter(binaries, *kept):
    """Returns inside the machine; `binaries` is the folder of the programs, `kept` names variables that stay."""
    stage = os.environ.get(_STAGE)
    if stage is None:
        if os.geteuid() != 0:
            sys.exit("This test makes a separate machine in namespaces, which needs root.")
        arguments = [sys.executable, str(Path(sys.argv[0]).resolve()), "--binaries", str(binaries), *sys.argv[1:]]
        os.execvpe(_NAMESPACES[0], [*_NAMESPACES, *arguments], dict(os.environ, **{_STAGE: "made"}))
    if stage == "made":
        _mount(Path(binaries))
        _install()
        script = SOURCE / Path(sys.argv[0]).relative_to(_root())
        env = {"PATH": f"{COMMANDS}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", "LC_ALL": "C.UTF-8",
               "ASAN_OPTIONS": _sanitizer_options(), "PYTHONDONTWRITEBYTECODE": "1", _STAGE: "ready",
               **{name: os.environ[name] for name in kept if name in os.environ}}
        os.chdir(SOURCE)
        os.execve(sys.executable, [sys.executable, str(script), "--binaries", str(PROGRAMS), *sys.argv[1:]], env)
    os.umask(0o022)


def _sanitizer_options():
    """Without the search for leaks: it cannot trace an agent of another user. Other tests have it."""
    return ":".join(one for one in (os.environ.get("ASAN_OPTIONS"), "detect_leaks=0") if one)


def _root():
    return Path(__file__).resolve().parents[2]


def _run(*command):
    subprocess.run([str(c) for c in command], check=True, stdin=subprocess.DEVNULL)


def _mount(binaries):
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/mnt")
    for folder, of in ((SOURCE, _root()), (PROGRAMS, binaries)):
        folder.mkdir()
        _run("mount", "--bind", of, folder)
    # README's PATH names the folder of the release build: it has the programs of this test.
    release = SOURCE / "build/release/bin"
    if release.exists():
        _run("mount", "--bind", PROGRAMS, release)
    _run("cp", "-a", "/etc", "/mnt/etc")
    _run("mount", "--bind", "/mnt/etc", "/etc")
    for folder in _OWN:
        _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
    _run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/tmp")
    _loopback_up()


def _loopback_up():
    import fcntl
    import socket
    import struct

    set_flags, up_and_running = 0x8914, 0x41
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14s", b"lo", up_and_running, b""))


def _install():
    """As packaging/CMakeLists.txt and packaging/deb/postinst do."""
    for table in ("passwd", "group"):
        path = Path("/etc") / table
        lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{USER}:")]
        number = 64123
        lines.append(f"{USER}:x:{number}:{number}::/var/lib/certconnector:/usr/sbin/nologin" if table == "passwd"
                     else f"{USER}:x:{number}:")
        path.write_text("\n".join(lines) + "\n")
    COMMANDS.mkdir()
    for program in ("certconnector", "certconnectord", "certconnector-endpoint"):
        (COMMANDS / program).symlink_to(PROGRAMS / program)
    here = SOURCE / "tests/integration"
    for name in ("systemctl", "journalctl", "timedatectl"):
        _command(name, f'exec {sys.executable} {here}/service_manager.py {name} "$@"')
    _command("sudo", 'if [ "$1" = -u ]; then user=$2; shift 2; exec runuser -u "$user" -- "$@"; fi\nexec "$@"')
    examples = Path("/usr/share/doc/certconnector/examples")
    examples.mkdir(parents=True)
    packaging = SOURCE / "packaging"
    for file in ("nginx/certconnector-scep.conf", "systemd/helper.conf", "systemd/low-ports.conf",
                 "examples/ca-helper.sh"):
        shutil.copy(packaging / file, examples)
    make_anew()


def _command(name, script):
    (COMMANDS / name).write_text(f"#!/bin/sh\n{script}\n")
    (COMMANDS / name).chmod(0o755)


def service_is_up():
    return SOCKET.exists()


def daemon_help():
    return subprocess.run(["certconnectord", "--help"], capture_output=True, text=True, check=True).stdout


def make_anew():
    """The state of a fresh installation; no agent runs."""
    user = pwd.getpwnam(USER)
    for folder, owner, mode in ((STATE, user, 0o700), (CONFIGURATION.parent, None, 0o750),
                                (Path("/var/backups/certconnector"), user, 0o700), (SOCKET.parent, None, 0o750)):
        shutil.rmtree(folder, ignore_errors=True)
        if folder == SOCKET.parent:
            continue
        folder.mkdir(parents=True)
        folder.chmod(mode)
        os.chown(folder, owner.pw_uid if owner else 0, user.pw_gid)
    shutil.rmtree("/etc/systemd/system/certconnectord.service.d", ignore_errors=True)
    shutil.copy(SOURCE / "packaging/certconnectord.conf", CONFIGURATION)
