"""The embedded AWS stands alone: it names neither the platform nor its use case."""

import re
from pathlib import Path

import pytest

import embedded_aws
from embedded_aws.errors import AlreadyRuns, EmbeddedAwsError, Refused
from mlops.errors import MlopsError, RefusedInput
from mlops.platform import server

_PACKAGE = Path(embedded_aws.__file__).parent
_FORMER_FILE = '_FORMER_FILE = "mlops.sqlite"'  # what earlier versions wrote has to be found


@pytest.mark.parametrize("word", ["mlops", "adherence", "patient", "brand"])
def test_no_word_of_the_platform(word: str) -> None:
    """No module, schema or text of the package says it, but for the name of a file that earlier versions wrote."""
    lines = [
        f"{file.relative_to(_PACKAGE)}:{number}: {line.strip()}"
        for file in sorted(_PACKAGE.rglob("*"))
        if file.is_file() and file.suffix != ".pyc"
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if re.search(word, line, re.IGNORECASE) and not line.startswith(_FORMER_FILE)
    ]
    assert lines == []


@pytest.mark.parametrize(
    ("raised", "expected", "text"),
    [
        (AlreadyRuns("an embedded AWS runs on x/ already"), RefusedInput, "; 'mlops down' stops it"),
        (Refused("port 1: taken"), RefusedInput, ""),
        (EmbeddedAwsError("it did not start"), MlopsError, ""),
    ],
)
def test_errors_become_the_platform_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, expected: type[MlopsError], text: str
) -> None:
    """Each error of the server has the platform's exit code, and says what its user can do."""

    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("embedded_aws.server.start", fail)
    with pytest.raises(MlopsError) as found:
        server.start(tmp_path)
    assert type(found.value) is expected
    assert str(found.value) == f"{raised}{text}"
