"""What follows from several words is carried out together, in its turn."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from flows import following
from hub.errors import RejectedError, RetryableError


def test_whose_turn_does_not_come_is_seen_to_and_a_fault_is_one_jobs_alone() -> None:
    follower = following.Follower()
    at_it, go_on = threading.Event(), threading.Event()
    settled: list[list[list[int]]] = []

    def settle(jobs: Sequence[following.Job]) -> None:
        settled.append([list(job.records) for job in jobs])
        if len(settled) == 1:
            at_it.set()
            go_on.wait(10)
        if any(7 in job.records for job in jobs):
            raise RejectedError("not this one")

    first, good, bad = (following.Job([record], {}) for record in (1, 2, 7))
    threading.Thread(target=lambda: follower.carry_out(first, settle, patience=10)).start()
    at_it.wait(10)
    for job in (good, bad):
        with pytest.raises(RetryableError, match="just now"):
            follower.carry_out(job, settle, patience=0.01)
    go_on.set()
    assert all(job.done.wait(10) for job in (first, good, bad))
    assert settled == [[[1]], [[2], [7]], [[2]], [[7]]]
    assert isinstance(bad.fault, RejectedError)
    assert good.fault is first.fault is None
