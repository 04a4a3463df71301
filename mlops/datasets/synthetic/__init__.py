"""Synthetic diabetic patients with a known truth: how likely each stop really was, and why."""

from mlops.datasets.synthetic.drift import SCENARIOS, Drift
from mlops.datasets.synthetic.world import World, simulate

__all__ = ["SCENARIOS", "Drift", "World", "simulate"]
