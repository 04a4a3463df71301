"""QualityCheck steps: baseline, drift check against a supplied or an approved version's baseline, what is passed on."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.executor.lab import IMAGE, Lab, own, processing

_ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
_GOOD = "age,brand\n" + "".join(f"{40 + number % 30},{'ab'[number % 2]}\n" for number in range(400))
_STRANGE = "age,brand\n" + "".join(f"{140 + number % 30},{'xy'[number % 2]}\n" for number in range(400))


def _check(lab: Lab, rows: str, **options: Any) -> dict[str, Any]:
    """As the SDK's QualityCheckStep writes it."""
    data = lab.put(f"quality/{'good' if rows == _GOOD else 'strange'}/d.csv", rows).removesuffix("/d.csv")
    step = processing("Check", [], inputs={"input/baseline_dataset_input": data}, outputs={"output": own("quality")})
    step["Arguments"]["AppSpecification"] = {"ImageUri": _ANALYZER}
    step["Arguments"]["Environment"] = {
        "dataset_format": '{"csv": {"header": true}}',
        "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
        "output_path": "/opt/ml/processing/output",
        "publish_cloudwatch_metrics": "Disabled",
    }
    step["Arguments"]["ProcessingInputs"][0]["InputName"] = "baseline_dataset_input"
    flags = {"SkipCheck": False, "FailOnViolation": True, "RegisterNewBaseline": False}
    return {**step, "Type": "QualityCheck", "CheckType": "DATA_QUALITY", **flags, **options}


def _baseline(lab: Lab) -> dict[str, str]:
    outcome = lab.run([_check(lab, _GOOD, SkipCheck=True, RegisterNewBaseline=True)])
    assert outcome.statuses == {"Check": "Succeeded"}, outcome.steps
    found = outcome.steps["Check"]["Metadata"]["QualityCheck"]
    assert found["BaselineUsedForDriftCheckStatistics"] == found["CalculatedBaselineStatistics"]
    return {kind: found[f"CalculatedBaseline{kind}"] for kind in ("Statistics", "Constraints")}


def test_supplied_baseline(lab: Lab) -> None:
    """The same data pass against their own baseline; strange data fail, with the number of violations and the report."""
    baseline = {f"SuppliedBaseline{kind}": uri for kind, uri in _baseline(lab).items()}
    good = lab.run([_check(lab, _GOOD, **baseline)])
    assert good.statuses == {"Check": "Succeeded"}, good.steps
    shown = good.steps["Check"]["Metadata"]["QualityCheck"]
    assert shown["BaselineUsedForDriftCheckConstraints"] == baseline["SuppliedBaselineConstraints"]
    assert shown["SkipCheck"] is False
    bad = lab.run([_check(lab, _STRANGE, **baseline)])
    assert "violations of the baseline" in bad.reason("Check")
    report = bad.steps["Check"]["Metadata"]["QualityCheck"]["ViolationReport"]
    assert b"violations" in lab.read(report)
    tolerated = lab.run([_check(lab, _STRANGE, FailOnViolation=False, **baseline)])
    assert tolerated.status == "Succeeded"


def test_baseline_of_the_approved_version(lab: Lab) -> None:
    """Without a supplied baseline the latest approved version's counts; without either the step says what to do."""
    group = f"quality-{lab.backend}"
    lab.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    nothing = lab.run([_check(lab, _GOOD, ModelPackageGroupName=group)])
    assert "no baseline to check against" in nothing.reason("Check")
    uris = {kind: {"ContentType": "application/json", "S3Uri": uri} for kind, uri in _baseline(lab).items()}
    arn = lab.sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        DriftCheckBaselines={"ModelDataQuality": uris},
        InferenceSpecification={"Containers": [{"Image": IMAGE}]},
    )["ModelPackageArn"]
    assert arn
    use = {"A": {"Get": "Steps.Check.BaselineUsedForDriftCheckStatistics"}}
    after = processing("After", ["/bin/sh", "-c", 'echo "$A"'], arguments={"Environment": use})
    outcome = lab.run([_check(lab, _GOOD, ModelPackageGroupName=group), after])
    assert outcome.statuses == {"Check": "Succeeded", "After": "Succeeded"}, outcome.steps
    lines = lab.log("/aws/sagemaker/ProcessingJobs", lab.job(outcome, "After")["ProcessingJobName"])
    assert lines == [uris["Statistics"]["S3Uri"]]


def test_model_quality_is_refused(lab: Lab) -> None:
    """The analyzer judges data only."""
    with pytest.raises(ClientError, match="not supported locally: CheckType MODEL_QUALITY, step Check"):
        lab.create([_check(lab, _GOOD, CheckType="MODEL_QUALITY")])
