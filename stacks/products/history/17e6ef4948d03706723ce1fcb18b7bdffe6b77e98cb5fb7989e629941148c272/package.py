"""Unpack a project's code package; see ``mlops.projects.packages`` for what it holds."""

import io
import zipfile

from code_tree import digest, tar_gz, upload_tree
from definition import in_network, with_defaults

_OURS = ("code/", "definitions/", "packages/")


def publish(s3: object, properties: dict) -> dict:
    """Upload code and rendered definitions; returns where they are, as the custom resource's attributes."""
    body = s3.get_object(Bucket=properties["PackageBucket"], Key=properties["PackageKey"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        tree = {name: package.read(name) for name in package.namelist() if not name.endswith("/")}
    bucket, seed = properties["Bucket"], _below(tree, "seed/")
    s3.put_object(Bucket=bucket, Key="packages/base.zip", Body=body)  # what the project's delivery puts newer code into
    found = {
        "CodeUri": upload_tree(s3, bucket, seed),
        "SourceArchiveUri": upload_tree(s3, bucket, {"sourcedir.tar.gz": tar_gz(seed)}),
        "MonitorCodeUri": upload_tree(s3, bucket, _below(tree, "monitor/")),
    }
    values = {**properties["Defaults"], **found}
    for name, content in _below(tree, "definitions/").items():
        text = with_defaults(content.decode(), values, strict=False)
        text = in_network(text, properties.get("Subnets", []), properties.get("SecurityGroups", []))
        key = f"definitions/{digest({name: text.encode()})}/{name}"
        s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json")
        found[f"{name.removesuffix('.json').title()}Definition"] = key
    return found


def clear(s3: object, bucket: str) -> bool:
    """Remove code and definitions where nothing else is in the bucket: the creation failed, or the project never ran."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    found = [item for page in pages for kind in ("Versions", "DeleteMarkers") for item in page.get(kind, [])]
    if any(not item["Key"].startswith(_OURS) for item in found):
        return False
    for item in found:
        s3.delete_object(Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])
    return True


def _below(tree: dict, prefix: str) -> dict:
    return {name.removeprefix(prefix): content for name, content in tree.items() if name.startswith(prefix)}
