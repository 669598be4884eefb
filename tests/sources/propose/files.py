"""Small files of many shapes, countries and header languages, made from lists with a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

Row = Callable[[random.Random, int], list[str]]

POOL = {
    "en_given": "James Mary Robert Linda William Susan Thomas Karen Daniel Nancy Emma Olivia Liam Jack Grace",
    "en_family": "Smith Johnson Brown Jones Miller Davis Wilson Moore Taylor Clark Walker Young King Wright Hill",
    "de_given": "Hans Anna Peter Ursula Klaus Sabine Jürgen Monika Wolfgang Petra Stefan Claudia Andreas Julia Lena",
    "de_family": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein",
    "fr_given": "Jean Marie Pierre Sophie Michel Nathalie Philippe Isabelle Luc Camille Julien Chloé Hugo Léa",
    "fr_family": "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre",
    "es_given": "José María Antonio Carmen Manuel Ana Francisco Laura Juan Lucía Pedro Marta Javier Elena",
    "es_family": "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz",
    "pl_given": "Jan Anna Piotr Katarzyna Krzysztof Małgorzata Andrzej Agnieszka Tomasz Barbara Paweł Ewa",
    "pl_family": "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak",
    "ru_given": "Иван Анна Сергей Мария Дмитрий Елена Алексей Ольга Андрей Наталья Николай Татьяна",
    "ru_family": "Иванов Смирнова Кузнецов Попова Васильев Петрова Соколов Михайлова Новиков Фёдорова",
    "ja_name": "佐藤一郎 鈴木花子 高橋健太 田中美咲 伊藤翔 渡辺さくら 山本大輔 中村陽子 小林誠 加藤愛",
    "firm": "Acme Globex Initech Umbrella Hooli Vandelay Stark Wayne Wonka Cyberdyne Soylent Tyrell Oscorp Massive",
    "us_city": "Springfield Dayton Portland Austin Denver Boise Tampa Omaha Fresno",
    "us_state": "IL OH OR TX CO ID FL NE CA NY",
    "us_street": "Main Oak Maple Cedar Elm Washington Lake Hill Park Walnut",
}


def pick(rng: random.Random, pool: str) -> str:
    return rng.choice(POOL[pool].split())


def day(rng: random.Random, pattern: str = "{y}-{m:02}-{d:02}") -> str:
    return pattern.format(y=rng.randint(1935, 2004), m=rng.randint(1, 12), d=rng.randint(1, 28))


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def mail(rng: random.Random, i: int, domain: str) -> str:
    return f"user{i}.{digits(rng, 3)}@{domain}"


def rows(make: Row, count: int = 60, seed: int = 7) -> Iterator[list[str]]:
    rng = random.Random(seed)
    return (make(rng, i) for i in range(count))


def write(header: list[str], make: Row, *, delimiter: str = ",", count: int = 60) -> str:
    lines = [header, *rows(make, count)]
    return "".join(
        delimiter.join(f'"{cell}"' if delimiter in cell or '"' in cell else cell for cell in line) + "\n"
        for line in lines
    )
