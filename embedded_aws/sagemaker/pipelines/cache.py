"""Step caching by content: the same work on the same bytes, wherever they lie on S3, is not done twice."""

import hashlib
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from embedded_aws.gateway import Gateway, is_s3
from embedded_aws.records import Records
from embedded_aws.sagemaker.pipelines.definition import Step
from embedded_aws.sagemaker.pipelines.records import CachedResult
from embedded_aws.service import Document, ServiceError
from embedded_aws.store import DocumentStore

# where results go and under which role, trial or tags: no part of the work itself
_VOLATILE = {"ProcessingOutputConfig", "OutputDataConfig", "TransformOutput", "RoleArn", "ExperimentConfig", "Tags"}
_NAMES = {"ProcessingJobName", "TrainingJobName", "TransformJobName"}
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_DAY = 86_400
_UNITS = (365 * _DAY, 30 * _DAY, 7 * _DAY, _DAY, 3_600, 60, 1)


class StepCache:
    """Results of the steps of one pipeline (``pipeline`` is its store key)."""

    def __init__(self, store: DocumentStore, aws: Gateway, pipeline: str) -> None:
        self._results, self._aws, self._pipeline = Records(store, "PipelineStepCache", CachedResult), aws, pipeline

    def key(self, step: Step, arguments: Mapping[str, Any]) -> str:
        """Digest of a step's resolved arguments in which S3 locations stand for what they hold; empty without caching."""
        if not step.body.get("CacheConfig", {}).get("Enabled"):
            return ""
        kept = {key: value for key, value in arguments.items() if key not in _VOLATILE | _NAMES}
        content = [self._pipeline, step.type, step.name, self._content(kept)]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def find(self, step: Step, key: str) -> CachedResult | None:
        """An earlier result, where it is younger than ExpireAfter."""
        found = self._results.get(key) if key else None
        if found is None or time.time() - found.at > seconds(step.body["CacheConfig"].get("ExpireAfter", "P30D")):
            return None
        return found

    def put(self, key: str, arn: str, metadata: Document, properties: Document) -> None:
        """Remember the result of execution ``arn``."""
        if key:
            self._results.put(key, CachedResult(arn, time.time(), metadata, properties))

    def _content(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._content(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._content(item) for item in value]
        return self._aws.fingerprint(value) or value if isinstance(value, str) and is_s3(value) else value


def seconds(period: str) -> float:
    """Length of an ISO 8601 duration (``P30D``, ``PT1H30M``; ``30d`` and ``T12H`` as older SDKs write it).

    Raises:
        ServiceError: it is none.
    """
    text = period.upper()
    for written in (text, f"P{text}", f"PT{text}"):
        match = _DURATION.fullmatch(written)
        if match and any(match.groups()):
            return float(sum(int(part or 0) * unit for part, unit in zip(match.groups(), _UNITS, strict=True)))
    raise ServiceError("ValidationException", f"ExpireAfter {period!r}: not a duration such as P30D or PT1H")
