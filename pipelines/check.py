"""Check a definition offline: what AWS would refuse in it. The embedded AWS refuses the same, by the same code."""

from embedded_aws.sagemaker.pipelines.check import report


def problems(definition: str) -> list[str]:
    """What AWS would refuse in the definition; empty where nothing was found."""
    return report(definition).aws_problems
