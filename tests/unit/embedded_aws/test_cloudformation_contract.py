"""The internals of MiniStack that our CloudFormation types and services use: a new version that moves one fails here first."""

import inspect

import pytest

from embedded_aws.cloudformation.provisioner import TYPES
from embedded_aws.cloudformation.values import to_request
from embedded_aws.shapes import service_model


def test_tables_of_the_engine_are_where_they_were() -> None:
    """Handlers, create-only properties, custom names, tags, bucket configurations."""
    from ministack.services.cloudformation import provisioners

    for name in ("_RESOURCE_HANDLERS", "_REPLACING_PROPERTIES", "_CUSTOM_NAME_REPLACEMENT", "_STACK_TAG_PROPERTY"):
        assert isinstance(getattr(provisioners, name), dict), name
    assert all(len(row) == 4 for row in provisioners._S3_BUCKET_CONFIGURATIONS)
    for kind in ("AWS::S3::Bucket", "AWS::IAM::Role", "AWS::SNS::Topic"):
        assert {"create", "update", "delete"} <= set(provisioners._RESOURCE_HANDLERS[kind]), kind


def test_services_keep_what_we_read_and_write() -> None:
    """Objects, roles, topics, flow logs, and where a request's origin is pinned."""
    from ministack import app
    from ministack.services import ec2, iam, s3, sns

    wanted = {
        s3: (
            "_buckets",
            "_get_object_data",
            "_put_bucket_encryption",
            "_put_bucket_logging",
            "_put_bucket_lifecycle",
            "_put_bucket_ownership_controls",
            "_delete_bucket_ownership_controls",
            "_bucket_encryption",
            "_bucket_logging_config",
            "_bucket_lifecycle",
        ),
        iam: ("_roles",),
        sns: ("_topics",),
        ec2: ("_flow_logs", "_create_flow_logs"),
    }
    missing = [name for module, names in wanted.items() for name in names if not hasattr(module, name)]
    assert missing == []
    assert list(inspect.signature(app.pin_request_origin).parameters) == ["source_ip", "secure_transport"]


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_operations_of_our_types_exist(kind: object) -> None:
    """Create, update and delete are operations of the service's own API model."""
    names = service_model(kind.service).operation_names  # type: ignore[attr-defined]
    operations = {kind.create, kind.delete, kind.update} - {""}  # type: ignore[attr-defined]
    assert operations <= set(names)


def test_values_become_what_the_api_wants() -> None:
    """Members are spelt as the shape spells them, texts become numbers and truth values; an unknown one is refused by its path."""
    shape = service_model("codepipeline").operation_model("CreatePipeline").input_shape
    action = {
        "Name": "a",
        "ActionTypeId": {"Category": "Build"},
        "RunOrder": "2",
        "Configuration": {"ProjectName": "p"},
    }
    given = {"Pipeline": {"Name": "p", "Stages": [{"Name": "s", "Actions": [action]}]}}
    expected = {
        "name": "a",
        "actionTypeId": {"category": "Build"},
        "runOrder": 2,
        "configuration": {"ProjectName": "p"},
    }
    assert to_request(shape, given)["pipeline"]["stages"][0]["actions"][0] == expected
    with pytest.raises(ValueError, match=r"Pipeline\.Colour"):
        to_request(shape, {"Pipeline": {"Colour": "red"}})
