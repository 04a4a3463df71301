"""SageMaker's control plane on a laptop."""
