"""Streets: abbreviations written out, house number and unit taken apart, in the orders of several countries."""

from __future__ import annotations

import re
from functools import lru_cache

from sources.standardise.text import clean, comparable, table

# A word -> what it stands for. Where languages give one abbreviation several meanings, the words meet in one of them.
_WORDS = dict(
    pair.split("=")
    for pair in table(
        """
    rd=road ave=avenue av=avenue aven=avenue avda=avenue avd=avenue avenida=avenue blvd=boulevard boul=boulevard
    bvd=boulevard bd=boulevard bl=boulevard bulevar=boulevard dr=drive drv=drive ln=lane ct=court crt=court
    pl=place sq=square ter=terrace terr=terrace tce=terrace pkwy=parkway pky=parkway cir=circle circ=circuit
    cct=circuit crct=circuit cres=crescent cr=crescent crs=crescent cl=close gr=grove gdns=gardens gdn=garden
    hwy=highway fwy=freeway expy=expressway xing=crossing plz=plaza pza=plaza pde=parade esp=esplanade
    bvld=boulevard trl=trail wy=way lp=loop mt=mount ft=fort hts=heights vlg=village rte=route pt=point
    ctr=center centre=center bldg=building rdg=ridge brg=bridge mws=mews est=estate str=strasse strasze=strasse
    pltz=platz chem=chemin ch=chemin imp=impasse all=allee fbg=faubourg fg=faubourg res=residence c=calle
    cra=carrera crra=carrera ctra=carretera pso=paseo ps=paseo urb=urbanizacion pol=poligono v=via vle=viale
    pzza=piazza lgo=largo cso=corso vlo=vicolo r=rua tv=travessa trav=travessa al=aleja rod=rodovia pca=praca
    ul=ulica os=osiedle nam=namesti tr=trida nabr=nabrezi nth=north sth=south nrth=north
    """
    )
)
_ENDS = re.compile(r"(?<=[a-z]{2})(str|strasze)$")
_DIRECTIONS = {
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
    "ne": "northeast",
    "nw": "northwest",
    "se": "southeast",
    "sw": "southwest",
}

_RANGE = r"(?:\s?(?:bis|ter|quater)\b)?(?:\s?[-/+–]\s?\d{0,5}(?:[a-z](?![a-z.]))?)?"
_NUMBER_WORD = r"(?:(?:no|nr|num|numero|n|n[o°º]|№|#)[.:]?\s?)?"
# Before the street a letter belongs to the number only if it touches it: "2929 W 19th St" is number 2929.
_LEADING = re.compile(
    rf"{_NUMBER_WORD}(?P<number>\d{{1,6}}(?:[a-z](?![a-z.'\u2019]))?{_RANGE})(?:,\s*|\s+)(?P<street>(?=\S*[^\W\d]).{{2,}})",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    rf"(?P<street>.*?[^\W\d].*?)[,\s]\s*{_NUMBER_WORD}(?P<number>\d{{1,6}}(?:\s?[a-z](?![a-z.'\u2019]))?{_RANGE})",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"[,\s]+(?P<unit>(?:(?:apt|apartment|apto|app|appt|unit|suite|ste|flat|floor|fl|room|rm|piso|planta|esc|puerta|top|"
    r"wohnung|whg|etage|lok|m|lgh|int|interno|scala|dpto|depto|bloco|sala|kv|of|oficina)\b\.?\s*[#:]?\s*|#\s*)(?=[\w-]*\d|[a-z]\b)[\w-]+.*"
    r"|\d{1,2}\s?[ºª°].*)$",
    re.IGNORECASE,
)
_NUMBERLESS = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|box|postfach|apartado|casilla|bp|highway|hwy|route|rte|rt|interstate|rr|lot|km|road)$",
    re.IGNORECASE,
)
_NUMBER_LAST = table(
    """
    DE AT CH LI NL BE IT ES PT PL CZ SK HU HR SI RS BA RO BG GR SE NO DK FI IS EE LV LT RU UA BY TR MX BR AR CL
    CO PE UY PY BO EC VE IL
    """
)


@lru_cache(maxsize=1 << 16)
def name(cleaned: str) -> str:
    """Give the comparable name of a street, abbreviations written out ("S. Calumet Av" south calumet avenue)."""
    words = comparable(cleaned).split()
    last = len(words) - 1
    written = []
    for i, word in enumerate(words):
        if word == "st":
            word = "saint" if i == 0 and last > 0 else "street"
        elif word in _DIRECTIONS and last > 0 and i in (0, last):
            word = _DIRECTIONS[word]
        elif i > 0 or last > 0:
            word = _WORDS.get(word, word)
        written.append(_ENDS.sub("strasse", word))
    return " ".join(written)


def house_number(cleaned: str) -> str:
    """Give the comparable house number: "12 - 14" 12-14, "7/9" 7-9, "7 B" 7b."""
    parts = re.split(r"[-/+–]", cleaned)
    return "-".join(filter(None, (comparable(part).replace(" ", "") for part in parts)))[:24]


@lru_cache(maxsize=1 << 16)
def split(cleaned: str, country: str | None, number: str = "") -> tuple[str, str, str]:
    """Split a street line into street, house number and unit, as far as they are there, in comparable form.

    Where a number stands at both ends the country's custom decides; without a country the leading one is the house's.
    A `number` known from elsewhere is taken out of the line if it is repeated there, and no other is.
    """
    text, unit = cleaned.strip(" ,;"), ""
    if found := _UNIT.search(text):
        text, unit = text[: found.start()], found["unit"]
    patterns = (_TRAILING, _LEADING) if country in _NUMBER_LAST else (_LEADING, _TRAILING)
    for pattern in patterns:
        match = pattern.fullmatch(text)
        if match and not (pattern is _TRAILING and _NUMBERLESS.search(match["street"])):
            street, here = name(clean(match["street"])), house_number(match["number"])
            if street and number in ("", here):
                return _and_again(street, country, here, unit)  # the number may be repeated at the other end
    written = name(text)
    if written != text:
        return _and_again(written, country, number, unit)
    return written, number, comparable(unit)


def _and_again(street: str, country: str | None, number: str, unit: str) -> tuple[str, str, str]:
    """Split what is left: without its punctuation it may show a number or unit that was hidden."""
    street, number, more = split(street, country, number)
    return street, number, " ".join(filter(None, (more, comparable(unit))))
