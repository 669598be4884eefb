"""What is hashed and stored of a record is the canonical JSON of its attributes, whatever they hold."""

from __future__ import annotations

import gc
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from hub.collector import no_collecting
from hub.records import RecordKey, SourceRecord, Value, attributes_text, attributes_to_json, canonical_json

_TEXT = st.text(st.characters(), max_size=8)
_PART = _TEXT | st.dictionaries(_TEXT, _TEXT, max_size=3)
_ATTRIBUTES = st.dictionaries(_TEXT, st.lists(st.builds(Value, _PART, st.none() | _PART), max_size=3), max_size=4)


@given(_ATTRIBUTES)
def test_text_of_attributes_is_their_canonical_json(attributes: dict[str, list[Value]]) -> None:
    assert attributes_text(attributes) == canonical_json(attributes_to_json(attributes))


@given(_ATTRIBUTES)
def test_hash_is_that_of_type_and_attributes_as_canonical_json(attributes: dict[str, list[Value]]) -> None:
    text = canonical_json(["person", attributes_to_json(attributes)])
    record = SourceRecord(RecordKey("a", "b", "1"), "person", attributes)
    assert record.content_hash == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def test_collector_is_let_go_by_the_last_block_alone() -> None:
    first, second = no_collecting(), no_collecting()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()
