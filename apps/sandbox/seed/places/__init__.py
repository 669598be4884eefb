"""What names, streets, numbers and companies look like in each country, one module a country."""

from apps.sandbox.seed.places import de, es, fr, gb, it, nl, pl, us
from apps.sandbox.seed.places.place import Place

PLACES: dict[str, Place] = {module.PLACE.country: module.PLACE for module in (de, fr, gb, us, it, es, nl, pl)}
