"""Rules on names that are the account's, or everybody's, and not a region's: a second region would find them taken."""

from collections.abc import Iterator, Mapping

from stacks.rules.findings import Finding, Template, resources, text

# IAM User Guide, "IAM identifiers"; Amazon S3 User Guide, "General purpose bucket naming rules"
_NAMED: Mapping[str, str] = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::S3::Bucket": "BucketName",
}
_REGION, _ACCOUNT = "${AWS::Region}", "${AWS::AccountId}"


def global_names(template: Template, *, one_region: bool) -> Iterator[Finding]:
    """They have the region in them, but where a platform is declared to be in one region of an account and deployments hold to it."""
    for kind, member in _NAMED.items():
        for logical_id, properties in resources(template, kind):
            name = text(properties.get(member, ""))
            if name and not one_region and _REGION not in name:
                yield Finding(
                    "global-names", logical_id, f"{name} is the account's: a second region would find it taken"
                )
            if name and kind == "AWS::S3::Bucket" and _ACCOUNT not in name:
                yield Finding(
                    "global-names", logical_id, f"{name}: bucket names are everybody's: put the account in it"
                )
