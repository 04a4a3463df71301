"""What a job takes beside its data: a role, in a VPC a network that leads to S3, a grant on a volume's key, a right to its outputs'."""

from collections.abc import Iterator
from contextlib import contextmanager

from embedded_aws.gateway import Gateway, Gateways
from embedded_aws.sagemaker.jobs import networks
from embedded_aws.sagemaker.jobs.job import Job
from embedded_aws.service import Call, Outside

# SageMaker AI Developer Guide, "How to use SageMaker AI execution roles": what a role needs for jobs in a VPC
_VPC_RIGHTS = (
    "CreateNetworkInterface",
    "CreateNetworkInterfacePermission",
    "DeleteNetworkInterface",
    "DeleteNetworkInterfacePermission",
    "DescribeDhcpOptions",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVpcs",
)


class Surroundings:
    """Of all jobs of a server; ``gateways`` act in their roles."""

    def __init__(self, gateways: Gateways, outside: Outside) -> None:
        self.gateways, self._outside = gateways, outside

    def check(self, call: Call, job: Job) -> None:
        """When a job is created: its subnets and groups exist.

        Raises:
            ServiceError: one does not.
        """
        if job.vpc:
            networks.refuse_unknown(job.vpc, self._outside.networks(call.account, call.region))

    @contextmanager
    def entered(self, call: Call, job: Job) -> Iterator[Gateway]:
        """While a job runs: the clients of its role, as whom data, logs and metrics are read and written.

        Raises:
            ServiceError: a right is missing, or S3 cannot be reached.
        """
        where = call.account, call.region
        aws = self.gateways.acting(job.role, "SageMaker", *where)
        if job.vpc:
            self._attach(call, job)
        if job.output_key:  # the same guide, and OutputDataConfig's KmsKeyId in the API's model
            self._outside.use_key(job.role, "kms:Encrypt", job.output_key, where)
        end = self._outside.grant(job.role, job.volume_key, where) if job.volume_key else None
        try:
            yield aws
        finally:
            if end is not None:
                end()

    def _attach(self, call: Call, job: Job) -> None:
        """Network interfaces in the job's subnets, made in its role, through which data come."""
        acting = f"arn:aws:sts::{call.account}:assumed-role/{job.role.rpartition('/')[2]}/SageMaker"
        place = f"arn:aws:ec2:{call.region}:{call.account}:network-interface/*"
        for right in _VPC_RIGHTS:
            resource = "*" if right.startswith("Describe") else place
            self._outside.require(acting, f"ec2:{right}", resource, (call.account, call.region), None)
        networks.refuse_closed(job.vpc, self._outside.networks(call.account, call.region))
