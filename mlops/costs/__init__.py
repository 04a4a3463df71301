"""What a project costs on AWS: idle, a training run, a batch, a million predictions; from its definitions and a dated price table."""
