"""Figures that were taken round by round: their median and spread, as multiples of R, beside another build's, and
whether a bound holds. Nothing here measures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """One figure for each round, in the order of the rounds."""

    values: tuple

    def __post_init__(self):
        if not self.values:
            raise ValueError("a series without a round")

    @property
    def median(self):
        ordered = sorted(self.values)
        middle = len(ordered) // 2
        return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2

    @property
    def low(self):
        return min(self.values)

    @property
    def high(self):
        return max(self.values)

    def paired(self, other, combine):
        """combine(own, other) of each round. Two series of one run have as many rounds."""
        if len(self.values) != len(other.values):
            raise ValueError(f"{len(self.values)} rounds beside {len(other.values)}")
        return Series(tuple(combine(own, beside) for own, beside in zip(self.values, other.values)))

    def ratio(self, other):
        """This over the other, round by round; None where the other has a 0, to which nothing is a ratio."""
        if 0 in other.values:
            return None
        return self.paired(other, lambda own, beside: own / beside)


@dataclass(frozen=True)
class Figure:
    """A figure that is not CPU time: memory, octets, counts, times by the clock."""

    series: Series
    unit: str = ""

    @property
    def compared(self):
        return self.series


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds of a piece of work, and the R of the same round."""

    ms: Series
    reference: Series

    @property
    def compared(self):
        """As multiples of R: two rounds of a machine whose speed changes compare only so."""
        return self.ms.ratio(self.reference)

    def over(self, multiples):
        """Milliseconds beyond so many R."""
        return self.ms.paired(self.reference, lambda ms, r: ms - multiples * r)


@dataclass(frozen=True)
class Bound:
    """The limit of a figure: a cost at most `r` times R and `most` ms more, a figure at most or at least so
    much. The median of the rounds is judged; `each_round`: the worst of them, as with answers that failed.
    `against_older`: the limit of the figure over that of the older build."""

    most: float = None
    least: float = None
    r: float = 0
    each_round: bool = False
    against_older: bool = False

    def text(self, unit):
        if self.against_older:
            return f"new/old <= {self.most:g}"
        if self.least is not None:
            return f">= {self.least:g} {unit}".rstrip()
        multiples = f"{self.r:g} R + " if self.r else ""
        return f"<= {multiples}{self.most:g} {unit}".rstrip()

    def holds(self, measured):
        series = measured.over(self.r) if isinstance(measured, Cost) else measured.series
        if self.least is not None:
            return (series.low if self.each_round else series.median) >= self.least
        return (series.high if self.each_round else series.median) <= self.most


class Measured:
    """Collects figures by name and by subject, which is a build or a server of others, while the rounds go on."""

    def __init__(self):
        self.taken = {}

    def add(self, name, subject, value, unit=""):
        self.taken.setdefault(name, {}).setdefault(subject, []).append((value, unit))

    def add_cost(self, name, subject, ms, reference):
        self.taken.setdefault(name, {}).setdefault(subject, []).append((ms, Reference(reference)))

    def of(self, name):
        """{subject: Figure or Cost}, as it was added."""
        return {subject: self.made_of(samples) for subject, samples in self.taken.get(name, {}).items()}

    @staticmethod
    def made_of(samples):
        series = Series(tuple(value for value, _ in samples))
        kind = samples[0][1]
        if isinstance(kind, Reference):
            return Cost(series, Series(tuple(reference.ms for _, reference in samples)))
        return Figure(series, kind)


@dataclass(frozen=True)
class Reference:
    """R of one round, in ms."""

    ms: float


def turns(subjects, number):
    """The subjects in the order of this round: every other one is the other way round, so that what a machine does
    over time falls on all alike."""
    return list(subjects) if number % 2 == 0 else list(reversed(subjects))
