"""The entities of the three services: the properties that are kept, their types and lengths, keys and navigation.

Taken from the vendor's metadata of API_BUSINESS_PARTNER; the documents' from their services' documentation.
In the lists, ``Name:40`` is a string with its greatest length, and the letters stand for d DateTime, o DateTimeOffset,
t Time, b Boolean, n Decimal; ``!`` marks what a client can't write.
"""

from dataclasses import dataclass, field
from functools import cached_property

EMPTY_TIME = "PT00H00M00S"


@dataclass(frozen=True)
class Property:
    """One property of an entity."""

    type: str
    length: int = 0
    writable: bool = True

    @property
    def empty(self) -> object:
        """What an empty field looks like on the wire: ABAP knows no null but for dates."""
        return {"string": "", "b": False, "t": EMPTY_TIME, "n": "0"}.get(self.type)


def _properties(text: str) -> dict[str, Property]:
    found = {}
    for item in text.split():
        name, kind = item.rstrip("!").split(":")
        writable = not item.endswith("!")
        found[name] = Property("string", int(kind), writable) if kind.isdigit() else Property(kind, 0, writable)
    return found


@dataclass(frozen=True)
class Entity:
    """An entity set. ``path`` are the navigation properties that lead to it from its root table."""

    set: str
    type: str
    keys: tuple[str, ...]
    properties: dict[str, Property]
    table: str = "sap_partner"
    path: tuple[str, ...] = ()
    navigation: dict[str, str] = field(default_factory=dict)
    deletable: bool = False
    creatable: bool = True

    @cached_property
    def blank(self) -> dict[str, object]:
        """Every property, empty."""
        return {name: known.empty for name, known in self.properties.items()}


_BP = "API_BUSINESS_PARTNER"

_ENTITIES = (
    Entity(
        "A_BusinessPartner",
        f"{_BP}.A_BusinessPartnerType",
        ("BusinessPartner",),
        _properties(
            "BusinessPartner:10 Customer:10! Supplier:10! AcademicTitle:4 AuthorizationGroup:4 "
            "BusinessPartnerCategory:1 "
            "BusinessPartnerFullName:81! BusinessPartnerGrouping:4 BusinessPartnerName:81! BusinessPartnerUUID:36! "
            "CorrespondenceLanguage:2 CreatedByUser:12! CreationDate:d! CreationTime:t! FirstName:40 FormOfAddress:4 "
            "Industry:10 IsFemale:b IsMale:b IsNaturalPerson:1 IsSexUnknown:b Language:2 LastChangeDate:d! "
            "LastChangeTime:t! LastChangedByUser:12! LastName:40 LegalForm:2 OrganizationBPName1:40 "
            "OrganizationBPName2:40 OrganizationBPName3:40 OrganizationBPName4:40 OrganizationFoundationDate:d "
            "SearchTerm1:20 SearchTerm2:20 AdditionalLastName:40 BirthDate:d BusinessPartnerIsBlocked:b "
            "BusinessPartnerType:4 ETag:26! GroupBusinessPartnerName1:40 MiddleName:40 PersonNumber:10! "
            "IsMarkedForArchiving:b BusinessPartnerIDByExtSystem:20 BusinessPartnerBirthName:40 "
            "BusinessPartnerSupplementName:4 NaturalPersonEmployerName:35 LastNamePrefix:4 Initials:10"
        ),
        navigation={
            "to_BusinessPartnerAddress": "A_BusinessPartnerAddress",
            "to_BusinessPartnerRole": "A_BusinessPartnerRole",
            "to_BuPaIdentification": "A_BuPaIdentification",
            "to_BusinessPartnerTax": "A_BusinessPartnerTaxNumber",
        },
    ),
    Entity(
        "A_BusinessPartnerAddress",
        f"{_BP}.A_BusinessPartnerAddressType",
        ("BusinessPartner", "AddressID"),
        _properties(
            "BusinessPartner:10 AddressID:10 ValidityStartDate:o ValidityEndDate:o AdditionalStreetPrefixName:40 "
            "AdditionalStreetSuffixName:40 AddressTimeZone:6 CareOfName:40 CityName:40 CompanyPostalCode:10 "
            "Country:3 "
            "County:40 District:40 FullName:80! HouseNumber:10 HouseNumberSupplementText:10 Language:2 POBox:10 "
            "POBoxPostalCode:10 Person:10! PostalCode:10 PrfrdCommMediumType:3 Region:3 StreetName:60 "
            "StreetPrefixName:40 StreetSuffixName:40 AddressIDByExternalSystem:20"
        ),
        path=("to_BusinessPartnerAddress",),
        navigation={
            "to_AddressUsage": "A_BuPaAddressUsage",
            "to_EmailAddress": "A_AddressEmailAddress",
            "to_PhoneNumber": "A_AddressPhoneNumber",
        },
        deletable=True,
    ),
    Entity(
        "A_BuPaAddressUsage",
        f"{_BP}.A_BuPaAddressUsageType",
        ("BusinessPartner", "AddressUsage", "AddressID"),
        _properties(
            "BusinessPartner:10 AddressUsage:10 AddressID:10 ValidityStartDate:o ValidityEndDate:o StandardUsage:b"
        ),
        path=("to_BusinessPartnerAddress", "to_AddressUsage"),
        deletable=True,
    ),
    Entity(
        "A_AddressEmailAddress",
        f"{_BP}.A_AddressEmailAddressType",
        ("AddressID", "Person", "OrdinalNumber"),
        _properties(
            "AddressID:10 Person:10 OrdinalNumber:3 IsDefaultEmailAddress:b EmailAddress:241 SearchEmailAddress:20! "
            "AddressCommunicationRemarkText:50"
        ),
        path=("to_BusinessPartnerAddress", "to_EmailAddress"),
        deletable=True,
    ),
    Entity(
        "A_AddressPhoneNumber",
        f"{_BP}.A_AddressPhoneNumberType",
        ("AddressID", "Person", "OrdinalNumber"),
        _properties(
            "AddressID:10 Person:10 OrdinalNumber:3 DestinationLocationCountry:3 IsDefaultPhoneNumber:b "
            "PhoneNumber:30 "
            "PhoneNumberExtension:10 InternationalPhoneNumber:30! PhoneNumberType:1 AddressCommunicationRemarkText:50"
        ),
        path=("to_BusinessPartnerAddress", "to_PhoneNumber"),
        deletable=True,
    ),
    Entity(
        "A_BusinessPartnerRole",
        f"{_BP}.A_BusinessPartnerRoleType",
        ("BusinessPartner", "BusinessPartnerRole"),
        _properties("BusinessPartner:10 BusinessPartnerRole:6 ValidFrom:o ValidTo:o AuthorizationGroup:4"),
        path=("to_BusinessPartnerRole",),
    ),
    Entity(
        "A_BuPaIdentification",
        f"{_BP}.A_BuPaIdentificationType",
        ("BusinessPartner", "BPIdentificationType", "BPIdentificationNumber"),
        _properties(
            "BusinessPartner:10 BPIdentificationType:6 BPIdentificationNumber:60 BPIdnNmbrIssuingInstitute:40 "
            "BPIdentificationEntryDate:d Country:3 Region:3 ValidityStartDate:d ValidityEndDate:d "
            "AuthorizationGroup:4"
        ),
        path=("to_BuPaIdentification",),
        deletable=True,
    ),
    Entity(
        "A_BusinessPartnerTaxNumber",
        f"{_BP}.A_BusinessPartnerTaxNumberType",
        ("BusinessPartner", "BPTaxType"),
        _properties("BusinessPartner:10 BPTaxType:4 BPTaxNumber:20 BPTaxLongNumber:60 AuthorizationGroup:4"),
        path=("to_BusinessPartnerTax",),
        deletable=True,
    ),
    Entity(
        "A_SalesOrder",
        "API_SALES_ORDER_SRV.A_SalesOrderType",
        ("SalesOrder",),
        _properties(
            "SalesOrder:10 SalesOrderType:4 SoldToParty:10 PurchaseOrderByCustomer:35 TotalNetAmount:n! "
            "TransactionCurrency:5 SalesOrderDate:d CreationDate:d! LastChangeDate:d! LastChangeDateTime:o! "
            "OverallSDProcessStatus:1! OverallSDDocumentRejectionSts:1!"
        ),
        table="sap_order",
        navigation={"to_Item": "A_SalesOrderItem"},
        creatable=False,
    ),
    Entity(
        "A_SalesOrderItem",
        "API_SALES_ORDER_SRV.A_SalesOrderItemType",
        ("SalesOrder", "SalesOrderItem"),
        _properties(
            "SalesOrder:10 SalesOrderItem:6 Material:40 RequestedQuantity:n NetAmount:n! TransactionCurrency:5"
        ),
        table="sap_order",
        path=("to_Item",),
        creatable=False,
    ),
    Entity(
        "A_BillingDocument",
        "API_BILLING_DOCUMENT_SRV.A_BillingDocumentType",
        ("BillingDocument",),
        _properties(
            "BillingDocument:10! SDDocumentCategory:4! BillingDocumentCategory:1! BillingDocumentType:4! "
            "CreationDate:d! CreationTime:t! LastChangeDate:d! LastChangeDateTime:o! BillingDocumentDate:d! "
            "BillingDocumentIsCancelled:b! CancelledBillingDocument:10! TotalNetAmount:n! TransactionCurrency:5! "
            "PayerParty:10! SoldToParty:10! PurchaseOrderByCustomer:35! OverallSDProcessStatus:1! "
            "OverallBillingStatus:1! AccountingPostingStatus:1! AccountingTransferStatus:1! InvoiceClearingStatus:1!"
        ),
        table="sap_invoice",
        navigation={"to_Item": "A_BillingDocumentItem"},
        creatable=False,
    ),
    Entity(
        "A_BillingDocumentItem",
        "API_BILLING_DOCUMENT_SRV.A_BillingDocumentItemType",
        ("BillingDocument", "BillingDocumentItem"),
        _properties(
            "BillingDocument:10! BillingDocumentItem:6! Material:40! BillingQuantity:n! NetAmount:n! "
            "TransactionCurrency:5! SalesDocument:10! SalesDocumentItem:6!"
        ),
        table="sap_invoice",
        path=("to_Item",),
        creatable=False,
    ),
)

ENTITIES: dict[str, Entity] = {entity.set: entity for entity in _ENTITIES}

ALPHA = frozenset(
    {
        "BusinessPartner",
        "Customer",
        "Supplier",
        "AddressID",
        "SoldToParty",
        "SalesOrder",
        "SalesOrderItem",
        "SalesDocument",
        "SalesDocumentItem",
        "BillingDocument",
        "BillingDocumentItem",
        "CancelledBillingDocument",
        "PayerParty",
        "OrdinalNumber",
    }
)
"""Numbers that SAP keeps with leading zeros and compares without (ALPHA conversion)."""


def alpha(name: str, value: str) -> str:
    """Return a key value without leading zeros, where the property is such a number."""
    return (value.lstrip("0") or "0") if name in ALPHA and value.isdigit() else value
