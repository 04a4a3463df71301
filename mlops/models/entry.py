"""What the registry knows about one version, in sections to read: origin, parameters, gates, the deployed version, measures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlops.aws import Aws
from mlops.bundled.rehearsal import STATUS as REHEARSAL
from mlops.errors import RefusedInput
from mlops.models.comparison import MEASURES, ORIGIN, shown
from mlops.s3 import split

Document = Mapping[str, Any]
_RUN, _CARD, _PREDICTIONS = "pipeline_execution_arn", "model_card", "prediction_baseline"


@dataclass(frozen=True)
class Section:
    """A titled table."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def sections(package: Document, evaluation: Document, dataset: str) -> Iterator[Section]:
    """``package`` is DescribeModelPackage's answer, ``dataset`` what the data set is called."""
    metadata = package.get("CustomerMetadataProperties", {})
    yield Section("origin", ("what", "value"), list(_origin(package, metadata, dataset)))
    others = {*ORIGIN, _RUN, _CARD, _PREDICTIONS}
    parameters = [[name, str(value)] for name, value in sorted(metadata.items()) if name not in others]
    yield Section("parameters", ("name", "value"), parameters)
    gates = [[name, shown(value)] for name, value in sorted(evaluation["gates"].items())]
    yield Section("gates", ("measure", "value"), gates)
    against = evaluation.get("champion", {}).get("summary", "not recorded")
    yield Section("against the deployed version", ("result",), [[against]])
    yield Section("measures", ("of", *MEASURES), list(_measures(evaluation)))
    if hidden := suppressed(evaluation):
        yield Section("too few people behind them to show", ("brands and groups",), [[", ".join(hidden)]])


def status(package: Document) -> str:
    """The version's status; one that a rehearsal has made says so."""
    rehearsed = package.get("CustomerMetadataProperties", {}).get("dataset_review") == REHEARSAL
    return f"{package['ModelApprovalStatus']}{' (rehearsal)' if rehearsed else ''}"


def summary(package: Document, evaluation: Document | None, dataset: str) -> list[str]:
    """A version's line in a list: AUC of all and of due rows, their calibration error, data set, who started the training."""
    gates = (evaluation or {}).get("gates", {})
    metadata = package.get("CustomerMetadataProperties", {})
    by = str(metadata.get("started_by", "unknown")).rpartition(":assumed-role/")[2]
    return [*(shown(gates.get(name)) for name in ("auc", "auc_due", "ece_due")), dataset, by]


def _origin(package: Document, metadata: Document, dataset: str) -> Iterator[list[str]]:
    yield ["data set", dataset]
    names = (name for name in (*ORIGIN, _RUN, _CARD, _PREDICTIONS) if name in metadata and name != "dataset_id")
    yield from ([name, str(metadata[name])] for name in names)
    card = package.get("ModelCard", {}).get("ModelCardStatus")
    yield ["card in the registry", card or "none"]
    for name, source in package.get("DriftCheckBaselines", {}).get("ModelDataQuality", {}).items():
        yield [f"baseline {name.lower()}", source["S3Uri"]]


def _measures(evaluation: Document) -> Iterator[list[str]]:
    named = list(evaluation.get("strata", {}).items())
    named += [(f"brand {group['name']}", group) for group in evaluation.get("brands", [])]
    for kind, groups in evaluation.get("fairness", {}).items():
        named += [(f"{kind} {group['name']}", group) for group in groups]
    for name, values in named:
        if not values.get("suppressed"):
            yield [name, *(shown(values.get(measure)) for measure in MEASURES)]


def suppressed(evaluation: Document) -> list[str]:
    """Brands and groups whose measures are not shown, since few people are behind them."""
    groups = [("brand", evaluation.get("brands", [])), *evaluation.get("fairness", {}).items()]
    return [f"{kind} {group['name']}" for kind, members in groups for group in members if group.get("suppressed")]


def dataset_name(aws: Aws, identifier: str) -> str:
    """``name@v2`` with the id where the data set registry knows it, else the id, which a folder's upload has only."""
    from botocore.exceptions import ClientError

    from mlops.datasets.registry.registry import Registry

    if "@" not in identifier:
        return identifier or "unknown"
    try:
        return f"{Registry(aws).find(identifier)} ({identifier})"
    except (RefusedInput, ClientError):  # removed since, or not this identity's to read
        return identifier


def document(aws: Aws, package: Document, name: str) -> bytes:
    """A file that the evaluation wrote beside its report: evaluation.html, model_card.md, model_card.json.

    Raises:
        RefusedInput: the version has none.
    """
    from botocore.exceptions import ClientError

    report = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    bucket, key = split(report)
    try:
        body = aws.client("s3").get_object(Bucket=bucket, Key=f"{key.rpartition('/')[0]}/{name}")["Body"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise RefusedInput(f"version {package['ModelPackageVersion']}: {name} cannot be read ({code})") from None
    return bytes(body.read())
