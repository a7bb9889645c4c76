"""Resources that a process has used so far, seen from outside. So builds of any age and other servers compare."""

import contextlib
import os
import re
import sqlite3
import struct
import time
from pathlib import Path

from harness import HarnessError

FRAME_HEADER = 24  # octets before each page in a WAL, https://www.sqlite.org/fileformat2.html#the_write_ahead_log


def cpu_ms(pid):
    """CPU time of all threads of the process, those that have ended too, by its CPU clock (clock_getcpuclockid(3)):
    the ticks of /proc/PID/stat are 10 ms long."""
    return time.clock_gettime((~pid << 3) | 2) * 1000


def rss_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def context_switches(pid):
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", (task / "status").read_text()))
    return total


def disk_octets(pid):
    """Octets that the process has caused to be written to storage, in whole pages; 0 on a file system in memory."""
    return int(re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE).group(1))


class WalWatch:
    """Counts the octets that go into the write-ahead logs of all databases of a folder: each frame is a page and its
    header.

    A WAL begins anew once it is checkpointed, so its size says little. A reader that holds its snapshot keeps SQLite
    from that: as long as this one does, every frame is appended and the index of the WAL says how many there are. The
    first write after the snapshot may still begin a WAL anew: write something, then mark(). The indexes stay open as
    long as the readers: a process that closes a file loses all its locks on it, the readers' too (fcntl(2)).
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.marked = None
        self.indexes = {}

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.callback(self.close_indexes)
            for path in sorted(self.folder.glob("*.db")):
                reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
                stack.callback(reader.close)
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def close_indexes(self):
        for index in self.indexes.values():
            index.close()
        self.indexes = {}

    def mark(self):
        self.marked = self.frames()

    def octets(self):
        """Since the mark."""
        total = 0
        for path, (salts, frames, page) in self.frames().items():
            marked_salts, marked_frames, _ = self.marked.get(path, (salts, 0, page))
            if salts != marked_salts:
                raise HarnessError(f"{path} began anew while it was watched")
            total += (frames - marked_frames) * (page + FRAME_HEADER)
        return total

    def frames(self):
        """{database: (the WAL's salts, its frames, the size of a page)}, from the WAL index's header."""
        found = {}
        for path in sorted(self.folder.glob("*.db-shm")):
            if path not in self.indexes:
                self.indexes[path] = open(path, "rb", buffering=0)
            header = os.pread(self.indexes[path].fileno(), 48, 0)
            if len(header) == 48:
                page, frames = struct.unpack_from("=HI", header, 14)
                found[path.name] = (header[32:40], frames, 65536 if page == 1 else page)
        return found
