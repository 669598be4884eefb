"""OData V2: resource paths and ``$filter`` expressions, the latter translated to SQL over the stored JSON."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from apps.sandbox.sap.errors import ODataError
from apps.sandbox.sap.model import ALPHA, Entity, alpha

_TOKEN = re.compile(
    r"\s*(?:(?P<typed>(?:datetimeoffset|datetime|time|guid)'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?[mMlLdD]?)|(?P<name>[A-Za-z_][\w/]*)|(?P<sign>[(),]))"
)
_OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_LOOKUPS = {"BPIdentificationNumber": "identification", "AddressID": "address"}
"""Properties whose holders are looked up rather than searched for."""

_SEGMENT = re.compile(r"(?P<set>\w+)(?:\((?P<key>.*)\))?")
_KEY_PART = re.compile(r"\s*(?:(?P<name>\w+)\s*=\s*)?(?:datetime(?:offset)?)?'(?P<value>(?:[^']|'')*)'\s*(?:,|$)")


def parse_segment(segment: str) -> tuple[str, dict[str, str] | None]:
    """Split ``A_X('1')`` or ``A_X(K='1',L='2')`` into its set and its key; an unnamed key has the name "".

    Raises:
        ODataError: 400, it is neither.
    """
    match = _SEGMENT.fullmatch(unquote(segment))
    if match is None:
        raise ODataError(400, f"Malformed URI segment '{unquote(segment)}'")
    if match["key"] is None:
        return match["set"], None
    key, position = {}, 0
    while position < len(match["key"]):
        part = _KEY_PART.match(match["key"], position)
        if part is None:
            raise ODataError(400, f"Malformed key predicate in '{unquote(segment)}'")
        key[part["name"] or ""] = part["value"].replace("''", "'")
        position = part.end()
    return match["set"], key


def milliseconds(text: str) -> int:
    """Return a ``datetime``/``datetimeoffset`` literal's moment, UTC where it names no zone.

    Raises:
        ODataError: 400, it is no date.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ODataError(400, f"Invalid date literal '{text}'") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


@dataclass
class Condition:
    """A condition in SQL with its parameters."""

    sql: str
    parameters: list[object]


def column(entity: Entity, name: str, document: str) -> str:
    """Return the SQL for a property of the JSON document, empty where it is not stored.

    Raises:
        ODataError: 400, the type has no such property.
    """
    known = entity.properties.get(name)
    if known is None:
        raise ODataError(400, f"Property '{name}' not found in type '{entity.type}'", "/IWBEP/CM_MGW_RT/021")
    stored = f"json_extract({document}, '$.{name}')"
    if known.type == "n":
        return f"CAST({stored} AS REAL)"
    empty = known.empty
    return stored if empty is None else f"coalesce({stored}, {int(empty) if isinstance(empty, bool) else repr(empty)})"


class FilterParser:
    """Translates one ``$filter``: comparisons, and, or, not, parentheses, startswith, endswith, substringof."""

    def __init__(self, text: str, entity: Entity, document: str) -> None:
        self._entity = entity
        self._document = document
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise ODataError(400, f"Invalid token detected at position {position} of $filter")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        self._position = 0
        self._parameters: list[object] = []

    def condition(self) -> Condition:
        """Return the whole filter.

        Raises:
            ODataError: 400, the syntax or a property is wrong.
        """
        sql = self._or()
        if self._position < len(self._tokens):
            raise self._wrong()
        return Condition(sql, self._parameters)

    def _wrong(self) -> ODataError:
        return ODataError(400, f"Syntax error in $filter '{self._text}'")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._position] if self._position < len(self._tokens) else ("end", "")

    def _take(self, kind: str, value: str | None = None) -> str:
        found = self._peek()
        if found[0] != kind or (value is not None and found[1] != value):
            raise self._wrong()
        self._position += 1
        return found[1]

    def _accept(self, kind: str, value: str) -> bool:
        if self._peek() != (kind, value):
            return False
        self._position += 1
        return True

    def _or(self) -> str:
        parts = [self._and()]
        while self._accept("name", "or"):
            parts.append(self._and())
        return f"({' OR '.join(parts)})"

    def _and(self) -> str:
        parts = [self._not()]
        while self._accept("name", "and"):
            parts.append(self._not())
        return f"({' AND '.join(parts)})"

    def _not(self) -> str:
        if self._accept("name", "not"):
            return f"NOT {self._not()}"
        if self._accept("sign", "("):
            inner = self._or()
            self._take("sign", ")")
            return inner
        return self._comparison()

    def _comparison(self) -> str:
        name = self._take("name")
        if name in {"startswith", "endswith", "substringof"}:
            return self._function(name)
        operator = _OPERATORS.get(self._take("name"))
        if operator is None:
            raise self._wrong()
        kind, literal = self._peek()
        self._position += 1
        if name == "BusinessPartner" and kind == "text" and literal[1:-1].isdigit():
            self._parameters.append(int(literal[1:-1]))  # the row's own number, so that key comparisons are quick
            return f"t.id {operator} ?"
        sql = column(self._entity, name, self._document)
        if (kind, literal) == ("name", "null"):
            return f"{sql} IS {'NOT ' if operator == '<>' else ''}NULL"
        if name in ALPHA:
            sql = f"ltrim({sql}, '0')"
        self._parameters.append(self._value(name, kind, literal))
        condition = f"{sql} {operator} ?"
        if name in _LOOKUPS and operator == "=":
            self._parameters += [_LOOKUPS[name], self._parameters[-1]]
            kept = "SELECT id FROM lookup WHERE tbl = 'sap_partner' AND kind = ? AND value = ?"
            return f"({condition} AND t.id IN ({kept}))"
        return condition

    def _value(self, name: str, kind: str, literal: str) -> object:
        expected = self._entity.properties[name].type
        match kind:
            case "text" if expected == "string":
                text = literal[1:-1].replace("''", "'")
                return alpha(name, text).lstrip("0") if name in ALPHA else text
            case "typed" if literal.startswith("datetime") and expected in "do":
                return milliseconds(literal.split("'")[1])
            case "typed" if literal.startswith("time'") and expected == "t":
                return literal.split("'")[1]
            case "typed" if literal.startswith("guid") and expected == "string":
                return literal.split("'")[1].lower()
            case "number" if expected == "n":
                return float(literal.rstrip("mMlLdD"))
            case "name" if expected == "b" and literal in {"true", "false"}:
                return int(literal == "true")
        raise ODataError(400, f"Invalid literal {literal} for property '{name}' in $filter")

    def _function(self, name: str) -> str:
        self._take("sign", "(")
        if name == "substringof":
            literal = self._take("text")
            self._take("sign", ",")
            where = self._take("name")
        else:
            where = self._take("name")
            self._take("sign", ",")
            literal = self._take("text")
        self._take("sign", ")")
        if self._accept("name", "eq") and not self._accept("name", "true"):
            raise self._wrong()
        sql, text = column(self._entity, where, self._document), literal[1:-1].replace("''", "'")
        self._parameters.append(text)
        if name == "substringof":
            return f"instr({sql}, ?) > 0"
        self._parameters.append(text)
        at = "1, length(?)" if name == "startswith" else "-length(?)"
        return f"substr({sql}, {at}) = ?"
