"""The private network of the jobs: two isolated subnets, no internet; the one route out is that to S3's gateway endpoint."""

from aws_cdk import CfnOutput, aws_ec2, aws_kms
from constructs import Construct

from stacks import names, settings
from stacks.secure import accept, log_group, service_role
from stacks.secure.findings import wildcards
from stacks.secure.role import allow


class Network(Construct):
    """Subnets and security group that job definitions name; exported for the projects."""

    def __init__(
        self, scope: Construct, id_: str, *, settings: "settings.Network", key: aws_kms.IKey, days: int, boundary: str
    ) -> None:
        super().__init__(scope, id_)
        isolated = aws_ec2.SubnetConfiguration(
            name="jobs", subnet_type=aws_ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24
        )
        self.vpc = aws_ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=aws_ec2.IpAddresses.cidr(settings.cidr),
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=[isolated],
            restrict_default_security_group=False,  # would add a function with a role of its own
        )
        closed = (
            "nothing uses the default group: endpoints and jobs have groups of their own, and there is no route out"
        )
        accept(self.vpc, {"HIPAA.Security-VPCDefaultSecurityGroupClosed": closed})
        self.jobs = self._group("Jobs", "Jobs: no inbound traffic, outbound HTTPS where a route leads, which is to S3")
        self._endpoints(settings)
        self._flow_logs(key, days, boundary)
        self._export()

    def _group(self, id_: str, description: str) -> aws_ec2.SecurityGroup:
        return aws_ec2.SecurityGroup(
            self, id_, vpc=self.vpc, description=description, allow_all_outbound=False, disable_inline_rules=False
        )

    def _endpoints(self, settings: "settings.Network") -> None:
        self.vpc.add_gateway_endpoint("S3", service=aws_ec2.GatewayVpcEndpointAwsService.S3)
        # S3's addresses change: its prefix list would need a look-up an account, and no other route leads anywhere
        self.jobs.add_egress_rule(aws_ec2.Peer.any_ipv4(), aws_ec2.Port.tcp(443), "HTTPS to S3's gateway endpoint")
        if not settings.endpoints:
            return
        inside = aws_ec2.Peer.ipv4(settings.cidr)
        group = self._group("Endpoints", "Endpoints: HTTPS from this network")
        group.add_ingress_rule(inside, aws_ec2.Port.tcp(443), "HTTPS from the jobs")
        for service in settings.endpoints:
            self.vpc.add_interface_endpoint(
                service.title().replace(".", "").replace("-", ""),
                service=aws_ec2.InterfaceVpcEndpointAwsService(service),
                security_groups=[group],
                open=False,
            )

    def _flow_logs(self, key: aws_kms.IKey, days: int, boundary: str) -> None:
        group = log_group(self, "FlowLogs", name="/mlops/network/flow", key_arn=key.key_arn, days=days)
        actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
        statements = [allow(actions, names.arn("logs", "log-group:/mlops/network/flow:*"))]
        role = service_role(
            self,
            "FlowRole",
            name="mlops-network-flow",
            service="vpc-flow-logs",
            statements=statements,
            accepted=wildcards(statements, "the streams of this one log group"),
            boundary=boundary,
        )
        aws_ec2.CfnFlowLog(
            self,
            "Flow",
            resource_id=self.vpc.vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.ref,
            deliver_logs_permission_arn=role.attr_arn,
        )

    def _export(self) -> None:
        first, second = self.vpc.isolated_subnets
        for export, value in (
            (names.SUBNET_A, first.subnet_id),
            (names.SUBNET_B, second.subnet_id),
            (names.JOB_GROUP, self.jobs.security_group_id),
        ):
            CfnOutput(self, export.title().replace("-", ""), value=value, export_name=export)
