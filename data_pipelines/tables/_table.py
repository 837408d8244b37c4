"""What a table is: a promise, declared once, kept by the database."""

from dataclasses import dataclass
from enum import IntEnum

from geo.errors import UsageError


class Tier(IntEnum):
    """Who may see a value; a tier's file holds its own columns and those of the tiers below."""

    public = 0
    restricted = 1
    confidential = 2


@dataclass(frozen=True)
class Column:
    """One column: its SQL type, what it means, in which unit, and the lowest tier that holds it."""

    name: str
    type: str
    meaning: str
    tier: Tier = Tier.confidential
    unit: str = ""
    null: bool = False
    check: str = ""

    @property
    def ddl(self) -> str:
        """The column's line in CREATE TABLE; the check is a constraint, so DuckDB keeps the promise."""
        parts = [f'"{self.name}" {self.type}', "" if self.null else "NOT NULL"]
        return " ".join([*filter(None, parts), *([f"CHECK ({self.check})"] if self.check else [])])


@dataclass(frozen=True)
class Table:
    """A contract: what one row is (grain), its key and its columns.

    `staged` tables are filled by sources; the others by a model of the same name.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    staged: bool = False

    def column(self, name: str) -> Column:
        """Return the named column, or say which there are."""
        for column in self.columns:
            if column.name == name:
                return column
        known = ", ".join(c.name for c in self.columns)
        raise UsageError(f"Table '{self.name}' has no column '{name}'; it has {known}.")

    def visible(self, tier: Tier) -> tuple[Column, ...]:
        """Return the columns that a tier's file may hold."""
        return tuple(c for c in self.columns if c.tier <= tier)

    def ddl(self, name: str | None = None, tier: Tier = Tier.confidential) -> str:
        """Return CREATE TABLE for the columns a tier holds; a tier that holds none gets the whole table, to stay empty.

        Only tables that sources fill carry their key as a constraint: on the two million rows of `layer_values` its
        index would cost more than all layers, so there the check `keys_are_unique` stands in.
        """
        columns = self.visible(tier) or self.columns
        lines = [c.ddl for c in columns]
        if self.staged and self.key and {c.name for c in columns}.issuperset(self.key):
            lines.append(f"PRIMARY KEY ({', '.join(self.key)})")
        return f'CREATE TABLE "{name or self.name}" (\n  ' + ",\n  ".join(lines) + "\n)"


PUBLIC, RESTRICTED, CONFIDENTIAL = Tier.public, Tier.restricted, Tier.confidential

INCIDENT_KINDS = (
    "state_based",
    "non_state",
    "one_sided",
    "attack_on_health",
    "attack_on_education",
    "attack_on_aid",
    "attack_on_camp",
    "demonstration",
    "strategic",
)
SITE_KINDS = ("health", "education", "worship", "heritage", "displacement_site")
SUPPORTS = ("exact", "near", "adm2", "adm1", "region", "country", "water")
UNITS = ("adm1", "adm2", "cell")
STATUSES = ("ok", "no_data", "not_assessed", "stale", "suppressed")
LONGITUDE = "isfinite(longitude) AND longitude BETWEEN -180 AND 180"
LATITUDE = "isfinite(latitude) AND latitude BETWEEN -90 AND 90"


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Return a check that a column holds one of a fixed list; the list is ours, never a user's."""
    return f"{column} IN ({', '.join(repr(v) for v in values)})"
