"""Croissant 1.0 (MLCommons): the version's metadata as JSON-LD that data set search engines and loaders read."""

from collections.abc import Iterator
from typing import Any

from mlops.datasets.manifest import Manifest
from mlops.datasets.schema import Field, Schema, Table

_TERMS = """citeAs column data dataBiases dataCollection dataType extract field fileProperty fileObject fileSet format
includes isLiveDataset jsonPath key md5 parentField path personalSensitiveInformation recordSet references regex
repeated replace separator source subField transform"""
_TYPES = {"string": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "date": "sc:Date"}


def context() -> dict[str, Any]:
    """The specification's recommended context."""
    terms: dict[str, Any] = {term: f"cr:{term}" for term in _TERMS.split()}
    terms["recordSet"] = "cr:recordSet"
    terms["data"] = {"@id": "cr:data", "@type": "@json"}
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


def document(manifest: Manifest, schema: Schema, bucket: str, data_prefix: str) -> dict[str, Any]:
    """The JSON-LD document of a version."""
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
                "contentUrl": f"s3://{bucket}/{data_prefix}{file.path}",
                "contentSize": f"{file.bytes} B",
                "encodingFormat": "text/csv",
                "sha256": file.sha256,
            }
            for file in manifest.files
        ],
        "recordSet": list(_record_sets(manifest, schema)),
    }


def _record_sets(manifest: Manifest, schema: Schema) -> Iterator[dict[str, Any]]:
    present = {file.path for file in manifest.files}
    for table in schema.tables:
        if table.path in present:
            key = {"key": {"@id": f"{table.name}/{table.key}"}} if table.key else {}
            fields = [_field(table, field) for field in table.fields]
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
