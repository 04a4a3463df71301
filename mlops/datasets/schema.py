"""Table Schemas: what the tables of a data set look like, in the Frictionless JSON form (one resource a table)."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops.errors import RefusedInput

TYPES = ("string", "integer", "number", "date")
_NAME = re.compile(r"^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$")
_IDENTIFYING, _REPAIRED, _INSTEAD = "mlops:identifying", "mlops:repaired", "mlops:instead"
_REPEATED, _REQUIRED, _PUBLIC = "mlops:repeatedKey", "mlops:required", "mlops:public"


@dataclass(frozen=True)
class Field:
    """One column: its type and constraints.

    ``identifying`` values are never shown; ``public`` ones (a brand's name, a code; those of an ``enum`` always) may be named where
    enough rows have them, all others are described by their class; ``repaired`` ones are imputed by the pipeline, so breaking the
    rule is a warning; a required value may be missing where one of the columns in ``instead`` has one.
    """

    name: str
    type: str = "string"
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[str, ...] = ()
    identifying: bool = False
    repaired: bool = False
    instead: tuple[str, ...] = ()
    public: bool = False

    @property
    def named(self) -> bool:
        """Whether its values may be named at all."""
        return (self.public or bool(self.enum)) and not self.identifying

    def to_json(self) -> dict[str, Any]:
        """A Frictionless field descriptor."""
        found = {
            "required": (self.required and not self.instead) or None,
            "minimum": self.minimum,
            "maximum": self.maximum,
        }
        constraints: dict[str, Any] = {key: value for key, value in found.items() if value is not None}
        constraints |= {"enum": list(self.enum)} if self.enum else {}
        marks = {_IDENTIFYING: self.identifying, _REPAIRED: self.repaired, _PUBLIC: self.public}
        return {
            "name": self.name,
            "type": self.type,
            **({"constraints": constraints} if constraints else {}),
            **{key: True for key, value in marks.items() if value},
            **({_INSTEAD: list(self.instead)} if self.instead else {}),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Field":
        """From a field descriptor; types that are not ours are read as text."""
        rules, kind = value.get("constraints", {}), value.get("type", "string")
        return cls(
            name=str(value["name"]),
            type=kind if kind in TYPES else "string",
            required=bool(rules.get("required", False)) or bool(value.get(_INSTEAD)),
            minimum=rules.get("minimum"),
            maximum=rules.get("maximum"),
            enum=tuple(str(item) for item in rules.get("enum", ())),
            identifying=bool(value.get(_IDENTIFYING, False)),
            repaired=bool(value.get(_REPAIRED, False)),
            instead=tuple(value.get(_INSTEAD, ())),
            public=bool(value.get(_PUBLIC, False)),
        )


@dataclass(frozen=True)
class ForeignKey:
    """Values of ``column`` must be among those of ``of_column`` in table ``of_table``."""

    column: str
    of_table: str
    of_column: str


@dataclass(frozen=True)
class Table:
    """One CSV file. A repeated key is an error, or (``drop_repeated``) a warning where the pipeline drops the repeats."""

    name: str
    path: str
    fields: tuple[Field, ...]
    key: str = ""
    foreign_keys: tuple[ForeignKey, ...] = ()
    required: bool = True
    drop_repeated: bool = False

    def field(self, name: str) -> Field:
        """The field of that name (KeyError where there is none)."""
        return self.by_name[name]

    def missing(self, header: Collection[str]) -> list[str]:
        """Required columns that a file with this header lacks, with all that could stand in for them."""
        absent = [field for field in self.fields if field.required and field.name not in header]
        return [field.name for field in absent if not set(field.instead) & set(header)]

    @property
    def by_name(self) -> dict[str, Field]:
        """Fields by their names."""
        return {field.name: field for field in self.fields}

    def to_json(self) -> dict[str, Any]:
        """A Frictionless tabular-data-resource."""
        schema: dict[str, Any] = {"fields": [field.to_json() for field in self.fields], "missingValues": [""]}
        if self.key:
            schema["primaryKey"] = [self.key]
        if self.foreign_keys:
            schema["foreignKeys"] = [
                {"fields": [key.column], "reference": {"resource": key.of_table, "fields": [key.of_column]}}
                for key in self.foreign_keys
            ]
        marks = {_REQUIRED: self.required, **({_REPEATED: "drop"} if self.drop_repeated else {})}
        return {"name": self.name, "path": self.path, "profile": "tabular-data-resource", "schema": schema, **marks}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Table":
        """From a resource descriptor."""
        schema, keys = value["schema"], value["schema"].get("primaryKey", "")
        if isinstance(keys, list) and len(keys) > 1:
            raise RefusedInput(f"schema of {value['name']}: a primary key of several columns is not supported")
        return cls(
            name=_checked_name(str(value["name"])),
            path=str(value["path"]),
            fields=tuple(Field.from_json(field) for field in schema["fields"]),
            key=str(keys[0] if isinstance(keys, list) and keys else keys or ""),
            foreign_keys=tuple(_foreign_keys(value["name"], schema.get("foreignKeys", []))),
            required=bool(value.get(_REQUIRED, True)),
            drop_repeated=value.get(_REPEATED) == "drop",
        )


@dataclass(frozen=True)
class Schema:
    """The tables of a data set."""

    tables: tuple[Table, ...]

    def table(self, name: str) -> Table:
        """The table of that name (KeyError where there is none)."""
        return {table.name: table for table in self.tables}[name]

    @property
    def paths(self) -> frozenset[str]:
        """File names of all tables."""
        return frozenset(table.path for table in self.tables)

    def to_json(self) -> dict[str, Any]:
        """A Frictionless data package (without data)."""
        return {"profile": "tabular-data-package", "resources": [table.to_json() for table in self.tables]}

    def canonical(self) -> str:
        """The bytes that are hashed."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Schema":
        """From a data package.

        Raises:
            RefusedInput: it is none.
        """
        try:
            return cls(tuple(Table.from_json(resource) for resource in value["resources"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise RefusedInput(f"schema: not a Frictionless data package ({error!r} is missing or wrong)") from error


def load(path: Path) -> Schema:
    """A schema file: a Frictionless data package, or the seed code's ``schema/tables.json``.

    Raises:
        RefusedInput: it is missing, no JSON, or neither.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RefusedInput(f"schema {path}: no such file") from None
    except ValueError as error:
        raise RefusedInput(f"schema {path}: not JSON ({error})") from None
    return Schema.from_json(value) if "resources" in value else from_tables(value)


def from_tables(value: Mapping[str, Any]) -> Schema:
    """The Table Schema of the seed project's own schema file."""
    return Schema(tuple(_seed_table(name, table, value) for name, table in value.items()))


def _seed_table(name: str, table: Mapping[str, Any], every: Mapping[str, Any]) -> Table:
    fields = tuple(_seed_field(column, rule) for column, rule in table["columns"].items())
    keys = tuple(
        ForeignKey(column, rule["of"], every[rule["of"]]["key"][0])
        for column, rule in table["columns"].items()
        if "of" in rule
    )
    # the seed code drops a dispensing that is delivered twice and counts it; every other key must be unique
    drop = name == "fills"
    return Table(name, table["file"], fields, (table.get("key") or [""])[0], keys, bool(table["required"]), drop)


def _seed_field(name: str, rule: Mapping[str, Any]) -> Field:
    kinds = {"id": "string", "text": "string", "category": "string"}
    return Field(
        name=name,
        type=kinds.get(rule["type"], rule["type"]),
        required=bool(rule.get("required")),
        minimum=rule.get("min"),
        maximum=rule.get("max"),
        enum=tuple(rule.get("values", ())),
        identifying=rule["type"] == "id" or name in {"birth_year", "death_date"},
        repaired=bool(rule.get("repaired")),
        instead=tuple(rule.get("instead", ())),
        public=bool(rule.get("public")),
    )


def _foreign_keys(table: str, values: list[Mapping[str, Any]]) -> Iterator[ForeignKey]:
    for value in values:
        columns, reference = value["fields"], value["reference"]
        own = columns if isinstance(columns, str) else columns[0]
        other = reference["fields"] if isinstance(reference["fields"], str) else reference["fields"][0]
        yield ForeignKey(str(own), str(reference["resource"] or table), str(other))


def _checked_name(name: str) -> str:
    if not _NAME.match(name):
        raise RefusedInput(f"schema: table name {name!r} must be lower-case letters, digits, '-', '_' and '.'")
    return name
