"""The database, the disk and backups."""

import contextlib
import re
import sqlite3
import struct

import machine
import service_manager
from harness import wait_until
from trials.trial import trial

GROUP = "Database, disk and backups"
DATABASE = machine.STATE / "agent.db"


@trial(GROUP, "Another program holds the database", enrolled=True)
def database_is_locked(site):
    holder = site.background("python3", "-c", f"""import sqlite3, signal
held = sqlite3.connect({str(DATABASE)!r}, isolation_level=None)
held.execute("BEGIN IMMEDIATE")
open({str(site.folder / "holds")!r}, "w").close()
signal.pause()""")
    wait_until((site.folder / "holds").exists, "the lock", 30)
    site.issue_jobs()
    seen = site.finding("storage_failing")
    told = site.cli("pause")
    assert told == "The agent is now: database not writable; when that is over: paused\n", told
    site.cli("resume")
    command = re.search(r"`(lslocks .*?)`", seen.message)[1]
    line = next(one for one in site.printed(seen, command).stdout.splitlines() if " WRITE " in one)
    assert line.split()[0] == str(holder.pid), line
    site.end(holder)
    site.well("storage_failing")
    return seen


@contextlib.contextmanager
def small_disk(site, size="3M"):
    """The state folder lies on a disk of this size."""
    site.shell(f"mount -t tmpfs -o size={size},mode=700,uid=64123,gid=64123 tmpfs {machine.STATE}")
    try:
        yield machine.STATE / "filler"
    finally:
        site.stop()
        site.shell(f"umount -l {machine.STATE}")


@trial(GROUP, "The disk of the log file is full")
def log_disk_is_full(site):
    folder = machine.STATE / "log"
    folder.mkdir()
    site.configure(f"[log]\nfile = {folder}/agent.log\nlevel = debug\n")
    site.shell(f"mount -t tmpfs -o size=16k,mode=700,uid=64123,gid=64123 tmpfs {folder}")
    try:
        (folder / "filler").write_bytes(b"\0" * 12288)
        site.start()
        site.shell("for i in $(seq 60); do certconnector reload; done")
        seen = site.finding("log_failing", "No space left on device")
        assert "event=log.failing" in site.log()
        (folder / "filler").unlink()
        site.printed(seen, "certconnector reload")
        site.well("log_failing")
        assert " event=log.lost lines=" in (folder / "agent.log").read_text()
    finally:
        site.stop()
        site.shell(f"umount -l {folder}")
    return seen


@trial(GROUP, "The disk is full")
def disk_is_full(site):
    site.configure("")
    with small_disk(site) as filler:
        site.enroll("--redelivery", "2s")
        with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"\0" * 4096):
                pass
        jobs = site.issue_jobs(3)
        seen = site.finding("storage_failing")
        filler.unlink()
        site.well("storage_failing")
        site.cli("ca publish-crl default")
        site.well("crl_not_published")
        site.endpoint.verb("wait", "--finished", len(jobs), "--timeout", "30s")
    return seen


@trial(GROUP, "The database was deleted or replaced while the agent runs")
def database_is_replaced(site):
    site.configure("").start().make_ca()
    DATABASE.rename(DATABASE.with_name("aside"))
    seen = site.finding("database_replaced")
    backup = site.printed(seen, "certconnector backup DIR", {"DIR": "/var/backups/certconnector/now"})
    assert "/var/backups/certconnector/now" in backup.stdout
    DATABASE.with_name("aside").rename(DATABASE)
    site.well("database_replaced")
    DATABASE.unlink()
    site.finding("database_replaced")
    site.stop()
    site.printed(seen, "certconnectord --restore DIR --force", {"DIR": "/var/backups/certconnector/now"})
    site.start()
    return seen


def add_free_pages(database, count):
    """Appends free pages, as many deleted rows leave them: the file has a hole, which takes no room on the disk.

    https://www.sqlite.org/fileformat2.html#the_freelist
    """
    size = 4096
    with open(database, "r+b") as file:
        file.seek(28)
        last = struct.unpack(">I", file.read(4))[0]
        trunk, leaves = 0, size // 4 - 8
        for first in range(last + 1, last + count + 1, leaves + 1):
            end = min(first + leaves, last + count)
            file.seek((first - 1) * size)
            file.write(struct.pack(f">{2 + end - first}I", trunk, end - first, *range(first + 1, end + 1)))
            trunk = first
        file.truncate((last + count) * size)
        file.seek(24)
        file.write(struct.pack(">4I", 9999, last + count, trunk, count))
        file.seek(92)
        file.write(struct.pack(">I", 9999))


def damage(pages):
    with open(DATABASE, "r+b") as file:
        for number in pages:
            file.seek(number * 4096)
            file.write(b"x" * 4096)


def pages_of(table):
    """Of the table and its indexes, from 0."""
    with contextlib.closing(sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True)) as connection:
        return [number - 1 for (number,) in connection.execute(
            "SELECT pageno FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = ?)", (table,))]


@trial(GROUP, "The database is damaged")
def database_is_damaged(site):
    site.configure("").start().make_ca()
    site.stop()
    damage(range(1, 6))
    seen = site.start_fails()
    told = site.printed(seen, "runuser -u certconnector -- certconnectord --salvage", check=False).stdout
    site.printed(told, "systemctl start certconnectord")
    site.printed(told, "certconnector status")
    site.printed(seen, "systemctl start certconnectord")
    site.cli("ca test default")
    return seen


@trial(GROUP, "A part of the database is damaged, and the agent finds it while it runs")
def database_is_damaged_inside(site):
    site.configure("[http]\nlisten = 127.0.0.1:18090\n[template.device]\n[scep.devices]\nchallenge = one-time\n")
    site.start().make_ca()
    site.shell("for i in $(seq 100); do certconnector scep test devices && break; sleep 0.1; done")
    site.cli("backup /var/backups/certconnector/monday")
    site.stop()
    damage(pages_of("challenge_password"))
    site.start()
    refused = site.refused("certconnector challenge list")
    wait_until(lambda: not service_manager.main_pid(), "the end of the agent", 20)
    seen = site.refused("certconnector status")
    site.printed(refused, "certconnector restore --force DIR", {"DIR": "/var/backups/certconnector/monday"}, check=False)
    site.start().stop()
    damage(pages_of("challenge_password"))
    site.printed(refused, "runuser -u certconnector -- certconnectord --salvage", check=False)
    site.start().stop()
    damage(pages_of("challenge_password"))
    site.printed(seen, "runuser -u certconnector -- certconnectord --salvage", check=False)
    site.printed(seen, "systemctl start certconnectord")
    site.cli("ca test default")
    return seen


@trial(GROUP, "The database is an older copy, and a CA has issued since")
def database_is_older(site):
    site.configure("").start().make_ca()
    site.stop()
    copy = DATABASE.read_bytes()
    site.start()
    site.cli("ca publish-crl default")
    site.stop()
    for file in machine.STATE.glob("agent.db-*"):
        file.unlink()
    DATABASE.write_bytes(copy)
    seen = site.start_fails()
    told = site.printed(seen, "runuser -u certconnector -- certconnectord --salvage", check=False).stdout
    site.printed(seen, "systemctl start certconnectord")
    withdraws_signed(site, told)
    site.cli("ca test default")
    return seen


def withdraws_signed(site, told):
    """Withdraws a signed challenge as the words say."""
    site.printed(told, "certconnector challenge revoke KEY:ID", {"KEY:ID": "mdm-2026:4711"})
    assert "mdm-2026:4711" in site.cli("challenge list")


@trial(GROUP, "The database has much room that nobody uses")
def database_is_large(site):
    site.configure("").start().make_ca()
    site.stop()
    add_free_pages(DATABASE, 300_000)
    site.start()
    told = site.cli("status")
    site.stop()
    site.printed(told, "certconnectord --compact")
    assert DATABASE.stat().st_size < 10_000_000
    site.start()
    site.cli("ca test default")


@trial(GROUP, "The database is gone, and a CA has issued with it")
def database_is_gone(site):
    site.configure("").start().make_ca()
    site.cli("backup /var/backups/certconnector/monday")
    site.cli("ca publish-crl default")
    site.stop()
    for file in machine.STATE.glob("agent.db*"):
        file.unlink()
    seen = site.start_fails()
    restore = "certconnectord --restore DIR --force"
    backup = {"DIR": "/var/backups/certconnector/monday"}
    refused = site.printed(seen, restore, backup, check=False)
    assert "give --accept-loss" in refused.stderr, refused
    told = site.shell(f"{restore.replace('DIR', backup['DIR'])} --accept-loss", check=False).stdout
    site.printed(seen, "systemctl start certconnectord")
    withdraws_signed(site, told)
    site.cli("ca test default")
    return seen


@trial(GROUP, "The file that names a CA's database is damaged")
def bond_is_damaged(site):
    site.configure("").start().make_ca()
    site.stop()
    bond = machine.STATE / "ca/default/database"
    bond.write_text(bond.read_text()[:20])
    seen = site.start_fails()
    site.printed(seen, f"mv {bond} {bond}.damaged")
    site.printed(seen, "systemctl start certconnectord")
    site.cli("ca test default")
    return seen


@trial(GROUP, "A backup was changed after it was made")
def backup_is_changed(site):
    site.configure("").start().make_ca()
    site.cli("backup /var/backups/certconnector/monday")
    site.printed(site.cli("restore --help"), "systemctl stop certconnectord")
    copy = machine.Path("/var/backups/certconnector/monday/agent.db")
    octets = bytearray(copy.read_bytes())
    octets[len(octets) // 2] ^= 0xFF
    copy.write_bytes(octets)
    before = DATABASE.read_bytes()
    seen = site.refused("certconnector restore --force /var/backups/certconnector/monday")
    assert DATABASE.read_bytes() == before, "it replaced the good file"
    return seen


@trial(GROUP, "A backup goes to a folder where the agent may not write")
def backup_is_elsewhere(site):
    site.configure("").start()
    folder = machine.Path("/var/lib/of-root")
    folder.mkdir(mode=0o700, exist_ok=True)
    seen = site.refused(f"certconnector backup {folder}/monday")
    assert "may write below its state folder" in seen.message, seen
    site.cli("backup /var/backups/certconnector/monday")
    return seen
