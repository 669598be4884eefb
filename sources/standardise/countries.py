"""Countries and their regions by name or code: ISO 3166-1 alpha-2; ISO 3166-2 where the code is of letters."""

from __future__ import annotations

from functools import cache, lru_cache

import pycountry

from sources.standardise.text import comparable

# Names that people write and ISO doesn't list: own names, names in big neighbours' languages, parts of the kingdom.
_ALSO = {
    "GB": "uk great_britain britain england scotland wales northern_ireland grossbritannien vereinigtes_konigreich "
    "royaume_uni reino_unido regno_unito",
    "US": "usa u_s_a united_states_of_america america etats_unis estados_unidos stati_uniti vereinigte_staaten",
    "DE": "deutschland allemagne alemania germania alemanha duitsland niemcy tyskland federal_republic_of_germany brd",
    "AT": "osterreich oesterreich autriche oostenrijk austria",
    "CH": "schweiz suisse svizzera svizra suiza zwitserland swiss",
    "FR": "frankreich francia frankrijk francja franca",
    "ES": "espana spanien espagne spagna spanje hiszpania espanha",
    "IT": "italia italien italie wlochy",
    "PT": "portogallo",
    "NL": "nederland niederlande pays_bas paises_bajos paesi_bassi holland the_netherlands holandia",
    "BE": "belgie belgique belgien belgica belgio",
    "LU": "luxemburg letzebuerg",
    "PL": "polska polen pologne polonia",
    "CZ": "czech_republic ceska_republika cesko tschechien tschechische_republik republica_checa",
    "SK": "slovensko slowakei",
    "HU": "magyarorszag ungarn",
    "RO": "rumanien roumanie rumania",
    "DK": "danmark danemark dinamarca",
    "SE": "sverige schweden suede suecia",
    "NO": "norge norwegen",
    "FI": "suomi finnland",
    "IE": "eire irland republic_of_ireland",
    "GR": "hellas ellada griechenland grecia",
    "TR": "turkiye turkei turkey turquie",
    "RU": "russia rossiya rossijskaya_federatsiya rossiyskaya_federatsiya russland",
    "UA": "ukraina",
    "BR": "brasil brasilien bresil",
    "MX": "mejico mexiko mexique",
    "JP": "japan nihon nippon riben japon",
    "CN": "prc zhongguo peoples_republic_of_china",
    "KR": "south_korea korea_south republic_of_korea hanguk daehanmingug",
    "KP": "north_korea",
    "TW": "taiwan",
    "VN": "vietnam",
    "IR": "iran",
    "SY": "syria",
    "LA": "laos",
    "BO": "bolivia",
    "VE": "venezuela",
    "TZ": "tanzania",
    "MD": "moldova",
    "CI": "ivory_coast cote_divoire",
    "CD": "dr_congo",
    "NZ": "aotearoa",
    "ZA": "suid_afrika",
    "AE": "uae emirates",
    "EG": "misr",
    "HR": "hrvatska kroatien",
    "RS": "srbija serbien",
    "SI": "slovenija slowenien",
    "BG": "balgariya bulgarien",
    "MK": "macedonia",
}


@cache
def _names() -> dict[str, str]:
    """Index every name and three-letter code of every country."""
    index = {}
    for country in pycountry.countries:
        for name in ("name", "official_name", "common_name", "alpha_3"):
            if found := getattr(country, name, None):
                index[comparable(found)] = str(country.alpha_2)
    for code, names in _ALSO.items():
        index.update((name.replace("_", " "), code) for name in names.split())
    return index


@cache
def _codes() -> frozenset[str]:
    return frozenset(str(country.alpha_2) for country in pycountry.countries)


@lru_cache(maxsize=1 << 12)
def country(cleaned: str | None) -> str | None:
    """Give the ISO 3166-1 alpha-2 code of a country's code or name in one of many languages, else None."""
    if not cleaned:
        return None
    code = cleaned.strip().upper()
    if code == "UK":
        return "GB"
    return code if code in _codes() else _names().get(comparable(cleaned))


@cache
def _regions() -> dict[tuple[str, str], str]:
    """Index the regions of the countries whose region codes are of letters (US-IL, AU-NSW, CA-ON, BR-SP, IT-MI)."""
    index = {}
    for region in pycountry.subdivisions:
        code = str(region.code).partition("-")[2]
        if code.isalpha():
            index[str(region.country_code), comparable(region.name)] = code.lower()
    return index


@lru_cache(maxsize=1 << 14)
def region(cleaned: str, of: str | None) -> str:
    """Give a region's letter code ("Illinois" of US: il), or its comparable name where it has none.

    Without a country, the names of US, Canadian and Australian states are known, for they don't collide.
    """
    name = comparable(cleaned)
    for place in (of,) if of else ("US", "CA", "AU"):
        if code := _regions().get((place, name)):
            return code
    return name


@cache
def region_codes(of: str) -> frozenset[str]:
    """Give the lower-case letter codes of a country's regions."""
    return frozenset(code for (place, _), code in _regions().items() if place == of)
