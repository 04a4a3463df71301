"""Source control and delivery: CodeCommit's repositories (git) and CodePipeline's pipelines."""
