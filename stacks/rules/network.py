"""Rules on the jobs' network: no way to the internet, and a way to S3, without which no job finishes."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from stacks.rules.findings import Finding, Properties, Template, listed, resources, text

_WAYS_OUT = (
    "AWS::EC2::CarrierGateway",
    "AWS::EC2::ClientVpnEndpoint",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayVpcAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNConnection",
    "AWS::EC2::VPNGateway",
)
_RULES = {
    "SecurityGroupIngress": "AWS::EC2::SecurityGroupIngress",
    "SecurityGroupEgress": "AWS::EC2::SecurityGroupEgress",
}


def closed_network(template: Template) -> Iterator[Finding]:
    """No way to or from the internet. Where no route leads out, HTTPS to anywhere is the way to S3's gateway endpoint."""
    for logical_id, properties in resources(template):
        kind = template["Resources"][logical_id]["Type"]
        if kind in _WAYS_OUT:
            yield Finding("closed-network", logical_id, f"{kind.rpartition(':')[2]} leads out of the network")
        if kind == "AWS::EC2::Route":  # a gateway endpoint needs none
            yield Finding("closed-network", logical_id, "is a route out of the network")
        if kind == "AWS::EC2::Subnet" and properties.get("MapPublicIpOnLaunch") is True:
            yield Finding("closed-network", logical_id, "gives public addresses")
        if kind == "AWS::SageMaker::NotebookInstance" and properties.get("DirectInternetAccess") != "Disabled":
            yield Finding("closed-network", logical_id, "has DirectInternetAccess")
    for logical_id, properties in resources(template, "AWS::EC2::SecurityGroup"):
        if "SecurityGroupEgress" not in properties:
            yield Finding("closed-network", logical_id, "lets everything out: state SecurityGroupEgress")
    own = any(resources(template, "AWS::EC2::VPC"))  # what leads out of another network is not known here
    for logical_id, member, rule in _security_rules(template):
        if _open(rule) and not (own and member == "SecurityGroupEgress" and _https(rule)):
            yield Finding("closed-network", logical_id, "is open to the internet")


def way_to_s3(template: Template) -> Iterator[Finding]:
    """Jobs in subnets fetch and store through their own network interfaces, isolated ones too: group, route and endpoint let them.

    Looked at in a template that makes subnets: each one's route table is S3's gateway endpoint's, and some group allows HTTPS to S3.
    """
    subnets = dict(resources(template, "AWS::EC2::Subnet"))
    if not subnets:
        return
    endpoints = [it for _, it in resources(template, "AWS::EC2::VPCEndpoint") if _s3_gateway(it)]
    reached = {text(table) for it in endpoints for table in listed(it.get("RouteTableIds"))}
    tables = {
        text(it.get("SubnetId")): text(it.get("RouteTableId"))
        for _, it in resources(template, "AWS::EC2::SubnetRouteTableAssociation")
    }
    for logical_id in subnets:
        if tables.get(f"${{{logical_id}}}") not in reached:
            yield Finding("way-to-s3", logical_id, "has no route to S3's gateway endpoint: jobs there get no data")
    allowed = [
        rule for _, member, rule in _security_rules(template) if member == "SecurityGroupEgress" and _https(rule)
    ]
    if not any(_open(rule) or rule.get("DestinationPrefixListId") for rule in allowed):
        yield Finding("way-to-s3", next(iter(subnets)), "no security group lets jobs reach S3 with HTTPS")


def _security_rules(template: Template) -> Iterator[tuple[str, str, Properties]]:
    for logical_id, properties in resources(template, "AWS::EC2::SecurityGroup"):
        yield from ((logical_id, member, rule) for member in _RULES for rule in properties.get(member, []))
    for member, kind in _RULES.items():
        yield from ((logical_id, member, rule) for logical_id, rule in resources(template, kind))


def _open(rule: Any) -> bool:
    """Whether addresses are written that are no private network's (CDK writes 255.255.255.255/32, which is nobody's, for "none")."""
    if not isinstance(rule, Mapping):
        return False
    given = [text(rule[member]) for member in ("CidrIp", "CidrIpv6") if member in rule]
    return any("${" not in it and not ipaddress.ip_network(it, strict=False).is_private for it in given)


def _https(rule: Properties) -> bool:
    return rule.get("IpProtocol") == "tcp" and rule.get("FromPort") == rule.get("ToPort") == 443


def _s3_gateway(endpoint: Properties) -> bool:
    return endpoint.get("VpcEndpointType", "Gateway") == "Gateway" and text(endpoint.get("ServiceName")).endswith(".s3")
