"""Projects: what one owns, how it is provisioned, and its pipeline runs."""
