"""The model registry: versions, approval under four eyes, the deployed version."""
