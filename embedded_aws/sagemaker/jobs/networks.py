"""Jobs in a VPC: their subnets and security groups exist, and lead to S3, from which SageMaker fetches the data through them.

Amazon SageMaker AI Developer Guide, "Give SageMaker AI training jobs access to resources in your Amazon VPC"; Amazon VPC User Guide,
"Gateway endpoints", "Network ACL basics". EC2's documents are those of its Describe* operations.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from embedded_aws.service import Document, Ec2, ServiceError

_HTTPS = 443
_TCP = {"-1", "tcp", "6"}
_NO_WAY = (  # SageMaker's own words
    "Please ensure that the subnet's route table has a route to an S3 VPC endpoint or a NAT device, "
    "and both the security groups and the subnet's network ACL allow outbound traffic to S3."
)
# what leads out of the network without a public address, which jobs have none of
_WAYS_OUT = ("NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId")


def refuse_unknown(vpc: Mapping[str, Any], ec2: Ec2) -> None:
    """Subnets and groups exist, in one VPC.

    Raises:
        ServiceError: in EC2's words.
    """
    subnets, groups = _named(vpc, "Subnets", ec2, "SubnetId"), _named(vpc, "SecurityGroupIds", ec2, "GroupId")
    for name, found in subnets.items():
        if found is None:
            raise ServiceError("ValidationException", f"The subnet ID '{name}' does not exist")
    for name, found in groups.items():
        if found is None:
            raise ServiceError("ValidationException", f"The security group '{name}' does not exist")
    if len({it["VpcId"] for it in (*subnets.values(), *groups.values()) if it}) > 1:
        raise ServiceError("ValidationException", "Subnets and security groups must belong to the same VPC")


def refuse_closed(vpc: Mapping[str, Any], ec2: Ec2) -> None:
    """Any of the subnets, of which SageMaker takes one, leads to S3, and the groups let the job out.

    Raises:
        ServiceError: SageMaker's own error.
    """
    subnets = [it for it in _named(vpc, "Subnets", ec2, "SubnetId").values() if it]
    groups = [it for it in _named(vpc, "SecurityGroupIds", ec2, "GroupId").values() if it]
    open_to = {way for subnet in subnets for way in _ways(subnet, ec2)}
    if not subnets or not any(_lets_out(groups, way) for way in open_to):
        raise ServiceError("ClientError", f"Data download failed:{_NO_WAY}")


def _named(vpc: Mapping[str, Any], member: str, ec2: Ec2, id_: str) -> dict[str, Document | None]:
    known = {it[id_]: it for it in ec2["Subnets" if member == "Subnets" else "SecurityGroups"]}
    return {str(name): known.get(name) for name in vpc.get(member, [])}


def _ways(subnet: Document, ec2: Ec2) -> Iterator[str]:
    """``public`` where S3 is reached at its public addresses, ``private`` where an interface in the network answers for it."""
    if not _acl_lets_out(subnet, ec2["NetworkAcls"]):
        return
    table = _table(subnet, ec2["RouteTables"])
    for endpoint in (it for it in ec2["VpcEndpoints"] if it["ServiceName"].endswith(".s3")):
        if endpoint.get("VpcEndpointType", "Gateway") == "Gateway":
            if table.get("RouteTableId") in endpoint.get("RouteTableIds", []):
                yield "public"
        elif endpoint.get("VpcId") == subnet["VpcId"] and endpoint.get("VpcEndpointType") == "Interface":
            yield "private"
    if any(
        route.get("DestinationCidrBlock") == "0.0.0.0/0" and any(route.get(it) for it in _WAYS_OUT)
        for route in table.get("Routes", [])
    ):
        yield "public"


def _table(subnet: Document, tables: Sequence[Document]) -> Document:
    """The subnet's own route table, or its network's main one."""
    own = [
        it for it in tables if any(found.get("SubnetId") == subnet["SubnetId"] for found in it.get("Associations", []))
    ]
    main = [
        it
        for it in tables
        if it["VpcId"] == subnet["VpcId"] and any(found.get("Main") for found in it.get("Associations", []))
    ]
    return next(iter([*own, *main]), {})


def _acl_lets_out(subnet: Document, acls: Sequence[Document]) -> bool:
    """The first rule, by number, that is about HTTPS to anywhere decides; a network without a list lets out."""
    own = [it for it in acls if any(a.get("SubnetId") == subnet["SubnetId"] for a in it.get("Associations", []))]
    usual = [it for it in acls if it["VpcId"] == subnet["VpcId"] and it.get("IsDefault")]
    for acl in [*own, *usual][:1]:
        rules = sorted((it for it in acl["Entries"] if it.get("Egress")), key=lambda it: int(it["RuleNumber"]))
        about = (it for it in rules if str(it["Protocol"]) in _TCP and it.get("CidrBlock") == "0.0.0.0/0")
        first = next((it for it in about if _has_https(it.get("PortRange") or {}, "From", "To")), None)
        return first is not None and first["RuleAction"] == "allow"
    return True


def _lets_out(groups: Sequence[Document], way: str) -> bool:
    return any(_is_open(rule, way) for group in groups for rule in group.get("IpPermissionsEgress", []))


def _is_open(rule: Document, way: str) -> bool:
    if str(rule.get("IpProtocol")) not in _TCP or not _has_https(rule, "FromPort", "ToPort"):
        return False
    if way == "private":
        return True  # which group or address the endpoint has is not looked at
    addresses = [it.get("CidrIp", "") for it in rule.get("IpRanges", [])]
    return bool(rule.get("PrefixListIds")) or any(
        it and not ipaddress.ip_network(it, strict=False).is_private for it in addresses
    )


def _has_https(ports: Mapping[str, Any], low: str, high: str) -> bool:
    """All ports where none are given."""
    first, last = ports.get(low), ports.get(high)
    if first in {None, -1} or last in {None, -1}:
        return True
    return int(str(first)) <= _HTTPS <= int(str(last))
