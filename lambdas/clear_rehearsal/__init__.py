"""The end of a rehearsal: what it has made goes, its report stays."""
