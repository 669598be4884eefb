"""Whether something that is said of records contradicts what stands, and by which chain of decisions. Pure.

`same` is passed on: if A is B and B is C, then A is C. So two records contradict a `different` when any chain of `same`
joins them, however long, whoever said its parts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass

Group = tuple[int, ...]

SAID_NOW = 0
"""Stands for the statement that is being checked, in place of a decision's number (those begin at 1)."""


@dataclass(frozen=True)
class Chain:
    """Why a statement can't stand: `steps` (record, record, decision that made them the same) lead from one record to
    another that are `different` by the decision of that number."""

    steps: tuple[tuple[int, int, int], ...]
    different: int

    @property
    def ends(self) -> tuple[int, int]:
        """The two records that would be both the same and different."""
        return self.steps[0][0], self.steps[-1][1]

    def words(self, name: dict[int, str]) -> str:
        """Tell the chain, with the records by name: "A = B by #3, B = C by #7, so A and C cannot be different"."""
        told = ", ".join(f"{name[a]} = {name[b]} {_by(number)}" for a, b, number in self.steps)
        left, right = (name[record] for record in self.ends)
        if self.different == SAID_NOW:
            return f"{told}, so {left} and {right} cannot be different"
        return f"{told}, but {left} and {right} are different by #{self.different}"


def _by(number: int) -> str:
    return "as is said now" if number == SAID_NOW else f"by #{number}"


class Standing:
    """The decisions that stand, as far as they matter for a check."""

    def __init__(self) -> None:
        self._same: dict[int, Group] = {}
        self._different: dict[int, tuple[Group, Group]] = {}
        self._same_of: dict[int, set[int]] = {}
        self._different_of: dict[int, set[int]] = {}

    def add(self, number: int, kind: str, left: Collection[int], right: Collection[int]) -> None:
        """Let a decision stand; `unsure` ties nothing and parts nothing."""
        if kind == "same":
            self._same[number] = (*left, *right)
            for record in self._same[number]:
                self._same_of.setdefault(record, set()).add(number)
        elif kind == "different":
            self._different[number] = (tuple(left), tuple(right))
            for record in (*left, *right):
                self._different_of.setdefault(record, set()).add(number)

    def remove(self, number: int) -> None:
        """Let a decision stand no longer."""
        for record in self._same.pop(number, ()):
            self._same_of[record].discard(number)
        for side in self._different.pop(number, ()):
            for record in side:
                self._different_of[record].discard(number)

    def against(self, kind: str, left: Collection[int], right: Collection[int]) -> Chain | None:
        """Give the chain that a statement contradicts, the first in the order of decisions and records; None: none."""
        if kind == "different":
            found = self._path(left, set(right))
            return Chain(found, SAID_NOW) if found else None
        if kind != "same":
            return None
        self.add(SAID_NOW, kind, left, right)
        try:
            closure = self._reach(left or right)
            for number in sorted({n for record in closure for n in self._different_of.get(record, ())}):
                sides = [sorted(closure & set(side)) for side in self._different[number]]
                if all(sides):
                    return Chain(self._path(sides[0][:1], {sides[1][0]}), number)
            return None
        finally:
            self.remove(SAID_NOW)

    def _reach(self, start: Iterable[int]) -> set[int]:
        return set(self._walk(start, frozenset()))

    def _path(self, start: Collection[int], targets: Collection[int]) -> tuple[tuple[int, int, int], ...]:
        """Give a shortest chain of `same` from one of `start` to one of `targets`; empty where there is none."""
        came = self._walk(start, targets)
        met = min((target for target in targets if target in came), default=None)
        steps: list[tuple[int, int, int]] = []
        while met is not None and (step := came[met]) is not None:
            steps.append(step)
            met = step[0]
        return tuple(reversed(steps))

    def _walk(self, start: Iterable[int], targets: Collection[int]) -> dict[int, tuple[int, int, int] | None]:
        """Walk along `same` until a target is met; gives each record met with the step that led to it."""
        came: dict[int, tuple[int, int, int] | None] = dict.fromkeys(sorted(set(start)))
        waiting = deque(came)
        used: set[int] = set()
        while waiting:
            record = waiting.popleft()
            if record in targets:
                break
            for number in sorted(self._same_of.get(record, set()) - used):
                used.add(number)
                for other in sorted(self._same[number]):
                    if other not in came:
                        came[other] = (record, other, number)
                        waiting.append(other)
        return came
