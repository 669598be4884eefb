"""The settings model: one file, hub.yaml, says what this hub does.

A wrong key, an unknown attribute or an impossible combination is an error before anything runs (see hub.config_file
for lines and suggestions).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, SecretStr, StringConstraints, model_validator

from hub.access import AccessConfig
from hub.api_config import ApiConfig
from hub.attributes import ATTRIBUTES, Attribute
from hub.computed import ComputedAttribute, SegmentCondition
from hub.feed import ActivityConfig, Column, Columns, ConsentConfig, ContactColumns, Feed, check_apart
from hub.ground import Channel, FieldGround, Ground, LegalBasis
from hub.matching import MatchingConfig
from hub.records import ENTITY_TYPES, EntityType
from hub.release import ReleaseConfig
from hub.schedules import Schedules
from hub.section import Name, Strict, did_you_mean
from hub.spark import SparkConfig
from hub.survivorship import Survivorship

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class CustomAttribute(Strict):
    """An attribute of your own, beside those the hub knows."""

    kind: Literal["text", "date", "number", "boolean"] = "text"
    multi: bool = Field(False, description="A record may have several values.")
    entity_types: tuple[EntityType, ...] = ENTITY_TYPES
    match: Literal["none", "exact", "fuzzy"] = Field("none", description="How matching compares it, if at all.")


class AddressColumns(Strict):
    """The columns that make an address; several columns for one part are joined by a space."""

    street: Columns | None = None
    house_number: Columns | None = None
    line2: Columns | None = None
    city: Columns | None = None
    postcode: Columns | None = None
    region: Columns | None = None
    country: Columns | None = None


class IdentifierColumns(Strict):
    """A column that holds a number by which others know the customer."""

    kind: Literal["vat", "tax", "national", "registration", "loyalty", "other"] = "other"
    value: str
    country: str | None = Field(None, description="A column, or an ISO 3166 code in capitals.")


FieldMapping = (
    str | list[str] | Column | AddressColumns | IdentifierColumns | list[AddressColumns] | list[IdentifierColumns]
)


class TypeByColumn(Strict):
    """The entity type stands in a column."""

    column: str
    values: dict[str, EntityType] = Field(description="Value of the column -> entity type; letter case is ignored.")
    default: EntityType | None = Field(None, description="For other values; without it such rows are quarantined.")


class TypeWhenPresent(Strict):
    """The entity type shows in which columns are filled."""

    when_present: dict[EntityType, Columns]
    default: EntityType


class ObjectConfig(Feed):
    """One kind of record in a system, and how its rows become source records."""

    entity_type: EntityType | TypeByColumn | TypeWhenPresent | None = None
    duplicate_free: bool = Field(
        False, description="It holds no customer twice: two of its records are never one customer by their scores."
    )
    country: Country | None = Field(None, description="Of phones and addresses that name none.")
    fields: dict[str, FieldMapping] = Field(default_factory=dict, description="Attribute -> column(s).")
    contact_points: dict[Literal["email", "phone"], ContactColumns] = Field(
        default_factory=dict,
        description="What the row says of its contact points: verified, undeliverable, since when.",
    )

    def fault(self, kind: str) -> str:
        """Say what is missing to read these records from files or a database, "" where nothing."""
        if self.entity_type is None:
            return "say its entity_type: person, organisation, or how to tell"
        return super().fault(kind) or ("" if self.fields else "fields maps no attribute to a column")


SystemKind = Literal["sap_s4hana", "hubspot", "zendesk", "files", "sql"]


class SystemConfig(Strict):
    """A system outside the hub."""

    kind: SystemKind
    url: SecretStr | None = Field(None, description="Base address (APIs), or SQLAlchemy URL (sql).")
    user: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = None
    country: Country | None = Field(None, description="Of phones and addresses that name none.")
    objects: dict[Name, ObjectConfig] = Field(default_factory=dict)
    activities: dict[Name, ActivityConfig | None] = Field(
        default_factory=dict, description="Orders, tickets, campaign mails and the like; null: not to be read."
    )
    consents: dict[Name, ConsentConfig | None] = Field(
        default_factory=dict, description="Statements of consent and their withdrawal; null: not to be read."
    )
    page_size: int | None = Field(None, ge=1, le=10000, description="APIs: rows a page, below the system's own limit.")
    compare_keys: bool = Field(True, description="Read all keys on each run to see deletions, where no feed tells.")

    @model_validator(mode="after")
    def _complete(self) -> SystemConfig:
        needs = {
            "sap_s4hana": ("url", "user", "password"),
            "hubspot": ("url", "token"),
            "zendesk": ("url", "user", "token"),
            "files": (),
            "sql": ("url",),
        }[self.kind]
        missing = [name for name in needs if getattr(self, name) is None]
        if missing:
            raise ValueError(f"a system of kind {self.kind} also needs: {', '.join(missing)}")
        if self.kind in ("files", "sql"):
            entries = [*self.objects.items(), *self.activities.items(), *self.consents.items()]
            if not entries:
                raise ValueError(
                    f"a system of kind {self.kind} needs at least one entry under objects, activities or consents"
                )
            for name, entry in entries:
                if entry is not None and (fault := entry.fault(self.kind)):
                    raise ValueError(f"object {name}: {fault}")
        check_apart(objects=self.objects, activities=self.activities, consents=self.consents)
        return self


Owner = Literal["hub", "system", "newest"]


class DestinationConfig(Strict):
    """A system that gets golden records back: what is written there, and on what grounds."""

    system: Name
    purpose: str = Field(min_length=3, description="Why this data goes there; recorded with every delivery.")
    legal_basis: LegalBasis = Field(
        description="consent: nothing leaves without an effective consent for the purpose, which is then a word that"
        " statements of consent name; contact points need the consent for that very one."
    )
    channels: list[Channel] | None = Field(
        None, min_length=1, description="With consent: by which channels customers are addressed there (default: any)."
    )
    grounds: dict[str, FieldGround] = Field(
        default_factory=dict, description="Attribute -> purpose, legal basis and channels, where they differ."
    )
    create: bool = Field(False, description="Also create customers that the system does not have yet.")
    entity_types: tuple[EntityType, ...] = ENTITY_TYPES
    fields: Literal["all"] | list[str] | dict[str, Literal[True] | str] = Field(
        "all",
        description="Golden attributes that may be written: all, their names, or attribute -> property of your own in"
        " the system (true: its usual place).",
    )
    owner: Owner = Field(
        "hub",
        description="Who settles a field that was changed there since the hub wrote it. hub: the golden record, once"
        " the hub has read the change. system: what the system says by itself stays. newest: the later one.",
    )
    owners: dict[str, Owner] = Field(default_factory=dict, description="Attribute -> owner, where it is another.")
    batch_size: int = Field(100, ge=1, le=1000)
    max_changes: int | None = Field(None, ge=1, description="A run that would write more stops before the first.")
    write_key: bool = Field(False, description="Also write the customer id on records that the system already had.")

    def owner_of(self, attribute: str) -> Owner:
        """Say who settles a conflict over an attribute."""
        return self.owners.get(attribute, self.owner)

    def ground_of(self, attribute: str) -> Ground:
        """Say what an attribute is used for there, and on which basis."""
        own = self.grounds.get(attribute, FieldGround())
        channels = own.channels if own.channels is not None else self.channels
        return Ground(
            purpose=own.purpose or self.purpose,
            legal_basis=own.legal_basis or self.legal_basis,
            channels=tuple(channels or ()),
        )

    @property
    def rests_on_consent(self) -> bool:
        """Whether anything goes there by consent alone."""
        return any(self.ground_of(name).needs_consent for name in ("", *self.grounds))

    @property
    def properties(self) -> dict[str, str]:
        """The attributes that are written to properties of your own, and the names of those."""
        mapped = self.fields.items() if isinstance(self.fields, dict) else ()
        return {attribute: name for attribute, name in mapped if isinstance(name, str)}


class Config(Strict):
    """hub.yaml."""

    version: Literal[1] = 1
    attributes: dict[Name, CustomAttribute] = Field(default_factory=dict, description="Attributes of your own.")
    systems: dict[Name, SystemConfig] = Field(min_length=1)
    matching: dict[EntityType, MatchingConfig] = Field(default_factory=dict)
    release: ReleaseConfig = Field(default_factory=ReleaseConfig)
    spark: SparkConfig = Field(default_factory=SparkConfig)
    survivorship: Survivorship = Field(default_factory=Survivorship)
    computed: dict[Name, ComputedAttribute] = Field(
        default_factory=dict, description="Figures over each customer's activities."
    )
    segments: dict[Name, SegmentCondition] = Field(
        default_factory=dict, description="Named conditions over golden and computed attributes."
    )
    destinations: dict[Name, DestinationConfig] = Field(default_factory=dict)
    schedules: Schedules = Field(default_factory=Schedules)
    api: ApiConfig = Field(default_factory=ApiConfig)
    access: AccessConfig = Field(default_factory=AccessConfig)

    _folder: Path = PrivateAttr(default_factory=Path)

    @property
    def folder(self) -> Path:
        """Where relative paths start: the folder of hub.yaml."""
        return self._folder

    def vocabulary(self) -> dict[str, Attribute]:
        """All attributes of this hub: the shared ones and its own."""
        own = {
            name: Attribute(name, a.kind, multi=a.multi, entity_types=a.entity_types)
            for name, a in self.attributes.items()
        }
        return {**ATTRIBUTES, **own}

    def match_attributes(self, entity_type: EntityType) -> list[tuple[str, Literal["exact", "fuzzy"]]]:
        """Custom attributes that matching compares, in the order of their names."""
        return [
            (name, a.match)
            for name, a in sorted(self.attributes.items())
            if a.match != "none" and entity_type in a.entity_types
        ]

    def matching_for(self, entity_type: EntityType) -> MatchingConfig:
        """Matching settings of an entity type, by default those of `MatchingConfig`."""
        return self.matching.get(entity_type, MatchingConfig())

    @model_validator(mode="after")
    def _names_known(self) -> Config:
        known = self.vocabulary()
        for name in self.attributes:
            if name in ATTRIBUTES:
                raise ValueError(f"attributes.{name} is an attribute that the hub has already; choose another name")
        for system, config in self.systems.items():
            for name, entry in config.objects.items():
                for attribute in entry.fields:
                    _check_attribute(f"systems.{system}.objects.{name}.fields", attribute, known)
        for name, destination in self.destinations.items():
            if destination.system not in self.systems:
                raise ValueError(f"destinations.{name}.system names '{destination.system}', which is not under systems")
            if self.systems[destination.system].kind in ("files", "sql"):
                raise ValueError(f"destinations.{name}: a system of its kind can't be written to")
            for attribute in destination.fields if destination.fields != "all" else ():
                _check_attribute(f"destinations.{name}.fields", attribute, known)
            for attribute in destination.properties:
                if known[attribute].kind in ("address", "identifier"):
                    raise ValueError(f"destinations.{name}.fields: {attribute} has parts and fits no single property")
            for attribute in destination.owners:
                _check_attribute(f"destinations.{name}.owners", attribute, known)
            for attribute in ("", *destination.grounds):
                if attribute:
                    _check_attribute(f"destinations.{name}.grounds", attribute, known)
                if fault := destination.ground_of(attribute).fault():
                    raise ValueError(f"destinations.{name}: {fault}")
        for name in self.computed:
            if name in known:
                raise ValueError(f"computed.{name} is a golden attribute already; choose another name")
        golden = {name: attribute for name, attribute in known.items() if not attribute.derived}
        for name, condition in self.segments.items():
            condition.check(f"segments.{name}", golden, self.computed)
        for name in self.access.mask:
            _check_attribute("access.mask", name, known)
        # A file with a system column brings system names that stand in its rows alone.
        named_in_data = any(e.system_column for s in self.systems.values() for e in s.objects.values())
        self.survivorship.check_names(known, None if named_in_data else set(self.systems))
        return self


def _check_attribute(where: str, attribute: str, known: dict[str, Attribute]) -> None:
    if attribute not in known or known[attribute].derived:
        raise ValueError(f"{where}: unknown attribute '{attribute}'{did_you_mean(attribute, known)}")
