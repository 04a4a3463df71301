"""CodeCommit: git repositories, and git over HTTP."""
