"""United Kingdom."""

from apps.sandbox.seed.places.place import Place, cities, nicknames, pairs, words

PLACE = Place(
    country="GB",
    language="en",
    calling_code="44",
    trunk="0",
    currency="GBP",
    male=words(
        "David John Peter Michael James Andrew Robert Paul William Christopher Richard Stephen Mark Thomas Matthew "
        "Daniel "
        "Alexander Benjamin Joseph Samuel Edward George Harry Oliver Jack Nicholas Anthony Timothy Gareth Alistair"
    ),
    female=words(
        "Margaret Susan Elizabeth Jennifer Patricia Sarah Helen Catherine Victoria Rebecca Emma Charlotte Jessica "
        "Olivia "
        "Amelia Sophie Katherine Deborah Christine Alison Samantha Rachel Joanne Nicola Fiona Siobhán Zoë Chloe "
        "Philippa Harriet"
    ),
    family=words(
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White "
        "Roberts "
        "Green Hall Thomas Clarke Jackson Wood Harris Edwards Turner Martin Cooper Hill Ward Hughes Moore Clark King "
        "Harrison Lewis Baker Lee Allen Morris Khan Scott Watson Davis Parker James Bennett Young Phillips "
        "Richardson "
        "Mitchell Bailey Carter Cook Singh Shaw Bell Collins Morgan Kelly Begum Miller Cox Hussain Marshall Simpson "
        "Price Anderson Adams Wilkinson Foster Ellis Murphy Chapman Mason Gray Richards Webb Rogers Hunt Mills "
        "Campbell "
        "Ahmed Holmes Palmer Matthews Gibson Fisher Barnes Knight Butler Russell Stevens Lloyd Jenkins Dixon "
        "Fletcher "
        "O'Brien O'Connor McCarthy MacDonald Ashworth Blackwood Thistlethwaite Pemberton Featherstone Hargreaves "
        "Cholmondeley Winterbottom Okafor Adeyemi Kowalska Novak Smith-Jones Parker-Bell"
    ),
    nicknames=nicknames(
        "David=Dave Michael=Mike/Mick Andrew=Andy Robert=Bob/Rob William=Bill/Will Christopher=Chris "
        "Richard=Dick/Rick "
        "Stephen=Steve Thomas=Tom Matthew=Matt Daniel=Dan Alexander=Alex/Sandy Benjamin=Ben Joseph=Joe Samuel=Sam "
        "Edward=Ted/Ed Nicholas=Nick Anthony=Tony Timothy=Tim James=Jim/Jamie Margaret=Maggie/Peggy Susan=Sue "
        "Elizabeth=Liz/Beth Jennifer=Jenny Patricia=Pat/Trish Catherine=Cathy Victoria=Vicky Rebecca=Becky "
        "Deborah=Debbie Katherine=Kate Samantha=Sam Joanne=Jo Philippa=Pippa Harry=Hal John=Jack Charlotte=Lottie"
    ),
    streets=words(
        "High Street, Station Road, Church Lane, Victoria Road, Park Avenue, Mill Lane, Queen Street, King's Road, "
        "The Green, Manor Road, Albert Street, London Road, Windsor Close, Grange Road, Springfield Road, York "
        "Street, "
        "Chapel Lane, St John's Road, Meadow Drive, The Crescent, Orchard Close, Bridge Street, Elm Grove, Kings "
        "Court"
    ),
    street_short=(("Street", "St"), ("Road", "Rd"), ("Lane", "Ln"), ("Avenue", "Ave"), ("Close", "Cl")),
    cities=cities(
        """London|LND|SW|2079
        Manchester|MAN|M|1612
        Birmingham|BIR|B|1212
        Leeds|LDS|LS|1132
        Glasgow|GLG|G|1412
        Bristol|BST|BS|1179
        Edinburgh|EDH|EH|1312
        Cardiff|CRF|CF|2920
        Sheffield|SHF|S|1142
        Newcastle upon Tyne|NET|NE|1912
        Liverpool|LIV|L|1512"""
    ),
    postcode="{}% %@@",
    mobiles=("771#######", "785#######", "798#######"),
    landline="{}######",
    legal_forms=pairs(
        "Ltd=Limited, PLC=Public Limited Company, LLP=Limited Liability Partnership, CIC=Community Interest Company"
    ),
    trades=words(
        "Engineering, Plumbing, Logistics, Software, Consulting, Joinery, Bakery, Motors, Estates, Printing, "
        "Pharmacy, "
        "Textiles, Interiors, Catering, Electrical, Roofing, Publishing, Energy, Landscapes, Foods"
    ),
    titles=("Dr", "Sir", "Rev."),
    house_first=True,
    postcode_first=False,
)
