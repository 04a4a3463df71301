"""What exists in AWS: the platform's CloudFormation stacks and the Service Catalog products; knows no data science."""

from stacks.node import use_bundled_node

use_bundled_node()  # before anything imports aws_cdk, which starts Node.js
