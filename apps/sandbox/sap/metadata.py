"""The services' ``$metadata``, written from the model."""

from apps.sandbox.sap.model import ENTITIES, Entity, Property

_TYPES = {"string": "String", "d": "DateTime", "o": "DateTimeOffset", "t": "Time", "b": "Boolean", "n": "Decimal"}


def _property(name: str, known: Property) -> str:
    length = f' MaxLength="{known.length}"' if known.length else ""
    fixed = "" if known.writable else ' sap:creatable="false" sap:updatable="false"'
    return f'<Property Name="{name}" Type="Edm.{_TYPES[known.type]}"{length}{fixed}/>'


def _type(entity: Entity) -> str:
    keys = "".join(f'<PropertyRef Name="{name}"/>' for name in entity.keys)
    properties = "".join(_property(name, known) for name, known in entity.properties.items())
    return f'<EntityType Name="{entity.type.split(".")[1]}"><Key>{keys}</Key>{properties}</EntityType>'


def metadata(table: str) -> str:
    """Return the metadata of the service whose entities are kept in a table."""
    served = [entity for entity in ENTITIES.values() if entity.table == table]
    namespace = served[0].type.split(".")[0]
    sets = "".join(
        f'<EntitySet Name="{entity.set}" EntityType="{entity.type}" sap:deletable="{str(entity.deletable).lower()}"'
        f' sap:creatable="{str(entity.creatable).lower()}"/>'
        for entity in served
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="1.0"'
        ' xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" xmlns:sap="http://www.sap.com/Protocols/SAPData">'
        '<edmx:DataServices xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
        f' m:DataServiceVersion="2.0"><Schema Namespace="{namespace}"'
        ' xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
        f"{''.join(_type(entity) for entity in served)}"
        f'<EntityContainer Name="{namespace}_Entities" m:IsDefaultEntityContainer="true"'
        f' sap:supported-formats="atom json">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    )
