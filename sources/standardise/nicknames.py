"""Nicknames to the given name behind them, in many languages: Bob robert, Sepp josef, Paco francisco."""

from __future__ import annotations

from functools import cache, lru_cache

from nicknames import NickNamer

from sources.standardise.text import table

# Nicknames of languages that the `nicknames` library (English) doesn't know. Root: its short forms, all comparable
# text. Roots stay within a language: Giuseppe and Joseph are likened by spelling, not here.
_OTHER_LANGUAGES = """
josef: sepp seppi beppi pepi pepik jupp josi
johannes: hans hannes hansi johann joop
alexander: alex xander xandi lex axel aleks sascha
aleksandr: sasha sasa shura sanya olek
maximilian: maxi
friedrich: fritz fiete
heinrich: heinz heiner hinnerk
wilhelm: willi willy wim willem
rudolf: rudi
ludwig: lutz
anton: toni
georg: schorsch jorg jurgen
gottfried: friedel
matthias: matze hias
michael: michi michel
sebastian: basti wastl
christian: chris kris
stefan: steffen
thomas: tommi
ulrich: uli ulli utz
wolfgang: wolf wolfi
karl: kalle karlchen
joachim: jochen achim
eberhard: ebbe
elisabeth: lisbeth lilli elsbeth else ilse sissi liesel sisi
katharina: kathi kati katrin kathe
margarete: gretel grete margit
ursula: uschi ulla
susanne: susi sanne
gertrud: trude gerti traudl
franziska: franzi
barbara: barbel babsi
brigitte: gitta gitti biggi
hildegard: hilde
johanna: hanna
jose: pepe pepito chepe ze zezinho
francisco: paco pancho curro kiko chico frasco
ignacio: nacho
jesus: chus chuy
enrique: quique kike
eduardo: edu lalo
guillermo: memo guille
manuel: manolo manu lolo
rafael: rafa
fernando: nando
alejandro: ale jandro
roberto: beto
antonio: tonio tono tonino
luis: lucho lula
santiago: santi chago yago
maria: mari mariuca
dolores: lola loles
concepcion: concha conchita
rosario: charo
mercedes: merche
isabel: isa chabela
guadalupe: lupe lupita
josefa: pepa pepita
francisca: paca paquita
consuelo: chelo
teresa: tere maite
giuseppe: beppe peppe pino peppino
giovanni: gianni vanni nanni
francesco: checco cecco ciccio franco
luigi: gigi gino
salvatore: totò toto turi
domenico: mimmo mico
vincenzo: enzo cenzo
lorenzo: renzo
alessandro: sandro
giuseppina: pina peppina
giovanna: gianna
alessandra: sandra
francois: fanfan
guillaume: guigui
jacques: jacquot
elodie: lolo
catherine: cathy
cornelis: kees cees cor
hendrik: henk rik
gerrit: gert
petrus: piet
jacobus: koos sjaak jaap
adrianus: ad arie
nicolaas: klaas
lambertus: bert
lars: lasse
per: pelle
sven: svenne
mikael: micke
kristina: stina
jan: janek jasiek jas janusz honza jenda jeník
stanislaw: staszek stasiek stach
tadeusz: tadek
tomasz: tomek
krzysztof: krzysiek krzys
wojciech: wojtek
andrzej: jedrek
grzegorz: grzesiek
piotr: piotrek
pawel: pawelek
jozef: jozek
katarzyna: kasia kaska
malgorzata: gosia malgosia
agnieszka: aga agusia
magdalena: magda madzia lena
joanna: asia joasia
barbora: bara bora
aleksandra: ola
zofia: zosia
jiri: jirka
vaclav: vasek
frantisek: franta
ivan: vanya vania vanka
dmitriy: dima mitya dmitry dmitrij
vladimir: vova volodya vovka
mikhail: misha miska
nikolay: kolya nikolai
sergey: seryozha serega sergei
aleksey: alyosha lyosha alexei
evgeniy: zhenya evgeny
yuriy: yura
konstantin: kostya
anastasiya: nastya
ekaterina: katya
mariya: masha
natalya: natasha
tatyana: tanya
elena: lenochka
lyudmila: lyuda
olga: olya
yekaterina: katyusha
istvan: pista isti
laszlo: laci
jozsef: jozsi
ferenc: feri
gyorgy: gyuri
erzsebet: bozsi zsoka
ioannis: giannis yannis
konstantinos: kostas
dimitrios: dimitris mitsos
georgios: giorgos yiorgos
panagiotis: panos
nikolaos: nikos
mehmet: memo memis
mustafa: mustik
"""

# Where the library offers several names for a short form, the commonest bearer of it wins.
_COMMONEST = dict(
    pair.split("=")
    for pair in table(
        """
        bill=william will=william bob=robert rob=robert bert=albert liz=elizabeth beth=elizabeth betty=elizabeth
        kate=katherine cathy=catherine kathy=katherine jack=john jim=james joe=joseph mike=michael mick=michael
        dick=richard rick=richard ed=edward ted=edward ned=edward sam=samuel dan=daniel dave=david tom=thomas
        tony=anthony nick=nicholas ben=benjamin matt=matthew pat=patrick chris=christopher steve=steven
        greg=gregory fred=frederick meg=margaret maggie=margaret peggy=margaret sue=susan jenny=jennifer
        jen=jennifer al=albert harry=henry hank=henry larry=lawrence ray=raymond ron=ronald don=donald
        ken=kenneth tim=timothy andy=andrew drew=andrew alex=alexander max=maximilian sandy=sandra mandy=amanda
        becky=rebecca debbie=deborah barb=barbara nancy=nancy molly=mary polly=mary terry=terence jerry=gerald
        gerry=gerald jeff=jeffrey geoff=geoffrey vicky=victoria frank=frank erin=erin johnny=john bobby=robert
        billy=william jimmy=james tommy=thomas lisa=lisa
        """
    )
)


@cache
def _roots() -> dict[str, str]:
    """Make the table short form -> root; a name that is a root is its own."""
    library = NickNamer()
    nicknames_of = library.nickname_lookup
    roots: dict[str, str] = {}
    for short, full in library.canonical_lookup.items():
        if short not in nicknames_of:  # a name with short forms of its own ("frank", "anna") stands for itself
            roots[short] = max(
                full, key=lambda name: (min(_shared_start(name, short), 3), len(nicknames_of[name]), name)
            )
    for line in _OTHER_LANGUAGES.strip().splitlines():
        root, shorts = line.split(": ")
        for short in shorts.split():
            roots.setdefault(short, root)
    roots.update(_COMMONEST)
    return {short: _end(roots, short) for short in roots}


def _shared_start(name: str, short: str) -> int:
    """Count the letters that both begin with."""
    return next((i for i, (a, b) in enumerate(zip(name, short, strict=False)) if a != b), min(len(name), len(short)))


def _end(roots: dict[str, str], name: str) -> str:
    """Follow the table to a name that it doesn't lead away from, so that a root's root is itself."""
    seen = {name}
    while (root := roots.get(name, name)) not in seen:
        seen.add(root)
        name = root
    return min(seen) if roots.get(name, name) != name else name


@lru_cache(maxsize=1 << 14)
def root(given_name: str) -> str | None:
    """Give the root of a comparable given name's first word that is more than an initial; None if there is none.

    A name that no table knows is its own root.
    """
    word = next((word for word in given_name.split() if len(word) > 1), None)
    return _roots().get(word, word) if word else None


@cache
def known() -> frozenset[str]:
    """Give all given names that the tables hold, short and full, comparable."""
    return frozenset(_roots()) | frozenset(_roots().values()) | frozenset(NickNamer().nickname_lookup)
