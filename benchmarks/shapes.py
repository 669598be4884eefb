"""Bases of other shapes than the known sets: countries and scripts, few fields, many systems, branches, any size.

Each is generated with its truth: `SHAPES[name]()`. Names come from small lists of words that are joined, so that some
are common and most are rare; what goes wrong is what goes wrong in each country: lost accents, other spellings of one
name, swapped names, moved homes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Row(NamedTuple):
    """What a system says of a customer, and who it truly is; an address is a mapping of its parts."""

    system: str
    facts: dict[str, Any]
    entity: str


class Shape(NamedTuple):
    entity_type: str
    country: str
    rows: list[Row]


@dataclass(frozen=True)
class Land:
    """How a country names its people, streets and cities; `other` spells a name as its neighbour's clerk would."""

    code: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    street: tuple[str, ...]
    city: tuple[str, ...]
    calling: str
    other: dict[str, str]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _joined(heads: str, tails: str, between: str = "") -> tuple[str, ...]:
    return tuple(h + between + t for h in heads.split() for t in tails.split())


LANDS = {
    "russia": Land(
        "RU",
        _words("Анна Иван Мария Сергей Ольга Дмитрий Елена Алексей Наталья Андрей Татьяна Михаил Ирина Павел Юлия "
              "Фёдор Ксения Артём Дарья Никита Вера Олег Нина Глеб Лидия Семён"),
        _joined("Иван Петр Сидор Смирн Кузнец Попов Васил Соколов Михайл Новик Морозов Волк Лебед Козл Орл Зайц Гус "
                "Жук Медвед Бел Черн Крас Сер Быстр Громк Тих Дол Корот Шир Узк", "ов ин ский енко ев ко"),
        _joined("Лесная Садовая Речная Новая Школьная Мирная Горная Южная", "улица набережная аллея", " "),
        _words("Москва Казань Самара Омск Томск Пермь Уфа Тула Псков Орёл"),
        "+7495", {"ё": "е", "й": "и", "ов": "ова"},
    ),
    "greece": Land(
        "GR",
        _words("Γιώργος Μαρία Δημήτρης Ελένη Κώστας Κατερίνα Νίκος Βασιλική Γιάννης Σοφία Παναγιώτης Άννα Χρήστος "
              "Ευαγγελία Σπύρος Ιωάννα Μιχάλης Δέσποινα"),
        _joined("Παπα Γεωργ Δημητρ Νικολ Κωνσταντ Αντων Βασιλ Χριστ Σταυρ Μαυρ Ασπρ Καρα Αλεξ Θεοδωρ Μανωλ Στεφαν",
                "όπουλος άκης ίδης ιάδης άς έας"),
        _joined("Ερμού Αθηνάς Σταδίου Πατησίων Ακαδημίας Σόλωνος Αιόλου", "Άνω Κάτω Νέα Παλαιά", " "),
        _words("Αθήνα Πάτρα Λάρισα Βόλος Χανιά Ρόδος Κέρκυρα"),
        "+30210", {"ό": "ο", "ί": "ι", "ά": "α", "έ": "ε", "ώ": "ω"},
    ),
    "china": Land(
        "CN",
        _joined("明 国 建 文 志 晓 丽 秀 玉 春 海 伟 嘉 思 雨 子 俊 佳", "华 强 平 军 英 兰 芳 珍 梅 龙 涛 杰 婷"),
        _words("王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 高 林 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹"),
        _joined("中山 人民 解放 建设 和平 新华 文化 长江", "路 街 大道"),
        _words("北京 上海 广州 深圳 成都 武汉 西安 南京"),
        "+8610", {"华": "花", "伟": "炜", "丽": "莉"},
    ),
    "japan": Land(
        "JP",
        _joined("太 健 直 美 由 恵 真 裕 和 智 陽 翔 さ あ", "郎 子 美 樹 香 介 人 太 奈 也 くら かり"),
        _joined("佐 鈴 高 田 渡 伊 山 中 小 加 吉 松 井 木 林", "藤 木 橋 中 辺 本 村 林 田 口 上 野"),
        _joined("本町 栄町 緑町 旭町 元町 泉町 桜台", "一丁目 二丁目 三丁目"),
        _words("東京都 大阪市 名古屋市 札幌市 福岡市 京都市 神戸市"),
        "+813", {"辺": "邊", "高": "髙", "沢": "澤"},
    ),
    "arabic": Land(
        "EG",
        _words("Mohammed Ahmed Mahmoud Mostafa Youssef Omar Khaled Hussein Ibrahim Abdallah Fatima Aisha Mariam Nour "
              "Khadija Zeinab Yasmine Layla Hoda Amina Abdelrahman Tarek Sherif Hany"),
        _joined("El Al Abdel Ben Abu Ibn", "Sayed Masri Rahman Hassan Mansour Khatib Najjar Haddad Fayed Sharif Shazly "
                "Zayat Tawil Aziz Qadir Hakim Naggar Banna", " "),
        _joined("Tahrir Nile Talaat Ramses Pyramid Orabi Nasser", "Street Square Road", " "),
        _words("Cairo Giza Alexandria Luxor Aswan Tanta Mansoura"),
        "+202", {"Mohammed": "Muhammad", "Youssef": "Yusuf", "Hussein": "Husain", "El ": "Al-", "ou": "u", "kh": "k"},
    ),
    "brazil": Land(
        "BR",
        _words("José João Antônio Francisco Carlos Paulo Pedro Lucas Luiz Marcos Maria Ana Francisca Antônia Adriana "
              "Juliana Márcia Fernanda Patrícia Aline Sandra Camila Vitória Thiago"),
        _joined("Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro Martins",
                "Carvalho Almeida Lopes Soares Fernandes Vieira Barbosa Rocha Dias Nascimento Andrade Moreira", " "),
        _joined("Rua Avenida Travessa", "Flores Palmeiras Brasil Ipiranga Amazonas Bahia Paraná", " das "),
        ("São Paulo", "Recife", "Salvador", "Curitiba", "Belém", "Goiânia", "Manaus"),
        "+5511", {"ã": "a", "ô": "o", "é": "e", " Carvalho": "", "z": "s"},
    ),
    "india": Land(
        "IN",
        _joined("Raj Vij San Am Su Dee Pra An Ra Ki Ni Man", "esh ay jay it nil pak kash il vi ran ta isha"),
        _words("Kumar Singh Sharma Patel Gupta Reddy Rao Nair Iyer Das Khan Verma Joshi Mehta Shah Pillai Bose "
              "Chatterjee Mukherjee Naidu Yadav Mishra Tiwari Pandey"),
        _joined("MG Station Gandhi Nehru Temple Lake Market", "Road Nagar Colony Marg", " "),
        _words("Mumbai Delhi Chennai Kolkata Pune Hyderabad Bengaluru"),
        "+9122", {"Kumar": "K", "ee": "i", "sh": "s", "v": "w"},
    ),
    "turkey": Land(
        "TR",
        _words("Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim İsmail Osman Yusuf Fatma Ayşe Emine Hatice Zeynep Elif "
              "Meryem Şerife Sultan Hanife Çağla Özgür Gökhan Işıl"),
        _joined("Yıl Kay De Şa Çel Öz Ay Kılı Doğ Ars Asl Çet Ka Kor Kur", "maz a mir hin ik türk dın ç an lan kaya"),
        _joined("Atatürk Cumhuriyet İstiklal Barış Güneş Çınar Gül", "Caddesi Sokak Bulvarı", " "),
        _words("İstanbul Ankara İzmir Bursa Adana Konya Muğla"),
        "+90212", {"ı": "i", "ğ": "g", "ş": "s", "ö": "o", "ü": "u", "ç": "c"},
    ),
}  # fmt: skip
_ALL = ("given_name", "family_name", "birth_date", "email", "phone", "address")


def persons(
    land: str,
    customers: int,
    *,
    copies: Sequence[int] = (1, 1, 2, 3),
    fields: Sequence[str] = _ALL,
    systems: Sequence[Sequence[str]] = (),
    family: float = 0.3,
    noise: float = 0.12,
    wrong: float = 0.0,
    seed: int = 1,
) -> Shape:
    """Persons of a country; `family`: share who live with the one before. `systems`: the fields of each, for many.

    `wrong`: share of the records whose birth date is another date altogether.
    """
    rng, place = random.Random(seed), LANDS[land]
    rows: list[Row] = []
    home: dict[str, Any] = {}
    for customer in range(customers):
        if not home or rng.random() >= family:
            home = {"family_name": _common(rng, place.family), "address": _home(rng, place), "line": _line(rng, place)}
        facts = {
            "given_name": _common(rng, place.given),
            "birth_date": _birth_date(rng),
            "email": f"user{rng.randrange(10**6)}@mail{rng.randrange(5)}.org",
            "phone": home["line"] if rng.random() < 0.3 else _line(rng, place),
            "family_name": home["family_name"],
            "address": home["address"],
        }
        for copy in range(rng.choice(copies)):
            system = rng.randrange(len(systems)) if systems else 0
            given = {name: facts[name] for name in (systems[system] if systems else fields) if name in facts}
            given |= {"birth_date": facts["birth_date"][:4] + "-01-01"} if "birth_year" in fields else {}
            said = _worn(rng, place, given, noise if copy else noise / 3)
            if wrong and rng.random() < wrong:
                said["birth_date"] = _birth_date(rng)
            rows.append(Row(f"s{system}", said, str(customer)))
    return Shape("person", place.code, rows)


def branches(firms: int, *, seed: int = 1) -> Shape:
    """Organisations, some of them chains, whose branches share name, domain and the phone of the head office."""
    rng, place = random.Random(seed), LANDS["brazil"]
    trades = _words("Coffee Steel Glass Paper Garden Music Dental Bicycle Timber Pharma Travel Textile")
    rows: list[Row] = []
    for firm in range(firms):
        name = f"{rng.choice(place.family).split()[0]} {rng.choice(trades)} {rng.choice(place.given)}"
        domain = f"{name.split()[0].lower()}{firm}.example.net"
        office = _line(rng, place)
        for branch in range(rng.choice((1, 1, 1, 2, 6))):
            city = {"address": _home(rng, place)}
            for copy in range(rng.choice((1, 2, 2))):
                facts = city | {
                    "organisation_name": name if rng.random() < 0.8 else f"{name} {rng.choice(('Ltda', 'Group'))}",
                    "email": f"branch{branch}@{domain}",
                    "phone": office if rng.random() < 0.3 else _branch_line(place, firm, branch),
                }
                said = _worn(rng, place, facts, 0.15 if copy else 0.05)
                rows.append(Row("s", said, f"{firm}.{branch}"))
    return Shape("organisation", place.code, rows)


def _common(rng: random.Random, words: Sequence[str]) -> str:
    return words[int(rng.random() ** 1.7 * len(words))]


def _birth_date(rng: random.Random) -> str:
    return f"{rng.randrange(1940, 2006)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"


def _home(rng: random.Random, place: Land) -> dict[str, str]:
    at = rng.randrange(len(place.city))
    return {
        "house_number": str(rng.randrange(1, 250)),
        "street": rng.choice(place.street),
        "city": place.city[at],
        "postcode": f"{10000 + 1000 * at + rng.randrange(40)}",
    }


def _line(rng: random.Random, place: Land) -> str:
    return f"{place.calling}{rng.randrange(10**7 - 10**6) + 10**6}"


def _branch_line(place: Land, firm: int, branch: int) -> str:
    return f"{place.calling}{2_000_000 + 100 * firm + branch}"


def _worn(rng: random.Random, place: Land, facts: dict[str, Any], noise: float) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, fact in facts.items():
        if name == "address":
            fact = _home(rng, place) if rng.random() < noise else dict(fact)
        elif rng.random() < noise:
            fact = _misspelt(rng, place, fact)
        if rng.random() >= noise:
            said[name] = fact
    if rng.random() < noise / 4 and {"given_name", "family_name"} <= said.keys():
        said["given_name"], said["family_name"] = said["family_name"], said["given_name"]
    return said


def _misspelt(rng: random.Random, place: Land, fact: str) -> str:
    fits = [old for old in place.other if old in fact]
    if fits and rng.random() < 0.7:
        old = rng.choice(fits)
        return fact.replace(old, place.other[old], 1)
    at = rng.randrange(len(fact))
    letter = str(rng.randrange(10)) if fact[at].isdigit() else rng.choice(rng.choice(place.family))
    return fact[:at] + letter + fact[at + 1 :]


_FIVE = (
    ("given_name", "family_name", "email"),
    ("given_name", "family_name", "address", "phone"),
    ("given_name", "family_name", "birth_date", "address"),
    ("family_name", "email", "phone"),
    ("given_name", "family_name", "birth_date", "email", "phone", "address"),
)
_PLAIN = ("given_name", "family_name", "birth_date", "phone", "address")
SHAPES: dict[str, Callable[[], Shape]] = {
    **{land: (lambda land=land: persons(land, 900)) for land in LANDS},  # type: ignore[misc]  # mypy knows no lambda with defaults of this type
    "name and city": lambda: persons("turkey", 1200, fields=("given_name", "family_name", "address"), family=0.0),
    "name and birth year": lambda: persons(
        "india", 1200, fields=("given_name", "family_name", "birth_date", "birth_year")
    ),
    "no e-mail": lambda: persons("brazil", 1200, fields=_PLAIN),
    "five systems": lambda: persons("india", 1500, copies=(1, 2, 3, 4), systems=_FIVE),
    "nearly no duplicates": lambda: persons("russia", 2000, copies=(1,) * 39 + (2,)),
    "nearly all duplicates": lambda: persons("greece", 120, copies=(8, 10, 14)),
    "big households": lambda: persons("arabic", 1200, family=0.85),
    "few in big households": lambda: persons("arabic", 1500, copies=(1,) * 19 + (2,), family=0.85),
    "half the birth dates wrong": lambda: persons("greece", 900, wrong=0.5),
    "branches": lambda: branches(500),
    "200 rows": lambda: persons("turkey", 115),
}
"""Name -> the base."""
