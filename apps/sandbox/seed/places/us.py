"""United States."""

from apps.sandbox.seed.places.place import Place, cities, nicknames, pairs, words

PLACE = Place(
    country="US",
    language="en",
    calling_code="1",
    trunk="",
    currency="USD",
    male=words(
        "James Robert John Michael David William Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony "
        "Mark "
        "Donald Steven Andrew Kenneth Joshua Kevin Brian Timothy Ronald Jason Jeffrey Ryan Jacob José Gregory"
    ),
    female=words(
        "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Sandra Betty Ashley "
        "Emily "
        "Kimberly Margaret Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Laura María Cynthia Kathleen"
    ),
    family=words(
        "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson "
        "Anderson "
        "Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson "
        "Walker "
        "Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell "
        "Mitchell "
        "Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales "
        "Murphy "
        "Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson "
        "Watson Brooks Chavez Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers "
        "Long Ross Foster O'Neill McDonald Washington Kowalski Schwartz Goldberg Yamamoto Tran Okonkwo Lindqvist "
        "Van Buren Dubois Vanderbilt Peña Muñoz Abernathy Stonebridge"
    ),
    nicknames=nicknames(
        "James=Jim/Jimmy Robert=Bob/Bobby John=Jack/Johnny Michael=Mike David=Dave William=Bill/Will Richard=Rick "
        "Joseph=Joe Thomas=Tom Charles=Chuck/Charlie Christopher=Chris Daniel=Dan/Danny Matthew=Matt Anthony=Tony "
        "Donald=Don Steven=Steve Andrew=Andy/Drew Kenneth=Ken Joshua=Josh Timothy=Tim Ronald=Ron Jeffrey=Jeff "
        "Jacob=Jake Gregory=Greg Patricia=Pat/Patty Jennifer=Jen/Jenny Elizabeth=Liz/Betty Barbara=Barb Susan=Sue "
        "Sandra=Sandy Kimberly=Kim Margaret=Peggy/Maggie Deborah=Deb Rebecca=Becky Kathleen=Kathy Cynthia=Cindy "
        "Amanda=Mandy Melissa=Missy Stephanie=Steph"
    ),
    streets=words(
        "Main Street, Oak Avenue, Maple Street, Cedar Lane, Washington Boulevard, Park Avenue, Elm Street, Lake "
        "Drive, "
        "Hill Road, Sunset Boulevard, Pine Street, Jefferson Avenue, Lincoln Street, River Road, Church Street, "
        "2nd Street, 5th Avenue, Walnut Court, Chestnut Street, Highland Avenue, Franklin Street, Meadow Lane, "
        "Dogwood Drive, Broadway, Madison Avenue, Spring Street"
    ),
    street_short=(
        ("Street", "St"),
        ("Avenue", "Ave"),
        ("Boulevard", "Blvd"),
        ("Lane", "Ln"),
        ("Drive", "Dr"),
        ("Road", "Rd"),
    ),
    cities=cities(
        """New York|NY|100|212
        Los Angeles|CA|900|213
        Chicago|IL|606|312
        Houston|TX|770|713
        Phoenix|AZ|850|602
        Philadelphia|PA|191|215
        San Diego|CA|921|619
        Dallas|TX|752|214
        Seattle|WA|981|206
        Boston|MA|021|617
        Denver|CO|802|303
        Saint Paul|MN|551|651"""
    ),
    postcode="{}##",
    mobiles=("212%%#####", "213%%#####", "312%%#####", "713%%#####", "206%%#####", "303%%#####"),
    landline="{}%%#####",
    legal_forms=pairs(
        "LLC=Limited Liability Company, Inc.=Incorporated, Corp.=Corporation, Co.=Company, LP=Limited Partnership"
    ),
    trades=words(
        "Construction, Plumbing, Logistics, Software, Consulting, Auto Parts, Bakery, Realty, Printing, Pharmacy, "
        "Foods, "
        "Electric, Roofing, Landscaping, Trucking, Insurance, Fitness, Energy, Medical Supply, Hardware"
    ),
    titles=("Dr.",),
    house_first=True,
    postcode_first=False,
    date_format="%m/%d/%Y",
)
