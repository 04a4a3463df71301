"""Criteria that a test outside of this folder shows, since it needs an embedded AWS of its own; and those that nothing shows yet."""

_DELIVERY = "tests/integration/delivery/test_platform.py"
_LIFECYCLE = "tests/integration/platform/test_lifecycle.py"
_SOURCES = "tests/integration/datasets/test_sources.py"

ELSEWHERE = {  # criterion -> the test
    "8.2": f"{_DELIVERY}::test_a_commit_is_deployed_after_every_gate",
    "8.4": f"{_LIFECYCLE}::test_upgrade_and_going_back_replace_nothing_stateful",
    "8.5": f"{_LIFECYCLE}::test_everything_destroyed_and_made_again_is_the_same",
    "12.2": f"{_SOURCES}::test_a_catalogue_item_becomes_an_attributed_version",
    "12.5": f"{_SOURCES}::test_the_second_import_downloads_nothing_and_is_the_same_version",
}

NOT_YET = {  # criterion -> what is missing
    "4.1": "no record of an experiment; parameters and metrics are the versions' alone",
    "4.2": "logs and metrics of a job come when it has ended",
    "4.3": "shown by 1.2, but for managers not yet in one place",
    "4.4": "runs cannot be searched by their values",
    "4.5": "the dashboard shows series, not what runs and what is deployed",
    "5.1": "the feature group holds no features yet",
    "5.2": "the feature group holds no features yet",
    "5.3": "the feature group holds no features yet",
    "5.4": "the feature group holds no features yet",
    "5.5": "the feature group holds no features yet",
    "11.4": "a job runs on one instance",
}
