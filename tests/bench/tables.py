"""Tables of what was measured, for a terminal, in Markdown and for programs."""

from dataclasses import dataclass, field

from rounds import Bound, Cost, Figure

NOTHING = "-"


@dataclass
class Row:
    """`measured` is {subject: Figure or Cost}; a subject that is not in it could not be measured."""

    what: str
    measured: dict
    bound: Bound = None


@dataclass
class Table:
    """The first subject is the one whose bounds are judged. With `compare` the second is an older build, and the
    row ends with the first over the second."""

    title: str
    subjects: list
    rows: list
    compare: bool = False
    notes: list = field(default_factory=list)

    def header(self):
        return ["", *self.subjects, *(["new/old"] if self.compare else []), "bound", ""]

    def cells(self, row):
        own = row.measured.get(self.subjects[0])
        cells = [row.what, *(cell(row.measured.get(subject)) for subject in self.subjects)]
        ratio = None
        if self.compare:
            ratio = ratio_of(own, row.measured.get(self.subjects[1]))
            cells.append(spread(ratio) if ratio else NOTHING)
        if row.bound and row.bound.against_older:
            own = Figure(ratio) if ratio else None
        return [*cells, row.bound.text(unit_of(own)) if row.bound and own else NOTHING, verdict(row, own)]

    def lines(self):
        return [self.header(), *(self.cells(row) for row in self.rows)]

    def text(self):
        lines = self.lines()
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        body = ["  ".join(value.ljust(width) for value, width in zip(line, widths)).rstrip() for line in lines]
        return "\n".join([self.title, "", *body, *self.notes, ""])

    def markdown(self):
        header, *lines = self.lines()
        lines = [["… " + line[0].strip() if line[0].startswith(" ") else line[0], *line[1:]] for line in lines]
        rows = [header, ["---"] * len(header), *lines]
        body = ["| " + " | ".join(value.strip() for value in line) + " |" for line in rows]
        return "\n".join([f"### {self.title}", "", *body, *(["", *self.notes] if self.notes else []), ""])

    def figures(self):
        """Each round's values, for programs."""
        return [{"row": row.what.strip(), **{subject: values_of(measured) for subject, measured in row.measured.items()}}
                for row in self.rows]


def number(value):
    """Three digits or more that say something, without exponents."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 1 else f"{value:.3f}"


def spread(series, unit=""):
    """The median and, where there is more than one round, the least and the most."""
    text = f"{number(series.median)} {unit}".rstrip()
    if len(series.values) == 1 or series.low == series.high:
        return text
    return f"{text} ({number(series.low)}..{number(series.high)})"


def unit_of(measured):
    return "ms" if isinstance(measured, Cost) else measured.unit


def cell(measured):
    if measured is None:
        return NOTHING
    if isinstance(measured, Cost):
        return f"{spread(measured.compared, 'R')}, {number(measured.ms.median)} ms"
    return spread(measured.series, measured.unit)


def ratio_of(new, old):
    return new.compared.ratio(old.compared) if new and old else None


def verdict(row, own):
    if not row.bound or not own:
        return ""
    held = "ok" if row.bound.holds(own) else "MISSED"
    if isinstance(own, Cost) and row.bound.r:
        return f"{held}: {spread(own.over(row.bound.r))} ms over {row.bound.r:g} R"
    return held


def values_of(measured):
    if isinstance(measured, Cost):
        return {"cpu_ms": list(measured.ms.values), "R_ms": list(measured.reference.values)}
    return {"values": list(measured.series.values), "unit": measured.unit}
