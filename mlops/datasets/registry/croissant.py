"""Croissant 1.0 (MLCommons): the version's metadata as JSON-LD that data set search engines and loaders read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops.datasets.registry.manifest import Manifest
from mlops.datasets.schema import Field, Schema, Table

_TERMS = """citeAs column equivalentProperty extract field fileProperty fileObject fileSet format includes isLiveDataset
jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source subField
transform"""
Headers = Mapping[str, Sequence[str]]
_TYPES = {"string": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "date": "sc:Date"}


def context() -> dict[str, Any]:
    """The specification's recommended context."""
    terms: dict[str, Any] = {term: f"cr:{term}" for term in _TERMS.split()}
    terms |= {name: {"@id": f"cr:{name}", "@type": "@json"} for name in ("data", "examples")}
    terms["dataType"] = {"@id": "cr:dataType", "@type": "@vocab"}
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "conformsTo": "dct:conformsTo",
        **terms,
    }


def document(manifest: Manifest, schema: Schema, headers: Headers, place: str) -> dict[str, Any]:
    """The JSON-LD document of a version whose files lie below ``place``; ``headers``: the columns that each file has."""
    source = manifest.source
    optional = {"license": source.license, "citeAs": source.citation, "url": source.url}
    return {
        "@context": context(),
        "@type": "sc:Dataset",
        "name": manifest.name,
        "description": source.title or f"{manifest.name}, imported from {source.source}",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": f"1.0.0+{manifest.id}",
        "datePublished": manifest.created_at,
        "isLiveDataset": False,
        **{key: value for key, value in optional.items() if value},
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file.path,
                "name": file.path,
                "contentUrl": f"{place}{file.path}",
                "contentSize": f"{file.bytes} B",
                "encodingFormat": "text/csv",
                "sha256": file.sha256,
            }
            for file in manifest.files
        ],
        "recordSet": list(_record_sets(schema, headers)),
    }


def _record_sets(schema: Schema, headers: Headers) -> Iterator[dict[str, Any]]:
    for table in schema.tables:
        if table.path in headers:
            key = {"key": {"@id": f"{table.name}/{table.key}"}} if table.key else {}
            known = table.by_name
            # what the schema does not know is text; what the file does not have cannot be loaded
            fields = [_field(table, known.get(column, Field(column))) for column in headers[table.path]]
            yield {"@type": "cr:RecordSet", "@id": table.name, "name": table.name, **key, "field": fields}


def _field(table: Table, field: Field) -> dict[str, Any]:
    source = {"fileObject": {"@id": table.path}, "extract": {"column": field.name}}
    value = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{field.name}",
        "name": field.name,
        "dataType": _TYPES[field.type],
        "source": source,
    }
    foreign = [key for key in table.foreign_keys if key.column == field.name]
    return value | (
        {"references": {"field": {"@id": f"{foreign[0].of_table}/{foreign[0].of_column}"}}} if foreign else {}
    )
