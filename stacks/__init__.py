"""What exists in AWS: the platform's CloudFormation stacks and the Service Catalog products; knows no data science."""
