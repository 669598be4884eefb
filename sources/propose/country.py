"""The country that a file's phones and addresses are of where they name none, if the file shows it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import phonenumbers

from sources.propose.assign import Assigned
from sources.propose.headers import words_of
from sources.propose.roles import region_country
from sources.standardise import countries
from sources.standardise.text import table

_ENOUGH = 3.0

# Words in headers -> countries that use them, for what a word alone is worth.
_WORDS = {
    word: tuple(entry.partition("=")[2].split("+"))
    for entry in table(
        """
        zip,zipcode=US plz,postleitzahl=DE+AT+CH strasse,hausnummer,nachname,vorname=DE+AT+CH anrede=DE+AT
        bundesland=DE+AT kanton=CH postcode=GB+AU+NZ+NL suburb=AU+NZ county=GB+IE+US eircode=IE nino,nhs=GB
        ssn=US ein=US aadhaar,pincode,gstin=IN prenom,courriel,ville=FR siret,siren=FR apellido,apellidos=ES+MX
        dni,nif=ES cif=ES rfc,curp,colonia=MX cuit=AR rut=CL cognome,citta,indirizzo=IT cap=IT piva=IT
        cep,cpf,cnpj=BR endereco=BR+PT morada,telemovel,concelho=PT achternaam,voornaam,woonplaats,straat=NL+BE
        kvk,bsn=NL nazwisko,imie,ulica,kod=PL pesel,nip=PL prijmeni,jmeno=CZ familiya,imya=RU snils,inn=RU
        fornavn,etternavn=NO efternavn=DK efternamn,fornamn=SE personnummer=SE sukunimi=FI soyad=TR
        youbianfanhao,zhusuo=JP youbian,shouji=CN abn,tfn=AU sin=CA vezeteknev=HU
        """
    )
    for word in entry.partition("=")[0].split(",")
}
_POSTCODES = {
    place: pattern
    for pattern, places in {
        r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}": "GB",
        r"[A-Z]\d[A-Z] ?\d[A-Z]\d": "CA",
        r"[AC-Y]\d[\dW] ?[\dA-Z]{4}": "IE",
        r"\d{4} ?[A-Z]{2}": "NL",
        r"\d{2}-\d{3}": "PL",
        r"\d{4}-\d{3}": "PT",
        r"\d{5}-\d{3}": "BR",
        r"\d{3}-\d{4}": "JP",
        r"\d{3} ?\d{2}": "SE CZ",
        r"\d{4,5}(-\d{4})?": "US DE FR ES IT MX FI TR",  # a spreadsheet may have eaten a leading zero
        r"\d{4}": "AU AT CH BE DK NO NZ HU",
        r"\d{6}": "IN RU CN",
    }.items()
    for place in places.split()
}
_WORLDWIDE = frozenset(("co", "io", "me", "tv", "ai", "eu", "cc"))
_TELLING = frozenset(("GB", "CA", "NL", "PL", "PT", "BR", "JP", "IE"))


def guess(found: list[Assigned]) -> tuple[str, str] | None:
    """Give the country and what speaks for it; None where too little does, or two countries stand level."""
    score: dict[str, float] = defaultdict(float)
    why: dict[str, list[str]] = {}

    def add(place: str, points: float, reason: str) -> None:
        score[place] += points
        if reason not in why.setdefault(place, []):
            why[place].append(reason)

    for one in found:
        for place in {place for word in words_of(one.column.name) for place in _WORDS.get(word, ())}:
            add(place, 1.0, "words in the header")
        if one.role == "address.country" and (mostly := _top_country(one)):
            add(mostly, 4.0, f"'{one.column.name}' mostly says so")
        if one.role == "address.region" and (home := region_country(one.column)):
            add(home, 3.0, f"the regions in '{one.column.name}'")
        if one.role in ("email", "website"):
            for place, part in _domains(one).items():
                add(place, 2.0 if part >= 0.3 else 1.0, "domains of e-mail addresses and sites")
        if one.role.startswith("phone"):
            for place in _calling(one):
                add(place, 3.0, f"the international numbers in '{one.column.name}'")
    for one in found:
        if one.role == "address.postcode":
            for place, pattern in _POSTCODES.items():
                fit = _share(one, pattern)
                if fit >= 0.8 and (place in _TELLING or score[place]):
                    add(place, 3.0 if place in _TELLING else 1.0, "the form of the postcodes")
                elif fit < 0.3:
                    score[place] -= 2.0
        if one.role.startswith("phone"):
            for place in [place for place, points in list(score.items()) if points > 0]:
                if _valid(one, place) >= 0.7:
                    add(place, 2.0, f"the numbers in '{one.column.name}' are valid there")
    best = sorted(score.items(), key=lambda item: (-item[1], item[0]))[:2]
    if not best or best[0][1] < _ENOUGH or (len(best) > 1 and best[0][1] - best[1][1] < 1.0):
        return None
    return best[0][0], ", ".join(why[best[0][0]])


def _share(one: Assigned, pattern: str) -> float:
    look = one.column.look
    return sum(1 for text in look if re.fullmatch(pattern, text, re.IGNORECASE)) / len(look) if look else 0.0


def _top_country(one: Assigned) -> str | None:
    counts: Counter[str] = Counter()
    for text, rows in one.column.counts.items():
        counts[countries.country(text) or ""] += rows
    place, rows = counts.most_common(1)[0]
    return place if place and rows >= 0.5 * one.column.filled else None


def _domains(one: Assigned) -> dict[str, float]:
    """Give the countries whose domains at least a tenth of the addresses end with."""
    ends = Counter(
        text.lower().rstrip("/").rpartition("@")[2].split("/")[0].rpartition(".")[2] for text in one.column.look
    )
    whole = ends.total() or 1
    return {
        place: rows / whole
        for end, rows in ends.items()
        if len(end) == 2 and end not in _WORLDWIDE and rows >= 0.1 * whole and (place := countries.country(end))
    }


def _calling(one: Assigned) -> list[str]:
    """Give the country that half of the international numbers belong to, if a fifth of all are international."""
    counts: Counter[str] = Counter()
    written = [text for text in one.column.look if text.startswith(("+", "00"))][:200]
    for text in written:
        try:
            number = phonenumbers.parse("+" + text.lstrip("+0"), None)
        except phonenumbers.NumberParseException:
            continue
        place = phonenumbers.region_code_for_number(number)
        counts[place or phonenumbers.region_code_for_country_code(number.country_code or 0)] += 1
    if len(written) < 0.2 * min(len(one.column.look), 200) or not counts:
        return []
    place, rows = counts.most_common(1)[0]
    return [place] if rows >= 0.5 * counts.total() and len(place) == 2 and place != "ZZ" else []


def _valid(one: Assigned, place: str) -> float:
    """Give the share of national numbers that are valid in a country; bare ones that miss an area code don't count."""
    long = [text for text in one.column.look if sum(map(str.isdigit, text)) >= 8]
    national = [text for text in long if not text.startswith("+")][:100]
    valid = 0
    for text in national:
        try:
            valid += phonenumbers.is_valid_number(phonenumbers.parse(text, place))
        except phonenumbers.NumberParseException:
            continue
    return valid / len(national) if national else 0.0
