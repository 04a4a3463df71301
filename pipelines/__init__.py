"""Both pipelines: rendered once by the SageMaker SDK, committed as JSON, checked against the AWS API shapes."""
