"""Patients' rows reach no build: what tests, packs and delivers pushed code reads code, and nothing that holds data."""

import json
from pathlib import Path

import pytest

from tests.security.policies import ACCOUNT, ASSEMBLY, Request, allowed, boundary, roles

DATA, ARTIFACTS = f"arn:aws:s3:::mlops-ward-data-{ACCOUNT}", f"arn:aws:s3:::mlops-ward-artifacts-{ACCOUNT}"
HELD = (  # what holds rows of patients, or may
    f"{DATA}/datasets/d1/fills.csv",
    f"{DATA}/predictions/2024-06-20/predictions.csv",
    f"{DATA}/features/offline/part.parquet",
    f"{DATA}/quality/report.json",
    f"{ARTIFACTS}/runs/r1/features/rows.parquet",
    f"{ARTIFACTS}/runs/r1/split/train/rows.parquet",
    f"{ARTIFACTS}/runs/r1/model/model.tar.gz",
    f"{ARTIFACTS}/runs/r1/features/Source/rows.csv",  # looks like what CodePipeline carries
    f"{ARTIFACTS}/runs/r1/features/Package/rows.csv",
    f"{ARTIFACTS}/tables/rows.parquet",  # a prefix that somebody adds one day
    f"arn:aws:s3:::mlops-datasets-{ACCOUNT}/datasets/d1/fills.csv",
    f"arn:aws:s3:::mlops-datasets-{ACCOUNT}/athena/answer.csv",
)
NEEDED = {
    "build": ("ward-delivery/Source/c0ffee", "packages/base.zip", f"packages/{'a' * 64}.zip", "wheels/abc/polars.whl"),
    "deploy": ("ward-delivery/Source/c0ffee", "packages/base.zip"),
    "delivery": ("ward-delivery/Source/c0ffee",),
}
PRODUCTS = sorted(ASSEMBLY.glob("*.product.template.json"))


@pytest.mark.parametrize("purpose", NEEDED)
@pytest.mark.parametrize("product", PRODUCTS, ids=lambda path: path.name.partition(".")[0])
def test_deliveries_read_code_and_no_data(product: Path, purpose: str) -> None:
    """Neither an object of a data bucket, nor what a run has left beside the code, nor their names."""
    held = roles(json.loads(product.read_text()))[f"mlops-ward-{purpose}"]

    def may(action: str, resource: str, **context: str) -> bool:
        return allowed(Request(action, resource, context), held, boundary())

    assert [it for it in HELD if may("s3:GetObject", it) or may("s3:GetObjectVersion", it)] == []
    assert [it for it in (DATA, ARTIFACTS) if may("s3:ListBucket", it, **{"s3:prefix": "runs/"})] == []
    assert all(may("s3:GetObject", f"{ARTIFACTS}/{key}") for key in NEEDED[purpose])
