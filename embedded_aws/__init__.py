"""AWS on a laptop: one folder a service, named as AWS names it; knows none of the platform's nouns."""
