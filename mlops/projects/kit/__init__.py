"""What a project's repository holds beside the seed code: the commands of its delivery pipeline."""
