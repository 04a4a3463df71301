"""Pages are called after what they are about, where the place that they lie in says it."""

import pytest

from mlops.runs.reports import _title


@pytest.mark.parametrize(
    ("key", "owner", "title"),
    [
        ("runs/3ae0r6nu3mgb/evaluation/evaluation.html", "ward", "ward, run 3ae0r6nu3mgb"),
        ("runs/ytgfdmqtqal9/prediction-monitoring/report.html", "ward", "ward, run ytgfdmqtqal9"),
        ("datasets/diab/25bd2bc3a48b/profile.html", "", "data set diab@25bd2bc3a48b"),
        ("datasets/diab/25bd2bc3a48b/profile.html", "ward", ""),
        ("runs/<b>/evaluation/evaluation.html", "ward", ""),
        ("uploads/report.html", "ward", ""),
    ],
)
def test_a_page_is_called_after_its_run_or_its_data_set(key: str, owner: str, title: str) -> None:
    """A key that somebody made up keeps its own name."""
    assert _title(key, owner) == title
