"""Profiles: statistics, distributions and anomalies of a version, and how two versions differ; JSON and one HTML page."""

from mlops.datasets.profile.compare import Comparison, compare
from mlops.datasets.profile.measure import profile
from mlops.datasets.profile.model import Profile

__all__ = ["Comparison", "Profile", "compare", "profile"]
