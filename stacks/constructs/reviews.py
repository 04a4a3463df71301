"""What a function needs to learn how others have judged a data set, and whether its tables are those that they have seen."""

from stacks.names import DATASETS, bucket_arn
from stacks.secure import Statement, allow

_SEEN = ("datasets/*/manifest.json", "settings.json", "signed/*")


def reviewing(*uploads: str) -> list[Statement]:
    """Read manifests and what was signed, and which versions of tables there are; ``uploads`` are buckets of uploaded folders."""
    datasets = bucket_arn(DATASETS)
    return [
        allow(["s3:GetObject"], *(f"{datasets}/{it}" for it in _SEEN)),
        allow(["s3:ListBucket", "s3:ListBucketVersions"], datasets, *uploads),
    ]
