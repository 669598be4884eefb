"""The commands about held changes and the queue as a user runs them."""

from __future__ import annotations

from pathlib import Path

from tests.apps.cli.command import hub, hub_json
from tests.flows.files import PEOPLE, make_hub, write_people

THIRD = ("7", "Katharina", "Baumann", "k.baumann@posteo-demo.de", "030 9018201", "1971-04-02")


def test_a_held_change_from_the_queue_to_its_approval(folder: Path) -> None:
    settings = make_hub(folder)
    with settings.open("a") as file:
        file.write("release: {max_cluster_size: 2}\n")
    hub(folder, "sync")
    assert "Nothing is held." in hub(folder, "holds", "list")
    write_people(folder, [*PEOPLE, THIRD])
    hub(folder, "sync")
    queue = hub(folder, "review", "--kind", "held")
    assert "held: 1" in queue
    assert "one customer would have 3 records" in queue
    assert "hub holds show N" in queue
    assert "too large" in hub(folder, "holds", "list")
    [held] = hub_json(folder, "holds", "list")["holds"]
    number = str(held["hold_id"])
    shown = hub(folder, "holds", "show", number)
    assert f"hub holds approve {number} --reason" in shown
    assert "customer now" in shown
    assert "Carry it out with: hub resolve" in hub(folder, "holds", "approve", number, "--reason", "a family")
    assert "Approved by" in hub(folder, "holds", "show", number)
    assert "1 customer " not in hub(folder, "resolve"), "a record has joined a customer; none is new or gone"
    closed = hub(folder, "holds", "list", "--closed")
    assert "approved" in closed
    assert "hub holds approve" not in closed
    settled = hub(folder, "holds", "show", number)
    assert "it was approved by" in settled
    assert "customer then" in settled
    assert f"no open hold {number}" in hub(folder, "holds", "approve", number, "--reason", "again", code=1)


def test_a_file_that_can_not_be_written_is_no_fault_of_the_hub(folder: Path) -> None:
    make_hub(folder)
    assert "nowhere/decisions.csv: no such file" in hub(folder, "decisions", "export", "nowhere/decisions.csv", code=2)
    assert "no file nothing.csv" in hub(folder, "decisions", "import", "nothing.csv", code=2)
