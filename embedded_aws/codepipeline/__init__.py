"""CodePipeline: pipelines, their executions and actions."""
