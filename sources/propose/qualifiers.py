"""Words in headers that say whose or which value it is, and words that make another thing of it."""

from __future__ import annotations

from sources.standardise.text import table

QUALIFIERS = table(
    """
    customer cust client kunde kunden contact person persons patient donor voter member user account party primary
    main default prim private privat personal perso home work business office other alt alternate alternative
    secondary second preferred current new the of de del des du my txt fld field col c contacto cliente klient
    klienten kontakt rechnung haupt subscriber lead guest student employee patients buyer owner registered
    principal residential res resident physical mailing billing shipping delivery postal invoice bill ship sold to
    legal permanent correspondence facturation livraison envio facturacion rechnungs liefer address addr site
    location value text str full raw original orig source
    """
)
"""Words that say whose or which value it is, not what it is."""

ADDRESS_GROUPS = {
    word: group
    for group, words in {
        "bill": "billing bill invoice rechnung rechnungs facturation facturacion",
        "ship": "shipping ship delivery liefer livraison envio",
        "mail": "mailing correspondence",
        "home": "home residential res resident private privat personal permanent",
        "work": "work business office",
        "other": "other alternate alternative alt secondary",
        "legal": "legal",
        "physical": "physical",
    }.items()
    for word in words.split()
}
"""Of the qualifiers those that tell two addresses of one row apart."""

OTHERWISE = table(
    """
    group segment class category tier level
    opt optin consent count flag verified valid validated status bounced bounce type
    date hash score domain
    preference preferences allowed marketing subscribed unsubscribed accepts accept in out do not has is last time
    timestamp at by on total sum avg number_of num_of lat lon latitude longitude latlng notes note comment
    comments description error format label list quality source confirmed dnc sms newsletter reason change changed
    history district precinct
    """
)
"""Words that make another thing of what stands beside them ("email opt in", "phone type")."""
