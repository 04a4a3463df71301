"""Story 10: data science and infrastructure are separate concerns, with a contract between them."""

import json
import tomllib

import pytest
from botocore.exceptions import ClientError

from tests.acceptance.site import ENGINEER, PROJECT, SCIENTIST, Site

pytestmark = pytest.mark.timeout(900)


def test_10_1_data_scientists_manage_no_infrastructure(site: Site) -> None:
    """A data scientist imported, trained and predicted here without a single right to make a resource."""
    assert site.batch
    assert site.version(1)["CustomerMetadataProperties"]["started_by"] == "data-scientist"
    mine = site.desk.aws.assume("mlops-data-scientist", "data-scientist")
    with pytest.raises(ClientError, match="not authorized"):
        mine.client("cloudformation").create_stack(StackName="mine", TemplateBody='{"Resources":{}}')
    with pytest.raises(ClientError, match="not authorized"):
        mine.client("s3").create_bucket(Bucket="mine")


def test_10_2_template_changes_need_no_data_scientist(site: Site) -> None:
    """The ML engineer changes the project's settings; the code package and the repository stay what they were."""
    assert site.delivery
    stack = site.told("project", "show", PROJECT)["stack"]

    def package() -> str:
        (found,) = site.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return next(it["ParameterValue"] for it in found["Parameters"] if it["ParameterKey"] == "CodePackage")

    before = package()
    site.done("project", "upgrade", PROJECT, "--param", "WeeklyBudget=3", *ENGINEER)
    assert package() == before
    function = site.client("lambda").get_function_configuration(FunctionName=f"{PROJECT}-drift-policy")
    assert function["Environment"]["Variables"]["WEEKLY_BUDGET"] == "3"


def test_10_3_the_seed_code_knows_no_infrastructure(site: Site) -> None:
    """Nothing in the repository that trains or predicts names AWS: folders and arguments are all it sees."""
    names = [*site.clone.glob("*.py"), *(site.clone / "adherence").rglob("*.py")]
    code = {path: path.read_text() for path in names if path.name != "delivery.py"}
    assert len(code) > 15
    assert not [path for path, text in code.items() if "boto3" in text or "arn:aws" in text or "s3://" in text]


def test_10_4_roles_keep_the_two_apart(site: Site) -> None:
    """Whoever trains does not approve, whoever approves does not train, and a manager changes nothing."""
    number = str(site.training["version"])
    for who, words in (
        (SCIENTIST, ("model", "approve", PROJECT, number, "--reason", "x")),
        (ENGINEER, ("train", PROJECT, "--dataset", "claims@v1")),
        (SCIENTIST, ("project", "upgrade", PROJECT)),
        (("--as", "manager"), ("project", "upgrade", PROJECT)),
        (("--as", "manager"), ("train", PROJECT, "--dataset", "claims@v1")),
    ):
        refused = site.desk.mlops(*words, *who)
        assert (words, refused.returncode, len(refused.stderr.splitlines())) == (words, 3, 1)


def test_10_5_the_interface_between_them_is_explicit(site: Site) -> None:
    """project.toml names entity, target and contract; the pipelines' parameters are what a start may choose."""
    contract = tomllib.loads((site.clone / "project.toml").read_text())["project"]
    assert (contract["entity"], contract["target"], contract["contract"]) == (["patient_id", "brand"], "y", 2)
    definition = site.client("sagemaker").describe_pipeline(PipelineName=f"{PROJECT}-training")["PipelineDefinition"]
    assert {"DatasetUri", "DatasetId", "StartRequest"} <= {it["Name"] for it in json.loads(definition)["Parameters"]}
