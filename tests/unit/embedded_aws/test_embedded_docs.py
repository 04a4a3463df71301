"""docs/embedded-aws.md lists exactly the SageMaker operations that are served."""

import re
from pathlib import Path

from embedded_aws.sagemaker.service import SageMaker
from embedded_aws.sagemaker.unmade import unmade
from embedded_aws.service import Outside
from embedded_aws.settings import Settings

_PAGE = Path(__file__).parents[3] / "docs" / "embedded-aws.md"


def test_operations_are_listed(tmp_path: Path) -> None:
    """None is missing, none is promised that does not exist; List* and Describe* of kinds that nobody makes go without a list."""
    service = SageMaker(tmp_path, lambda *_: None, Outside(*[lambda *_: None] * 5), Settings())
    try:
        generic = {handler.__qualname__ for handler in unmade().values()}
        served = sorted(name for name, handler in service.operations.items() if handler.__qualname__ not in generic)
    finally:
        service.close()
    text = _PAGE.read_text().split("<!-- operations", 1)[1].split("<!-- end -->", 1)[0].split("-->", 1)[1]
    assert re.findall(r"[A-Za-z]+", text) == served
