"""CodeBuild: builds as processes under their buildspec."""
