"""Persons of any number, seeded and repeatable: a CSV as a shop would deliver it, and the truth beside it.

All of it is DuckDB SQL over a range of numbers: each choice is a hash of the row's number, the name of the choice and
the seed, so the same call gives the same bytes whatever the number of threads, and a million rows take seconds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from hub import duck

CHANGES = 1_000
_ORIGINALS = 0.7  # the others are further records of the same persons

# Each with its short form, if it has one.
_GIVEN = (
    "James:Jim Robert:Bob John:Jack Michael:Mike William:Bill David:Dave Richard:Rick Joseph:Joe Thomas:Tom "
    "Christopher:Chris Charles:Charlie Daniel:Dan Matthew:Matt Anthony:Tony Mark Donald:Don Steven:Steve Andrew:Andy "
    "Paul Joshua:Josh Kenneth:Ken Kevin Brian George Timothy:Tim Ronald:Ron Jason Edward:Ed Jeffrey:Jeff Ryan "
    "Jacob:Jake Nicholas:Nick Gary Eric Jonathan:Jon Stephen:Steve Larry Justin Scott Brandon Benjamin:Ben "
    "Samuel:Sam Gregory:Greg Alexander:Alex Patrick:Pat Frank Raymond:Ray Jack Dennis Jerry Tyler "
    "Mary Patricia:Pat Jennifer:Jen Linda Elizabeth:Liz Barbara:Barb Susan:Sue Jessica:Jess Sarah:Sally Karen Lisa "
    "Nancy Betty Margaret:Peggy Sandra:Sandy Ashley Kimberly:Kim Emily Donna Michelle Carol Amanda:Mandy Dorothy:Dot "
    "Melissa Deborah:Debbie Stephanie:Steph Rebecca:Becky Sharon Laura Cynthia:Cindy Kathleen:Kathy Amy Angela:Angie "
    "Shirley Anna Brenda Pamela:Pam Emma Nicole:Nikki Helen Samantha:Sam Katherine:Kate Christine:Chris Debra:Deb "
    "Rachel Carolyn Janet Catherine:Cathy Maria Heather Diane Ruth Julie Olivia Joyce Virginia:Ginny Victoria:Vicky"
)
_FAMILY = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson "
    "Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson "
    "Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell"
)
_HEAD = (
    "Al An Ash Bar Ben Black Bram Bran Bur Cal Car Chal Clay Cob Cran Dal Dar Den Dun East Ed El Fair Fal Fen Gar Gil "
    "Glen Gran Hal Ham Har Hol Kel Kin Lan Lin Mal Mar Mer Mil Nor Oak Pem Pres Ral Red Ros San Shel Stan Tal Ver Wil"
)
_MIDDLE = "a be de e er i in le ling o on ring s ter ti wi"
_TAIL = (
    "berg bridge brook burn bury by combe cott croft dale den don field ford gate grove ham hart hill hurst land ley "
    "low man mere mond more ridge sby shaw stead stein stock ston ton vale well wick wood worth"
)
_AREAS = "202 206 212 213 214 215 303 305 312 313 314 404 408 412 415 503 504 512 602 612 617 619 702 713 718 801 901"
_ROADS = "Street Avenue Road Lane Drive Court Boulevard"
_MAIL = "gmail.com yahoo.com hotmail.com outlook.com icloud.com aol.com comcast.net"


def _list(words: str) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words.split()) + "]"


def _macros(seed: int) -> str:
    """Write the building blocks: `n` draws a whole number, `chance` decides, `pick` chooses evenly from a list."""
    return f"""
    CREATE MACRO n(i, what, many) AS (hash(i, what, {seed}) % many)::BIGINT;
    CREATE MACRO chance(i, what, share) AS n(i, what, 10000) < share * 10000;
    CREATE MACRO pick(i, what, words) AS words[n(i, what, len(words)) + 1];
    CREATE MACRO coined(i, what) AS
        pick(i, what || '1', {_list(_HEAD)}) || pick(i, what || '2', {_list(_MIDDLE)})
        || pick(i, what || '3', {_list(_TAIL)});
    -- Common words are far more common than others: the square of an even draw.
    CREATE MACRO common(i, what, words) AS words[(pow(n(i, what, 10000) / 10000.0, 2) * len(words))::INT
        % len(words) + 1];
    CREATE MACRO slip(s, h) AS CASE
        WHEN length(s) < 3 THEN s
        WHEN h % 3 = 0 THEN left(s, 1 + (h // 3) % (length(s) - 1)) || substr(s, 3 + (h // 3) % (length(s) - 1))
        WHEN h % 3 = 1 THEN left(s, 1 + (h // 3) % (length(s) - 1)) || substr(s, 1 + (h // 3) % (length(s) - 1))
        ELSE left(s, (h // 3) % (length(s) - 1)) || substr(s, 2 + (h // 3) % (length(s) - 1), 1)
            || substr(s, 1 + (h // 3) % (length(s) - 1), 1) || substr(s, 3 + (h // 3) % (length(s) - 1))
        END;
    CREATE MACRO street_of(i) AS
        (1 + n(i, 'house', 900)) || ' ' || coined(n(i, 'street', 40000), 'street') || ' ' || pick(i, 'road',
        {_list(_ROADS)});
    CREATE MACRO phone_of(i) AS pick(i, 'area', {_list(_AREAS)}) || '-' || (220 + n(i, 'exchange', 690))
        || '-' || lpad(n(i, 'line', 10000)::VARCHAR, 4, '0');
    """


_PERSON = f"""
    CREATE TABLE person AS
    WITH numbered AS (
        SELECT i, CASE WHEN i > 0 AND chance(i, 'household', 0.2) THEN i - 1 ELSE i END AS home
        FROM range(CAST(? AS BIGINT)) t(i)
    )
    SELECT i AS person, home,
        common(i, 'given', {_list(_GIVEN)}) AS names,
        CASE WHEN chance(i, 'tail', 0.25) THEN coined(n(i, 'rare', 6000), 'given') END AS rare,
        coalesce(CASE WHEN chance(home, 'common', 0.3) THEN common(home, 'family', {_list(_FAMILY)}) END,
            coined(n(home, 'name', 200000), 'family')) AS family,
        DATE '1935-01-01' + n(i, 'born', 25500)::INT AS born,
        phone_of(CASE WHEN chance(i, 'shared', 0.3) THEN home ELSE i END) AS phone
    FROM numbered
"""

# A record keeps what its person has, but for what was entered wrongly, left out, or has changed since.
_RECORD = f"""
    CREATE TABLE record AS
    WITH drawn AS (
        SELECT i, CASE WHEN i < $persons THEN i ELSE n(i, 'whose', $persons) END AS person,
            i >= $persons AS later
        FROM range(CAST($first AS BIGINT), CAST($end AS BIGINT)) t(i)
    ), lived AS (
        SELECT d.i, d.later, p.*,
            CASE WHEN later AND chance(i, 'moved', 0.2) THEN i + 7000000000 ELSE home END AS place,
            split_part(names, ':', 1) AS full_given, nullif(split_part(names, ':', 2), '') AS short
        FROM drawn d JOIN person p USING (person)
    ), said AS (
        SELECT *,
            coalesce(rare, CASE WHEN later AND chance(i, 'short', 0.15) THEN short END, full_given) AS given,
            lower(coalesce(rare, full_given)) || pick(person, 'dot', ['.', '_', ''])
                || lower(family) || CASE WHEN chance(person, 'digits', 0.7) THEN n(person, 'digits', 99)::VARCHAR
                ELSE '' END || '@' || common(person, 'mail', {_list(_MAIL)}) AS mail
        FROM lived
    )
    SELECT 'C' || lpad(i::VARCHAR, 8, '0') AS id,
        CASE WHEN later AND chance(i, 'slip given', 0.06) THEN slip(given, n(i, 'slip', 3000)) ELSE given END AS first,
        CASE WHEN later AND chance(i, 'slip family', 0.06) THEN slip(family, n(i, 'slip2', 3000))
             WHEN later AND chance(i, 'married', 0.02) THEN coined(n(i, 'name', 200000), 'family')
             ELSE family END AS last,
        CASE WHEN chance(i, 'no date', 0.08) THEN NULL
             WHEN later AND chance(i, 'slip date', 0.03) THEN born + 1
             WHEN later AND chance(i, 'slip year', 0.02) THEN born + 3652
             ELSE born END AS born,
        CASE WHEN chance(i, 'no mail', 0.25) THEN NULL
             WHEN later AND chance(i, 'other mail', 0.2) THEN lower(family) || n(i, 'other', 100000) || '@gmail.com'
             WHEN later AND chance(i, 'slip mail', 0.04) THEN slip(mail, n(i, 'slip3', 3000))
             ELSE mail END AS email,
        CASE WHEN chance(i, 'no phone', 0.25) THEN NULL
             WHEN later AND chance(i, 'other phone', 0.25) THEN phone_of(i + 5000000000)
             ELSE phone END AS phone,
        CASE WHEN chance(i, 'no address', 0.1) THEN NULL
             WHEN later AND chance(i, 'slip street', 0.06) THEN slip(street_of(place), n(i, 'slip4', 3000))
             ELSE street_of(place) END AS street,
        CASE WHEN chance(i, 'no address', 0.1) THEN NULL
             ELSE lpad((501 + n(place, 'zip', 9000) * 11)::VARCHAR, 5, '0') END AS zip,
        CASE WHEN chance(i, 'no address', 0.1) THEN NULL ELSE coined(n(place, 'zip', 9000), 'city') END AS city,
        TIMESTAMP '2024-01-01' + to_seconds(n(i, 'changed', 30000000)) AS changed,
        person
    FROM said ORDER BY i
"""

# What 1,000 customers tell the shop on one day: a new address, a new phone, a date put right.
_CHANGED = """
    SELECT id, first, last, coalesce(born, DATE '1970-01-01' + n(id, 'born', 9000)::INT) AS born, email,
        phone_of(hash(id) % 1000000000 + 9000000000) AS phone,
        CASE WHEN chance(id, 'moves', 0.5) THEN street_of(hash(id)) ELSE street END AS street, zip, city,
        TIMESTAMP '2025-06-01' AS changed
    FROM record ORDER BY hash(id, 'chosen') LIMIT $changes
"""


def write(folder: Path, rows: int, *, seed: int = 1, changes: int = CHANGES) -> None:
    """Write `deliveries/first.csv` with `rows` persons, `truth.parquet`, and `changes.csv` with some of them changed.

    Truth has the columns source_id and entity.
    """
    (folder / "deliveries").mkdir(parents=True, exist_ok=True)
    persons = max(int(rows * _ORIGINALS), 1)
    with duck.connect() as con:
        con.execute(_macros(seed)).fetchall()
        con.execute(_PERSON, [persons]).fetchall()
        con.execute(_RECORD, {"persons": persons, "first": 0, "end": rows}).fetchall()
        _csv(con, "SELECT * EXCLUDE person FROM record", folder / "deliveries" / "first.csv")
        con.execute(f"CREATE TABLE change AS {_CHANGED.replace('$changes', str(min(changes, rows)))}").fetchall()
        _csv(con, "FROM change", folder / "changes.csv")
        con.execute(f"COPY (SELECT id AS source_id, person AS entity FROM record) TO '{folder}/truth.parquet'")


def _csv(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    con.execute(f"COPY ({query}) TO '{path}' (HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S')").fetchall()


def main(arguments: list[str] | None = None) -> None:
    """Write persons into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    write(given.folder, given.rows, seed=given.seed)


if __name__ == "__main__":
    main()
