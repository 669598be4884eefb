"""The Netherlands."""

from apps.sandbox.seed.places.place import Place, cities, nicknames, pairs, words

PLACE = Place(
    country="NL",
    language="nl",
    calling_code="31",
    trunk="0",
    currency="EUR",
    male=words(
        "Johannes Jan Cornelis Hendrik Willem Pieter Gerrit Jacobus Antonius Petrus Daan Sem Lucas Bram Thijs "
        "Sander Jeroen "
        "Maarten Joris Ruben Niels Bas Dennis Martijn Erik Kees André Theo Wouter Jurriën"
    ),
    female=words(
        "Maria Johanna Anna Elisabeth Cornelia Wilhelmina Catharina Hendrika Petronella Margaretha Emma Sophie "
        "Lotte Femke "
        "Sanne Anouk Marieke Ingrid Esther Monique Saskia Wendy Linda Renée Noëlle Fenna Roos Eline Tess Geertruida"
    ),
    family=words(
        "de Jong, Jansen, de Vries, van den Berg, van Dijk, Bakker, Janssen, Visser, Smit, Meijer, de Boer, "
        "Mulder, de Groot, "
        "Bos, Vos, Peters, Hendriks, van Leeuwen, Dekker, Brouwer, de Wit, Dijkstra, Smits, de Graaf, van der Meer, "
        "van der Linden, Kok, Jacobs, de Haan, Vermeulen, van den Heuvel, van der Veen, van den Broek, de Bruijn, "
        "van der Heijden, Schouten, van Beek, Willems, van Vliet, van de Ven, Hoekstra, Maas, Verhoeven, Koster, "
        "van Dam, "
        "van der Wal, Prins, Blom, Huisman, Peeters, de Jonge, Kuipers, van Veen, Post, Kuiper, Veenstra, Kramer, "
        "van den Brink, Scholten, van Wijk, Postma, Martens, Vink, de Ruiter, Timmermans, Groen, Gerritsen, Jonker, "
        "van Loon, Boer, van der Velde, Willemsen, Smeets, de Lange, de Vos, Bosch, van Dongen, Schipper, de Koning, "
        "van der Laan, Koning, Driessen, van Doorn, Hermans, van den Bosch, Sanders, Evers, Hofman, Bosman, Wolters, "
        "van Es, Molenaar, van Dijken, Mol, de Leeuw, van der Horst, Kuijpers, Yıldız, El Amrani, Özcan, Wierenga"
    ),
    nicknames=nicknames(
        "Johannes=Jan/Hans Cornelis=Kees/Cor Hendrik=Henk Willem=Wim Pieter=Piet Gerrit=Ger Jacobus=Koos/Jaap "
        "Antonius=Ton/Toon Petrus=Peter Johanna=Joke/Hanneke Elisabeth=Els/Bep Cornelia=Corrie Wilhelmina=Mien/Willy "
        "Catharina=Toos/Karin Hendrika=Riek Petronella=Nel Margaretha=Greet Marieke=Riek Geertruida=Truus Lucas=Luuk"
    ),
    streets=words(
        "Kerkstraat, Dorpsstraat, Schoolstraat, Molenstraat, Stationsweg, Julianastraat, Wilhelminastraat, "
        "Nieuwstraat, "
        "Hoofdstraat, Beatrixlaan, Industrieweg, Kastanjelaan, Eikenlaan, Prinsengracht, Oranjelaan, Raadhuisstraat, "
        "Marktplein, Singel, Parallelweg, Beukenlaan, Lindelaan, Rembrandtstraat, Vondelstraat, Havenkade"
    ),
    street_short=(("straat", "str."), ("laan", "ln"), ("plein", "pln")),
    cities=cities(
        """Amsterdam|NH|10|20
        Rotterdam|ZH|30|10
        Den Haag|ZH|25|70
        Utrecht|UT|35|30
        Eindhoven|NB|56|40
        Groningen|GR|97|50
        Tilburg|NB|50|13
        Nijmegen|GE|65|24
        Haarlem|NH|20|23
        Maastricht|LI|62|43"""
    ),
    postcode="{}## @@",
    mobiles=("61%######", "62%######", "64%######", "65%######"),
    landline="{}%######",
    legal_forms=pairs(
        "B.V.=Besloten Vennootschap, N.V.=Naamloze Vennootschap, V.O.F.=Vennootschap onder firma,"
        " C.V.=Commanditaire Vennootschap"
    ),
    trades=words(
        "Bouw, Techniek, Logistiek, Software, Advies, Meubelen, Bakkerij, Autobedrijf, Makelaardij, Drukkerij, "
        "Apotheek, "
        "Textiel, Bloemen, Installatie, Uitgeverij, Energie, Tuincentrum, Transport, Zuivel, Metaal"
    ),
    titles=("dr.", "ir.", "drs."),
    date_format="%d-%m-%Y",
)
