"""Synthetic diabetic patients with a known truth: how likely each stop really was, and why."""

from mlops.adherence.synthetic.drift import SCENARIOS, Drift
from mlops.adherence.synthetic.world import World, simulate

__all__ = ["SCENARIOS", "Drift", "World", "simulate"]
