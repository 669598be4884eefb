"""Why a value is golden or is not: the names of rules and origins (docs/survivorship.md) as people say them."""

from __future__ import annotations

_WORDS: dict[str, tuple[str, str]] = {
    "most_recent": ("the newest", "another is newer"),
    "oldest": ("the oldest", "another is older"),
    "most_frequent": ("most systems say so", "more systems say otherwise"),
    "longest": ("the longest", "another is longer"),
    "most_complete": ("the most complete", "another is more complete"),
    "max": ("the highest", "another is higher"),
    "min": ("the lowest", "another is lower"),
    "validated_first": ("surely valid", "another is more surely valid"),
    "unanimous": ("all agree", "not all agree"),
    "source_priority": ("its system ranks first", "its system ranks lower"),
    "trust": ("its system is trusted most", "its system is trusted less"),
    "confidence": ("most surely right, by all that say it", "less surely right"),
    "only_value": ("no other value", "no other value"),
    "agreed": ("all records agree", "says the same"),
    "usable": ("the others can't be compared", "it can't be compared"),
    "union": ("kept beside the first", "kept beside the first"),
    "limit": ("among as many as are kept", "more values than are kept"),
    "pinned": ("pinned by a person", "a person pinned another"),
    "excluded": ("excluded by a person", "excluded by a person"),
    "condition": ("by a condition in hub.yaml", "a condition in hub.yaml leaves it out"),
    "unlisted": ("its system is listed", "its system does not count here"),
    "floor": ("sure enough", "not valid or sure enough"),
    "follow": ("goes with another attribute", "not of the record that is followed"),
    "empty": ("said to be none", "a record says that there is none"),
    "deleted": ("its record is there", "its record was deleted in its system"),
    "derived": ("made of other golden values", "one made of other golden values stands instead"),
    "constant": ("set in hub.yaml", "hub.yaml sets another"),
    "tie_break": ("a tie, broken by a fixed order", "a tie, broken by a fixed order"),
    "modified_at": ("changed last", "a tie: another changed later"),
    "record": ("by the record's name", "a tie, broken by the record's name"),
}
"""Name -> of a winner, of a contribution that lost."""

_BARRED = {"excluded", "condition", "unlisted", "floor", "follow", "deleted", "derived", "constant", "usable"}
"""Words of contributions that did not compete."""


def won(rule: str, tie_break: str | None = None) -> str:
    """Say why a value is golden; a rule that has no words of its own by its name."""
    words = _WORDS.get(rule, (rule.replace("_", " "), ""))[0]
    return f"{words} ({_WORDS.get(tie_break, (tie_break, ''))[0]})" if tie_break else words


def lost(rule: str) -> str:
    """Say why a contribution is not golden."""
    return _WORDS.get(rule, ("", f"behind by {rule.replace('_', ' ')}"))[1]


def barred(rule: str) -> bool:
    """Say whether a contribution that lost so did not compete at all."""
    return rule in _BARRED
