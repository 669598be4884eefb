"""Poland."""

from apps.sandbox.seed.places.place import Place, cities, nicknames, pairs, words

PLACE = Place(
    country="PL",
    language="pl",
    calling_code="48",
    trunk="",
    currency="PLN",
    male=words(
        "Andrzej Piotr Krzysztof Stanisław Tomasz Paweł Józef Marcin Marek Michał Grzegorz Jerzy Tadeusz Adam Łukasz "
        "Zbigniew Ryszard Dariusz Henryk Mariusz Kazimierz Wojciech Robert Mateusz Marian Rafał Jacek Janusz "
        "Mirosław Jakub"
    ),
    female=words(
        "Anna Maria Katarzyna Małgorzata Agnieszka Krystyna Barbara Ewa Elżbieta Zofia Janina Teresa Joanna "
        "Magdalena Monika "
        "Jadwiga Danuta Irena Halina Helena Beata Aleksandra Marta Dorota Marianna Grażyna Jolanta Stanisława "
        "Iwona Żaneta"
    ),
    family=words(
        "Nowak Wójcik Kowalczyk Woźniak Mazur Krawczyk Kaczmarek Zając Król Wróbel Wieczorek Stępień Dudek "
        "Adamczyk Pawlak "
        "Sikora Walczak Baran Szewczyk Pietrzak Duda Michalak Bąk Włodarczyk Wilk Lis Kubiak Mazurek Kołodziej "
        "Kaźmierczak "
        "Sobczak Konieczny Urban Głowacki Wasilewski Zalewski Krajewski Kowalski Wiśniewski Dąbrowski Lewandowski "
        "Zieliński "
        "Szymański Kozłowski Jankowski Wojciechowski Kwiatkowski Grabowski Nowakowski Pawłowski Michalski Nowicki "
        "Jabłoński "
        "Majewski Olszewski Jaworski Malinowski Rutkowski Górski Witkowski Ostrowski Tomaszewski Zawadzki Czarnecki "
        "Sokołowski Sadowski Chmielewski Borkowski Szczepański Sawicki Kucharski Lewicki Maciejewski Kalinowski "
        "Wysocki "
        "Gajewski Kaczyński Laskowski Ziółkowski Makowski Brzeziński Przybylski Sikorski Domański Nowacki Borowski "
        "Piątek "
        "Kozak Czerwiński Kurek Marciniak Cieślak Czajkowski Szulc Gołębiowski Mróz Kania Błaszczyk Polak Kopeć "
        "Wierzbicki Bielecki Romanowski Bednarek Gutowski Rogowski Leśniak Kula Zięba Żak Śliwa Świątek"
    ),
    nicknames=nicknames(
        "Andrzej=Jędrek Krzysztof=Krzysiek Stanisław=Staszek Tomasz=Tomek Józef=Józek Michał=Michaś "
        "Grzegorz=Grzesiek "
        "Jerzy=Jurek Tadeusz=Tadek Zbigniew=Zbyszek Ryszard=Rysiek Dariusz=Darek Kazimierz=Kazik Wojciech=Wojtek "
        "Jakub=Kuba Mirosław=Mirek Katarzyna=Kasia Małgorzata=Gosia Agnieszka=Aga Barbara=Basia Elżbieta=Ela "
        "Joanna=Asia Magdalena=Magda Aleksandra=Ola Zofia=Zosia Grażyna=Grażka Jolanta=Jola Anna=Ania"
    ),
    streets=words(
        "ul. Długa, ul. Polna, ul. Leśna, ul. Słoneczna, ul. Krótka, ul. Szkolna, ul. Ogrodowa, ul. Lipowa, ul. "
        "Łąkowa, "
        "ul. Brzozowa, ul. Kwiatowa, ul. Kościelna, ul. Sosnowa, ul. Zielona, ul. Parkowa, ul. Akacjowa, ul. "
        "Kolejowa, "
        "ul. Mickiewicza, ul. Sienkiewicza, al. Jana Pawła II, ul. Kościuszki, pl. Wolności, ul. Piłsudskiego, os. "
        "Tysiąclecia"
    ),
    street_short=(("ul. ", ""), ("ul. ", "ulica "), ("al. ", "Aleja ")),
    cities=cities(
        """Warszawa|MZ|00|22
        Kraków|MA|30|12
        Łódź|LD|90|42
        Wrocław|DS|50|71
        Poznań|WP|60|61
        Gdańsk|PM|80|58
        Szczecin|ZP|70|91
        Lublin|LU|20|81
        Białystok|PD|15|85
        Rzeszów|PK|35|17"""
    ),
    postcode="{}-###",
    mobiles=("501######", "602######", "605######", "691######", "793######"),
    landline="{}%######",
    legal_forms=pairs(
        "Sp. z o.o.=Spółka z ograniczoną odpowiedzialnością, S.A.=Spółka Akcyjna, Sp. j.=Spółka jawna,"
        " Sp. k.=Spółka komandytowa"
    ),
    trades=words(
        "Budownictwo, Transport, Informatyka, Doradztwo, Meble, Piekarnia, Warsztat, Nieruchomości, Drukarnia, "
        "Apteka, "
        "Tekstylia, Elektronika, Instalacje, Wydawnictwo, Energia, Ogrody, Hurtownia, Metal, Spedycja, Kosmetyki"
    ),
    titles=("dr", "inż.", "mgr"),
    date_format="%d.%m.%Y",
)
