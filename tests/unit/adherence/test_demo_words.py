"""What the demo says of itself: the patients that are there, and the drift of the predictions."""

from typing import Any

from mlops.adherence.demo import report, summary
from mlops.adherence.demo.outcome import Choices, Outcome, enrolled
from mlops.adherence.demo.quality import _MEASURE_NAMES
from mlops.pages.words import MEANINGS, explained
from mlops.runs.inference import Batch


def batch(*drifted: str) -> Batch:
    """A batch without drift of its input, and with drift of these predictions."""
    features = [{"name": name, "drifted": name in drifted, "why": "far"} for name in ("all predictions", "Ozempic")]
    drift: dict[str, Any] = {"rows": 2640, "drifted": False, "features": []}
    bands = {"as_of": "2024-08-18", "rows": 2640, "risk_bands": {}}
    return Batch(
        run=None,
        predictions="",
        monitoring="",
        drift=drift,
        metadata=bands,
        judged={"features": features, "drifted": bool(drifted)},
    )  # type: ignore[arg-type]


def test_the_patients_are_those_in_the_tables() -> None:
    """Some of those that were simulated enrol later."""
    told = enrolled(Outcome(Choices(patients=5000), rows={"patients": 4377, "fills": 1}))
    assert told == "4,377 of 5,000 simulated patients are enrolled by 2024-06-19"


def test_the_summary_has_the_drift_of_the_predictions() -> None:
    """Beside that of the input."""
    assert summary._batch(batch()).endswith("no drift; of the predictions: no drift")
    assert summary._batch(batch("Ozempic")).endswith("no drift; of the predictions: drift of Ozempic")


def test_the_report_has_the_drift_of_the_predictions() -> None:
    """In the tile of its month, and with what has changed."""
    assert report._about("usual month", batch("Ozempic")).endswith("predictions: drift of Ozempic")
    assert batch("Ozempic").drifted


def test_every_measure_of_the_report_is_explained() -> None:
    """In words that are not the measure's own name."""
    text = explained(*_MEASURE_NAMES)
    for name in _MEASURE_NAMES:
        assert f"<dt>{name}</dt>" in text
        assert len(MEANINGS[name]) > 60
