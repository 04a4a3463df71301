"""Model versions: the digest of a new one is recorded, and an approval moves the pointer to the deployed version."""

from stacks.constructs.audit import appending, variables
from stacks.constructs.events import call_on
from stacks.constructs.storage import artifacts
from stacks.project.arns import DEPLOYED_MODEL
from stacks.project.parts import Parts
from stacks.secure import allow

PURPOSE = "record-approval"


def approval(parts: Parts, group: str, registered: list[str]) -> None:
    """``record-approval`` on registrations and decisions in the registry group ``group``; ``registered`` are ARNs of its versions."""
    statements = [
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], *registered),
        # the digest and nothing else: a call that names a decision is refused
        allow(["sagemaker:UpdateModelPackage"], *registered, when={"Null": {"sagemaker:ModelApprovalStatus": "true"}}),
        allow(["ssm:GetParameter", "ssm:PutParameter"], DEPLOYED_MODEL),
        *artifacts(parts),
        *appending(parts),
    ]
    function = parts.function(PURPOSE, statements, {"MODEL_PACKAGE_GROUP": group, **variables()}, timeout=300)
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": [group],
            "ModelApprovalStatus": ["PendingManualApproval", "Approved", "Rejected"],
        },
    }
    call_on(parts, PURPOSE, function, pattern)
