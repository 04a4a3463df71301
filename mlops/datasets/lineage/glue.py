"""One Glue table per table of a version, so that Athena can query it where it lies.

A version's tables lie in one folder, as the jobs want them; a Glue table wants a folder of its own. So each points to a
symlink manifest that names the one file. All columns are strings: the CSV SerDe reads nothing else.
"""

import re
from typing import Any

from mlops.datasets.registry.names import GLUE_DATABASE, Keys
from mlops.datasets.registry.registry import Registry, Version
from mlops.datasets.schema import Schema
from mlops.errors import MlopsError, NotRunning

_SYMLINKS = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"
_TEXT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"


def publish(registry: Registry, version: Version) -> list[str]:
    """Create the version's Glue tables (those that exist stay as they are); returns their names.

    Raises:
        NotRunning: the platform is older than its Glue database.
        MlopsError: a table of that name belongs to another version.
    """
    glue, schema = registry.client("glue"), registry.schema(version)
    return [_table(glue, registry, version, schema, file.path) for file in version.manifest.files]


def table_name(version: Version, table: str) -> str:
    """``DATASET_ALIAS_TABLE``, as Glue names things."""
    return re.sub(r"[^a-z0-9]+", "_", f"{version.manifest.name}_{version.alias}_{table}".lower())


def _table(glue: Any, registry: Registry, version: Version, schema: Schema, path: str) -> str:
    described = next(table for table in schema.tables if table.path == path)
    keys, name = Keys(version.manifest.name, version.manifest.id), table_name(version, described.name)
    header = registry.header(version, path)
    target = f"s3://{registry.bucket}/{keys.data}{path}\n"
    link = registry.attach(version, f"glue/{described.name}/symlink.txt", target.encode(), "text/plain")
    fields = described.by_name
    columns = [
        {"Name": column.lower(), "Type": "string", "Comment": fields[column].type if column in fields else "unknown"}
        for column in header
    ]
    wanted = {
        "Name": name,
        "Description": f"{path} of {version} ({version.id})",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "csv", "skip.header.line.count": "1", "dataset_id": version.id},
        "StorageDescriptor": {
            "Columns": columns,
            "Location": link.rsplit("/", 1)[0] + "/",
            "InputFormat": _SYMLINKS,
            "OutputFormat": _TEXT,
            "SerdeInfo": {
                "SerializationLibrary": _SERDE,
                "Parameters": {"separatorChar": ",", "quoteChar": '"'},
            },
        },
    }
    return _create(glue, wanted, version)


def _create(glue: Any, wanted: dict[str, Any], version: Version) -> str:
    name = str(wanted["Name"])
    try:
        glue.create_table(DatabaseName=GLUE_DATABASE, TableInput=wanted)
    except glue.exceptions.EntityNotFoundException:
        raise NotRunning(
            f"the platform deployed here has no Glue database {GLUE_DATABASE}: 'mlops deploy' brings it up to date"
        ) from None
    except glue.exceptions.AlreadyExistsException:
        known = glue.get_table(DatabaseName=GLUE_DATABASE, Name=name)["Table"]
        own = known.get("Parameters", {}).get("dataset_id") == version.id
        if not (own and _holds(known, wanted["StorageDescriptor"])):
            raise MlopsError(f"Glue table {GLUE_DATABASE}.{name} is there already and not of {version}") from None
    return name


def _holds(table: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether a table has these columns at this place, read in this way: anybody who imports may have made it."""
    storage = table.get("StorageDescriptor", {})
    return all(storage.get(member) == value for member, value in wanted.items())
