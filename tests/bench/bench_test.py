#!/usr/bin/env python3
"""The arithmetic of the benchmark, on made-up figures: median and spread, ratios, verdicts, R, the tables."""

import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import bench  # first: it says where harness and the servers are
import peers
from harness import HarnessError
from openssl_reference import Gauge, signatures_a_second
from process_figures import WalWatch
from rounds import Bound, Cost, Figure, Measured, Series, turns
from tables import Row, Table, number

SPEED = """version: 3.0.19
                  sign    verify    sign/s verify/s
rsa 2048 bits 0.000400s 0.000022s   2500.0  45680.0
                              sign    verify    sign/s verify/s
 256 bits ecdsa (nistp256)   0.0000s   0.0001s  40000.0  12805.0
"""


def series(*values):
    return Series(values)


def table_of(row, subjects=("new",), **options):
    return Table("Title", list(subjects), [row], **options)


class SeriesTest(unittest.TestCase):
    def test_the_median_is_the_middle_one_and_the_spread_the_extremes(self):
        odd = series(5, 1, 3)
        self.assertEqual((odd.median, odd.low, odd.high), (3, 1, 5))
        self.assertEqual(series(4, 1, 2, 100).median, 3)
        self.assertEqual(series(7).median, 7)

    def test_a_series_has_a_round(self):
        with self.assertRaises(ValueError):
            series()

    def test_a_ratio_is_taken_round_by_round(self):
        # The machine got twice as slow in the third round; the medians would give 4 / 2.
        self.assertEqual(series(2, 4, 8).ratio(series(1, 2, 4)).values, (2, 2, 2))
        self.assertEqual(series(3, 2, 1).ratio(series(1, 2, 4)).values, (3, 1, 0.25))

    def test_nothing_is_a_ratio_to_0(self):
        self.assertIsNone(series(1, 1).ratio(series(1, 0)))

    def test_series_of_other_rounds_are_not_compared(self):
        with self.assertRaises(ValueError):
            series(1, 2).ratio(series(1))

    def test_every_other_round_goes_the_other_way_round(self):
        self.assertEqual([turns("ab", number) for number in range(3)], [["a", "b"], ["b", "a"], ["a", "b"]])


class BoundTest(unittest.TestCase):
    def test_a_cost_is_judged_over_r_of_its_own_round(self):
        # Over 3 R: 0.5, 0.75, 1. With the R of another round the second would be 0 or 1.5.
        cost = Cost(series(3.5, 4.5, 7), series(1, 1.25, 2))
        self.assertEqual(cost.over(3).values, (0.5, 0.75, 1))
        self.assertTrue(Bound(most=0.75, r=3).holds(cost))
        self.assertFalse(Bound(most=0.74, r=3).holds(cost))

    def test_the_median_is_judged_and_of_failures_each_round(self):
        self.assertTrue(Bound(most=2).holds(Figure(series(1, 2, 9))))
        self.assertFalse(Bound(most=0, each_round=True).holds(Figure(series(0, 0, 1))))
        self.assertTrue(Bound(most=0, each_round=True).holds(Figure(series(0, 0, 0))))

    def test_a_least(self):
        self.assertTrue(Bound(least=1.7).holds(Figure(series(1, 1.7, 2))))
        self.assertFalse(Bound(least=1.7).holds(Figure(series(1, 1.6, 2))))

    def test_its_text(self):
        self.assertEqual(Bound(most=0.8, r=3).text("ms"), "<= 3 R + 0.8 ms")
        self.assertEqual(Bound(most=100).text("MiB"), "<= 100 MiB")
        self.assertEqual(Bound(least=0.85).text(""), ">= 0.85")


class MeasuredTest(unittest.TestCase):
    def test_figures_are_kept_by_name_and_subject_in_the_order_of_the_rounds(self):
        measured = Measured()
        for ms, r in ((2, 1), (6, 2)):
            measured.add_cost("issue", "new", ms, r)
        measured.add("memory", "old", 12, "MiB")
        self.assertEqual(measured.of("issue"), {"new": Cost(series(2, 6), series(1, 2))})
        self.assertEqual(measured.of("issue")["new"].compared.values, (2, 3))
        self.assertEqual(measured.of("memory"), {"old": Figure(series(12), "MiB")})
        self.assertEqual(measured.of("what nobody measured"), {})


class ReferenceTest(unittest.TestCase):
    def test_signatures_a_second_are_read(self):
        self.assertEqual(signatures_a_second(SPEED, "rsa2048"), 2500)
        self.assertEqual(signatures_a_second(SPEED, "ecdsap256"), 40000)

    def test_a_speed_without_signatures_is_an_error(self):
        for text in ("", SPEED.replace("2500.0", "0.0"), "rsa 4096 bits 0.1s 0.1s 10.0 10.0\n"):
            with self.assertRaises(ValueError):
                signatures_a_second(text, "rsa2048")

    def test_r_is_of_just_before_and_just_after_the_work(self):
        speeds = iter((1, 3, 5, 100, 200))
        gauge = Gauge(lambda: next(speeds))
        self.assertEqual(gauge.around(lambda: "first"), ("first", 2))
        self.assertEqual(gauge.around(lambda: "second"), ("second", 4))
        gauge.forget()
        self.assertEqual(gauge.around(lambda: "later"), ("later", 150))

    def test_work_that_fails_leaves_no_r_behind(self):
        speeds = iter((1, 2, 10, 20))
        gauge = Gauge(lambda: next(speeds))
        gauge.around(lambda: None)
        with self.assertRaises(ZeroDivisionError):
            gauge.around(lambda: 1 / 0)
        self.assertEqual(gauge.around(lambda: None), (None, 15))


class TableTest(unittest.TestCase):
    def setUp(self):
        self.cost = {"new": Cost(series(2, 2.4, 2.2), series(1, 1, 1)), "old": Cost(series(4, 4.8, 4), series(2, 2, 2))}

    def test_a_cost_shows_multiples_of_r_with_their_spread_and_what_is_over(self):
        cells = table_of(Row("job", self.cost, Bound(most=1, r=1))).lines()[1]
        self.assertEqual(cells, ["job", "2.20 R (2..2.40), 2.20 ms", "<= 1 R + 1 ms",
                                 "MISSED: 1.20 (1..1.40) ms over 1 R"])

    def test_two_builds_are_compared_as_multiples_of_r_round_by_round(self):
        table = table_of(Row("job", self.cost), ("new", "old"), compare=True)
        self.assertEqual(table.lines(), [["", "new", "old", "new/old", "bound", ""],
                                         ["job", "2.20 R (2..2.40), 2.20 ms", "2 R (2..2.40), 4 ms", "1 (1..1.10)", "-", ""]])

    def test_a_bound_on_the_ratio_judges_the_ratio(self):
        measured = {"new": Figure(series(206), "M"), "old": Figure(series(200), "M")}
        for most, verdict in ((1.03, "ok"), (1.02, "MISSED")):
            row = Row("job", measured, Bound(most=most, against_older=True))
            self.assertEqual(table_of(row, ("new", "old"), compare=True).lines()[1],
                             ["job", "206 M", "200 M", "1.03", f"new/old <= {most}", verdict])
            self.assertEqual(table_of(row).lines()[1], ["job", "206 M", "-", ""])

    def test_what_could_not_be_measured_is_a_dash_and_has_no_verdict(self):
        table = table_of(Row("job", {}, Bound(most=1)), ("new", "old"), compare=True)
        self.assertEqual(table.lines()[1], ["job", "-", "-", "-", "-", ""])

    def test_one_round_has_no_spread(self):
        self.assertEqual(table_of(Row("memory", {"new": Figure(series(12.5), "MiB")})).lines()[1][1], "12.5 MiB")

    def test_text_and_markdown(self):
        table = table_of(Row("failures", {"new": Figure(series(0, 0))}, Bound(most=0)), notes=["A note."])
        table.rows.append(Row("  by the clock", {}))
        self.assertEqual(table.text(), "Title\n\n                new  bound\nfailures        0    <= 0   ok\n"
                                       "  by the clock  -    -\nA note.\n")
        self.assertEqual(table.markdown(), "### Title\n\n|  | new | bound |  |\n| --- | --- | --- | --- |\n"
                                           "| failures | 0 | <= 0 | ok |\n| … by the clock | - | - |  |\n\nA note.\n")

    def test_numbers_show_three_digits(self):
        self.assertEqual([number(value) for value in (0, 0.0123, 0.5, 1.234, 12.34, 123.4, 2.0, -0.25)],
                         ["0", "0.012", "0.500", "1.23", "12.3", "123", "2", "-0.250"])


class PeersTest(unittest.TestCase):
    """Where there is no Go."""

    def found(self, debian):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(peers, "FOLDER", Path(folder)), \
                mock.patch.object(peers, "find_go", return_value=None), \
                mock.patch.object(peers.shutil, "which", return_value=debian):
            return peers.find(True, lambda text: None)

    def test_debians_micromdm_stands_in(self):
        step_ca, micromdm = self.found("/usr/bin/scepserver")
        self.assertEqual((step_ca.subject, step_ca.make_server), ("step-ca 0.30.2", None))
        self.assertEqual(step_ca.missing, "no Go toolchain could be had")
        self.assertEqual(micromdm.subject, "micromdm of Debian")
        self.assertIsNotNone(micromdm.make_server)

    def test_without_it_each_column_says_why_it_is_empty(self):
        for peer in self.found(None):
            self.assertEqual((peer.make_server, peer.missing), (None, "no Go toolchain could be had"))


class MarkdownFileTest(unittest.TestCase):
    def test_tables_go_between_the_marks_and_the_rest_stays(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "benchmark.md"
            path.write_text(f"# Head\n\n{bench.MARK}\n\nold\n\n{bench.MARK}\n\nTail\n")
            for tables in ("one", "two"):
                bench.write_markdown(path, tables)
            self.assertEqual(path.read_text(), f"# Head\n\n{bench.MARK}\n\ntwo\n\n{bench.MARK}\n\nTail\n")

    def test_a_file_without_marks_becomes_the_tables(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tables.md"
            bench.write_markdown(path, "one")
            self.assertEqual(path.read_text(), "one")


class WalWatchTest(unittest.TestCase):
    """On a temporary database."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.database = sqlite3.connect(self.folder / "test.db", isolation_level=None)
        self.addCleanup(self.database.close)
        for command in ("PRAGMA page_size = 4096", "PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 4",
                        "CREATE TABLE job(id INTEGER PRIMARY KEY, text)"):
            self.database.execute(command)

    def write(self):
        self.database.execute("INSERT INTO job(text) VALUES ('x')")

    def test_each_page_of_a_transaction_counts_with_its_header(self):
        with WalWatch(self.folder) as wal:
            self.write()
            wal.mark()
            self.assertEqual(wal.octets(), 0)
            self.write()
            self.assertEqual(wal.octets(), 4096 + 24)

    def test_checkpoints_do_not_hide_what_was_written(self):
        with WalWatch(self.folder) as wal:
            self.write()
            wal.mark()
            for _ in range(50):
                self.write()
            self.assertEqual(wal.octets(), 50 * (4096 + 24))

    def test_nor_do_those_of_another_process(self):
        with WalWatch(self.folder) as wal:
            self.write()
            wal.mark()
            for _ in range(3):
                writer = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1], isolation_level=None)\n" \
                         "d.execute('PRAGMA wal_autocheckpoint = 4')\n" \
                         "for _ in range(20): d.execute(\"INSERT INTO job(text) VALUES ('x')\")"
                subprocess.run([sys.executable, "-c", writer, self.folder / "test.db"], check=True)
            self.assertEqual(wal.octets(), 60 * (4096 + 24))

    def test_a_wal_that_began_anew_is_an_error(self):
        wal = WalWatch(self.folder)
        self.addCleanup(wal.close_indexes)
        self.write()
        wal.mark()
        self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.write()
        with self.assertRaises(HarnessError):
            wal.octets()


if __name__ == "__main__":
    unittest.main()
