"""What EC2 knows of networks, as its Describe* operations answer it."""

from collections.abc import Sequence
from typing import Any

from ministack.core import responses
from ministack.services import ec2

from embedded_aws.service import Document, Ec2


def describe(account: str, region: str) -> Ec2:
    """Everything of an account in a region by the members of the answers: Subnets, SecurityGroups, RouteTables ..."""
    with responses.request_scope(account, region):
        ec2._ensure_defaults_initialized()
        return {
            "Subnets": _all(ec2._subnets),
            "SecurityGroups": _all(ec2._security_groups),
            "RouteTables": _all(ec2._route_tables),
            "VpcEndpoints": _all(ec2._vpc_endpoints),
            "NetworkAcls": _all(ec2._network_acls),
        }


def _all(store: Any) -> Sequence[Document]:
    return [dict(item) for item in store.values()]
