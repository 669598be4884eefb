"""What values look like, whatever their column is called: shares of a column's distinct texts, from 0 to 1."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache

from sources.propose.sample import LOOK, Sampled
from sources.standardise import countries, emails, names, nicknames, organisations, phones, websites
from sources.standardise.dates import birth_date, order_in
from sources.standardise.text import comparable, table

_POSTCODE = re.compile(
    r"\d{4,6}|\d{5}-\d{3,4}|\d{3}[- ]?\d{4}|\d{2}-\d{3}|\d{3} \d{2}|\d{4}-\d{3}|\d{4} ?[A-Z]{2}|[A-Z]{1,2}-\d{4,5}"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[AC-Y]\d[\dW] ?[\dA-Z]{4}",
    re.IGNORECASE,
)
_HOUSE_NUMBER = re.compile(r"\d{1,5}\s?[a-zA-Z]?(?:\s?[-/]\s?\d{0,4}[a-zA-Z]?)?")
_LETTERS = re.compile(r"[^\W\d_]+(?:[ '’.\-]+[^\W\d_]+){0,4}\.?")
_ONE_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_NUMBER = re.compile(r"[+-]?[\d.,]+")
_TIME = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[T ]\d{1,2}:\d{2}.*|\d{1,2}:\d{2}(:\d{2})?")
_STREET = table(
    """
    street st road rd avenue ave av lane ln drive dr court ct place pl boulevard blvd way crescent circuit close
    terrace highway hwy square sq parkway rue calle via rua avenida strada ulica ul ulitsa straat laan weg plein
    allee gasse platz ring damm ufer chemin impasse carrera piazza corso viale praca travessa alameda trg gata
    gatan vagen vej gade vei gate katu tie utca ut box nabrezi trida sokak cadde caddesi mahallesi
    """
)
_STREET_END = re.compile(
    r"\w{2,}(?:strasse|str|straat|weg|gasse|platz|allee|gatan|vagen|vej|gade|veien|katu|tie|laan|plein|ring|damm)$"
)
_ORGANISATIONAL = table(
    """
    the of cafe grill restaurants bistro bar deli diner pizza kitchen inn steakhouse bakery pub house
    school church center centre services service association bank hotel restaurant university college hospital
    group solutions systems international foundation institute academy clinic pharmacy company industries holdings
    consulting partners agency ministry department council club society trust store shop market foods motors
    insurance logistics transport construction engineering technologies energy media studio verein schule klinik
    apotheke praxis stiftung handel bau versicherung banque ecole hopital pharmacie association banco escuela
    colegio hospital farmacia comercial servicos industria comercio scuola ospedale farmacia ltda mbh preschool
    headstart daycare ymca library museum
    """
)
_PERSON_TYPES = table(
    """
    person persons individual individuals b2c private privat privatkunde privatkunden privatperson consumer
    natural human fisica physique physical particulier particulares particular pf persona naturlich residential
    household osoba fizyczna fizicheskoe citizen individu privato consumatore 個人 个人 개인 partikulier privatni
    bireysel enskild hnwi
    """
) | {"natural person", "persona fisica", "pessoa fisica", "personne physique", "naturliche person", "private customer",
     "person account", "osoba fizyczna", "fizicheskoe litso", "privatkund"}  # fmt: skip
_ORGANISATION_TYPES = table(
    """
    organisation organization organisations organizations org company companies business businesses b2b corporate
    corporation firma firmen firmenkunde unternehmen geschaftskunde geschaftskunden entreprise empresa societe
    societa azienda juridica moral morale pj institution commercial enterprise government nonprofit ngo legal
    school yuridicheskoe firmy spolka bedrijf zakelijk foretag yritys kurumsal gewerblich gewerbe smb agency
    foundation
    """
) | {"legal entity", "persona juridica", "persona moral", "pessoa juridica", "personne morale", "juristische person",
     "business account", "business customer", "fa ren", "qi ye", "gongsi", "yuridicheskoe litso", "legal person",
     "non profit"}  # fmt: skip
_TITLES = names.TITLES


def share(column: Sampled, test: Callable[[str], object]) -> float:
    """Give the share of a column's distinct texts that pass."""
    return sum(1 for text in column.look if test(text)) / len(column.look) if column.look else 0.0


def weight(column: Sampled, test: Callable[[str], object]) -> float:
    """Give the share of a column's filled rows that pass: for columns of few words, where typos make many."""
    return sum(rows for text, rows in column.counts.most_common(LOOK) if test(text)) / max(1, column.filled)


def is_email(text: str) -> bool:
    """Tell an e-mail address."""
    return "@" in text and emails.email(text) is not None


def is_phone(text: str) -> bool:
    """Tell a text written as a phone number, bare digits of a likely length included."""
    return phones.looks_like(text) or (text.isdigit() and (7 <= len(text) <= 12))


def is_website(text: str) -> bool:
    """Tell a web address or domain."""
    return "." in text and websites.website(text) is not None


def is_date(text: str) -> bool:
    """Tell a day that someone can be born on, its order of day and month open."""
    return any(birth_date(text, declared) for declared in (None, "%d/%m/%Y", "%m/%d/%Y"))


def is_time(text: str) -> bool:
    """Tell a date with a time of day."""
    return bool(_TIME.fullmatch(text)) and not text.endswith(("00:00:00", "00:00"))


def is_postcode(text: str) -> bool:
    """Tell a text in the form of some country's postcodes."""
    return bool(_POSTCODE.fullmatch(text))


def is_house_number(text: str) -> bool:
    """Tell a short number, with a letter or range."""
    return bool(_HOUSE_NUMBER.fullmatch(text))


def is_letters(text: str) -> bool:
    """Tell one to five words of letters."""
    return bool(_LETTERS.fullmatch(text))


def is_word(text: str) -> bool:
    """Tell one word of letters."""
    return bool(_ONE_WORD.fullmatch(text))


def is_number(text: str) -> bool:
    """Tell a decimal number."""
    return bool(_NUMBER.fullmatch(text))


def is_boolean(text: str) -> bool:
    """Tell a yes or no."""
    return comparable(text) in {
        "true",
        "false",
        "yes",
        "no",
        "y",
        "n",
        "0",
        "1",
        "t",
        "f",
        "ja",
        "nein",
        "si",
        "oui",
        "non",
    }


def is_country(text: str) -> bool:
    """Tell a country's code or name."""
    return countries.country(text) is not None


def is_street(text: str) -> bool:
    """Tell a text with a word that streets have."""
    words = comparable(text).split()
    return len(words) > 1 and any(word in _STREET or _STREET_END.search(word) for word in words)


def is_street_with_number(text: str) -> bool:
    """Tell words with one number before or behind them."""
    words = comparable(text).split()
    numbers = [word for word in words if word[0].isdigit()]
    at_an_end = bool(words) and numbers in ([words[0]], [words[-1]])
    return 1 < len(words) <= 6 and at_an_end and any(word.isalpha() and len(word) > 2 for word in words)


@cache
def _given_names() -> frozenset[str]:
    return nicknames.known()


def is_given_name(text: str) -> bool:
    """Tell a name whose first word some table knows as a given name."""
    words = comparable(text).split()
    return bool(words) and words[0] in _given_names()


def is_person(text: str) -> bool:
    """Tell two to four words with a known given name at either end, or a title before them."""
    words = comparable(text).split()
    known = _given_names() | _TITLES
    return 2 <= len(words) <= 5 and (words[0] in known or words[-1] in known or ("," in text and words[1] in known))


def is_organisation(text: str) -> bool:
    """Tell a name with a legal form or a word that organisations have."""
    return bool(organisations.legal_form_within(text)) or bool(_ORGANISATIONAL.intersection(comparable(text).split()))


def is_gender(text: str) -> bool:
    """Tell a word for a gender, or for keeping it back."""
    found = names.gender(text)
    return found is None or found in ("m", "f", "x")


def is_title(text: str) -> bool:
    """Tell a form of address before a name."""
    return comparable(text).split()[:1] != [] and comparable(text).split()[0] in _TITLES


def entity_types(column: Sampled) -> dict[str, str]:
    """Give which of a column's values mean person and which organisation."""
    found = {}
    for text in column.counts:
        word = comparable(text)
        singular = word.removesuffix("s")
        if word in _PERSON_TYPES or singular in _PERSON_TYPES:
            found[text] = "person"
        elif word in _ORGANISATION_TYPES or singular in _ORGANISATION_TYPES:
            found[text] = "organisation"
    return found


def date_order(column: Sampled) -> str | None:
    """Give the strptime format of days in numbers whose order only the whole column tells, else None.

    Days that are written otherwise ("1971-06-24" among them) are read as they are.
    """
    numeric = [text for text in column.look if re.fullmatch(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}(?:[T ].*)?", text)]
    order = order_in(numeric) if len(numeric) * 20 >= len(column.look) else None
    if not order:
        return None
    forms = Counter((re.sub(r"\d", "", text)[0], bool(re.match(r"\d+\D\d+\D\d{4}", text))) for text in numeric)
    (separator, four), _ = forms.most_common(1)[0]
    year = "%Y" if four else "%y"
    first, second = ("%d", "%m") if order == "day" else ("%m", "%d")
    return f"{first}{separator}{second}{separator}{year}"
