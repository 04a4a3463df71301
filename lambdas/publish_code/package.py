"""Unpack a project's code package; see ``mlops.projects.packages`` for what it holds.

Only the team's own code is taken from a package that a delivery has made: definitions, launcher and analyzer are the product's, so
that what a build packs, which runs pushed code, loosens no gate.
"""

import hashlib
import io
import json
import re
import tomllib
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, NotRequired, TypedDict

from lambdas.publish_code.wheels import add_wheels
from mlops.bundled import names
from mlops.bundled.code_tree import Tree, digest, put_once, tar_gz, upload_tree
from mlops.bundled.definition import in_network, undelivered, with_constants, with_settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_OURS = ("code/", "definitions/", "packages/", "wheels/")


class Properties(TypedDict):
    """The custom resource's: where the package is, whose code it becomes, and the values of the definitions' parameters."""

    Bucket: str
    PackageBucket: str
    PackageKey: str
    ProductBucket: str
    ProductKey: str
    Project: str
    Defaults: dict[str, str]
    MonitorEngine: NotRequired[str]
    Pipelines: NotRequired[list[str]]
    Subnets: NotRequired[list[str]]
    SecurityGroups: NotRequired[list[str]]


def publish(s3: "S3Client", properties: Properties, commit: str = "") -> dict[str, str]:
    """Upload code and rendered definitions; returns where they are, as the custom resource's attributes.

    ``commit`` is the delivered one; without a delivery the code is named after its own digest.
    """
    bucket = properties["Bucket"]
    body = s3.get_object(Bucket=properties["ProductBucket"], Key=properties["ProductKey"])["Body"].read()
    key = properties["PackageKey"]
    package = _tree(_named(s3.get_object(Bucket=properties["PackageBucket"], Key=key)["Body"].read(), key))
    product, seed = _tree(body), _below(package, "seed/")
    training = _fitting(product, package)
    s3.put_object(Bucket=bucket, Key="packages/base.zip", Body=body)  # what the project's delivery puts newer code into
    code = seed | _below(product, "job/")
    found = {
        "CodeUri": upload_tree(s3, bucket, code),
        "CodeSha256": digest(code),
        "SourceArchiveUri": upload_tree(s3, bucket, {"sourcedir.tar.gz": tar_gz(seed)}),
        **_analyzer(s3, bucket, product),
    }
    add_wheels(s3, bucket, found["CodeUri"], seed)
    found["GitCommit"] = commit or f"seed-{digest(seed)[:12]}"
    values = {**properties["Defaults"], **found}
    settings = tomllib.loads(seed.get("project.toml", b"").decode()).get("model", {})
    older = {"training.json": (training["definitions/training.json"], _analyzer(s3, bucket, training))}
    older = older if training is not product else {}
    for name, own in _definitions(product, properties, earlier=bool(older)).items():
        content, analyzer = older.get(name, (own, {}))
        text = with_constants(with_settings(content.decode(), settings), {**values, **analyzer}, _choices(values))
        text = in_network(text, properties.get("Subnets", []), properties.get("SecurityGroups", []))
        key = f"definitions/{digest({name: text.encode()})}/{name}"
        put_once(s3, bucket, key, text.encode(), "application/json")
        found[f"{name.removesuffix('.json').title()}Definition"] = key
    return found


def _choices(values: Mapping[str, str]) -> list[str]:
    """What a start may choose; some of it only as long as the project has not chosen the stricter value."""
    return [*names.CHOICES, *(name for name, lax in names.TIGHTENED.items() if values.get(name, lax) == lax)]


def _named(body: bytes, key: str) -> bytes:
    """The package, which has to have the digest that it is named by: builds of anybody's code may write one."""
    match = re.fullmatch(r"packages/([0-9a-f]{64})\.zip", key)
    if match and hashlib.sha256(body).hexdigest() != match[1]:
        raise ValueError(f"{key}: its content has another digest: somebody else has put it there")
    return body


def _tree(body: bytes) -> Tree:
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        return {name: package.read(name) for name in package.namelist() if not name.endswith("/")}


def _analyzer(s3: "S3Client", bucket: str, tree: Tree) -> dict[str, str]:
    """Upload a package's analyzer; where it is."""
    monitor = _below(tree, "monitor/")
    uri = upload_tree(s3, bucket, monitor)
    add_wheels(s3, bucket, uri, monitor)
    return {"MonitorCodeUri": uri, "MonitorCodeSha256": digest(monitor)}


def _definitions(tree: Tree, properties: Properties, *, earlier: bool) -> Tree:
    """File name -> definition of each pipeline that the project has, in its monitoring engine's variant where there is one.

    Seed code of an ``earlier`` contract gives Model Monitor nothing, so the platform's own analyzer judges its data.
    """
    engine = "ours" if earlier else properties.get("MonitorEngine", "ours")
    found, ending = _below(tree, "definitions/"), f"-{engine}.json"
    plain = {name: content for name, content in found.items() if "-" not in name}
    plain |= {name.replace(ending, ".json"): found[name] for name in found if name.endswith(ending)}
    wanted = properties.get("Pipelines", ["Training", "Inference"])
    return {name: content for name, content in plain.items() if name.removesuffix(".json").title() in wanted}


def clear(s3: "S3Client", bucket: str) -> bool:
    """Remove code and definitions where nothing else is in the bucket: the creation failed, or the project never ran."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    found = [
        (item["Key"], item["VersionId"])
        for page in pages
        for item in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
    ]
    if any(not key.startswith(_OURS) for key, _ in found):
        return False
    for key, version in found:
        s3.delete_object(Bucket=bucket, Key=key, VersionId=version)
    return True


def _fitting(product: Tree, package: Tree) -> Tree:
    """Where the training pipeline is that goes with the package's seed code: in the product, or in the older package that it was made for.

    Older ones are known by their digest, so that a build brings none of its own. Predictions are the product's in any case: what an
    older seed's steps take is the same, and an older batch wrote predictions past the function that looks at it.

    Raises:
        ValueError: the seed code does not do what either asks of it: an older repository in a newer project.
    """
    declared = json.loads(product.get("contract.json", '{"seed": 1}'))
    settings = tomllib.loads(package.get("seed/project.toml", b"").decode())
    found = settings.get("project", {}).get("contract", 1)
    if found == declared["seed"]:
        return product
    if undelivered(package) in declared.get("earlier", ()):
        return package
    followed = f"contract {found}" if isinstance(found, int) else "a contract that is no number"
    raise ValueError(
        f"the repository's code follows {followed}, the project's pipelines contract {declared['seed']} "
        "(project.toml, [project] contract): merge the seed code of the project's template version into the repository"
    )


def _below(tree: Tree, prefix: str) -> Tree:
    return {name.removeprefix(prefix): content for name, content in tree.items() if name.startswith(prefix)}
