"""The platform's own stacks: the packaged cloud assembly and how it is deployed, here or in an AWS account."""
