"""Approval of a model version: the event moves the pointer to the deployed version."""

from stacks.constructs.events import call_on
from stacks.names import PROJECT, arn, sub
from stacks.products.parts import Parts
from stacks.secure import allow


def approval(parts: Parts, group: str, registered: list[str]) -> None:
    """``record-approval`` on approvals and rejections in the registry group ``group``; ``registered`` are ARNs of its versions."""
    pointer = arn("ssm", f"parameter{sub(PROJECT.deployed_model_parameter)}")
    statements = [
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], *registered),
        allow(["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"], pointer),
    ]
    function = parts.function("record-approval", statements, {"MODEL_PACKAGE_GROUP": group})
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [group], "ModelApprovalStatus": ["Approved", "Rejected"]},
    }
    call_on(parts, "record-approval", function, pattern)
