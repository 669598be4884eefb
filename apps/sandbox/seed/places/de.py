"""Germany."""

from apps.sandbox.seed.places.place import Place, cities, nicknames, pairs, words

PLACE = Place(
    country="DE",
    language="de",
    calling_code="49",
    trunk="0",
    currency="EUR",
    male=words(
        "Thomas Michael Andreas Stefan Peter Wolfgang Klaus Jürgen Christian Alexander Sebastian Daniel Markus "
        "Matthias "
        "Florian Jan Lukas Jonas Felix Maximilian Paul Tobias Philipp Uwe Jörg Günther Heinz Björn Emil Friedrich"
    ),
    female=words(
        "Anna Katharina Sabine Petra Monika Claudia Susanne Ursula Andrea Stefanie Julia Christina Nicole Elisabeth "
        "Johanna Lena Laura Sophie Lea Marie Franziska Birgit Renate Heike Jutta Käthe Magdalena Ulrike Gabriele "
        "Silke"
    ),
    family=words(
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein "
        "Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause "
        "Meier Lehmann Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz "
        "Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann "
        "Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto "
        "Sommer "
        "Groß Seidel Heinrich Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch "
        "Bergmann Thomas Voigt Sauer Arnold Wolff Pfeiffer Yilmaz Kaya Demir Nowak Özdemir Bäcker Grünwald Löwe "
        "Steinbrück Rademacher Overbeck Hülsmann Dörfler Kröger Mühlbauer Wittenberg Ahlers Petersen Hansen"
    ),
    nicknames=nicknames(
        "Thomas=Tom Michael=Michi/Micha Andreas=Andi Stefan=Steff Alexander=Alex Sebastian=Basti Daniel=Dani "
        "Matthias=Matze Florian=Flo Maximilian=Max Tobias=Tobi Philipp=Phil Friedrich=Fritz Katharina=Kathi/Kathrin "
        "Susanne=Susi Stefanie=Steffi Christina=Tina Elisabeth=Lisa/Elli Johanna=Hanna Franziska=Franzi "
        "Magdalena=Lena Gabriele=Gabi Ulrike=Uli Wolfgang=Wolf Monika=Moni Jürgen=Jogi"
    ),
    streets=words(
        "Hauptstraße, Bahnhofstraße, Gartenstraße, Schillerstraße, Goethestraße, Lindenstraße, Bergstraße, "
        "Kirchstraße, "
        "Waldstraße, Ringstraße, Schulstraße, Am Markt, Mozartstraße, Beethovenstraße, Birkenweg, Ahornweg, "
        "Rosenweg, Wiesenweg, Friedrichstraße, Wilhelmstraße, Kaiserstraße, Mühlenweg, Am Bahnhof, Dorfstraße, "
        "Industriestraße, Lange Gasse, Königsallee, Uhlandstraße, Parkstraße, Feldstraße"
    ),
    street_short=(("straße", "str."), ("straße", "strasse"), ("Am ", "A. ")),
    cities=cities(
        """Berlin|BE|10|30
        Hamburg|HH|20|40
        München|BY|80|89
        Köln|NW|50|221
        Frankfurt am Main|HE|60|69
        Stuttgart|BW|70|711
        Düsseldorf|NW|40|211
        Leipzig|SN|04|341
        Nürnberg|BY|90|911
        Bremen|HB|28|421
        Münster|NW|48|251
        Göttingen|NI|37|551"""
    ),
    postcode="{}###",
    mobiles=("151%#######", "160%######", "170%######", "172%######", "176%#######"),
    landline="{}%######",
    legal_forms=pairs(
        "GmbH=Gesellschaft mit beschränkter Haftung, AG=Aktiengesellschaft,"
        " GmbH & Co. KG=GmbH & Co. Kommanditgesellschaft,"
        "KG=Kommanditgesellschaft, e.K.=eingetragener Kaufmann, UG=Unternehmergesellschaft (haftungsbeschränkt),"
        "e.V.=eingetragener Verein, OHG=offene Handelsgesellschaft"
    ),
    trades=words(
        "Maschinenbau, Elektrotechnik, Logistik, Bau, Möbel, Druckerei, Software, Beratung, Immobilien, Autohaus, "
        "Bäckerei, "
        "Apotheke, Gartenbau, Metallbau, Spedition, Textil, Medizintechnik, Energie, Verlag, Getränke"
    ),
    titles=("Dr.", "Prof. Dr.", "Dipl.-Ing."),
    date_format="%d.%m.%Y",
)
