"""Raw answers of every operation that the embedded AWS answers itself, against botocore's models; parsed, much is forgiven."""

from typing import Any

import pytest

from embedded_aws.sagemaker.unmade import unmade
from embedded_aws.settings import Settings
from tests.integration.executor.lab import Lab
from tests.integration.services import story
from tests.integration.services.shapes import Bodies

# operations that are not in the story -> why
_LEFT_OUT: dict[str, str] = {}


@pytest.fixture(scope="module")
def told(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Bodies:
    """The story, told."""
    bodies = Bodies()
    sagemaker = bodies.watch(lab.client("sagemaker"))
    for part in (story.registry, story.features, story.lineage):
        part(sagemaker)
    for longer in (story.jobs, story.pipelines):
        longer(lab, sagemaker)
    story.catalog(lab, lambda name: bodies.watch(lab.client(name)))
    story.code(lab, lambda name: bodies.watch(lab.client(name)), tmp_path_factory.mktemp("told"))
    return bodies


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """``service:Operation`` of everything that our own services answer, but for SageMaker's kinds that nobody makes (test_unmade)."""
    folder = tmp_path_factory.mktemp("wired")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"AUTH": "true", "PERSIST_STATE": "0", "STATE_DIR": str(folder / "state")}.items():
            patch.setenv(name, value)
        from embedded_aws.wiring import wire  # MiniStack reads its settings when it is imported

        wired = wire(folder, Settings(job_backend="rewriting"), "secret")
    generic = {handler.__qualname__ for handler in unmade().values()}
    own: list[Any] = [service for service in wired.services if hasattr(service, "operations")]
    found = {
        f"{service.name}:{name}"
        for service in own
        for name, handler in service.operations.items()
        if getattr(handler, "__qualname__", "") not in generic
    }
    wired.hooks.undo()
    for service in wired.services:
        service.close()
    return found


def test_every_operation_is_in_the_story(told: Bodies, answered: set[str]) -> None:
    """A new operation has to be told of, or left out by name."""
    assert len(answered) > 100
    assert answered - told.seen - set(_LEFT_OUT) == set()
    assert set(_LEFT_OUT) & told.seen == set()


def test_every_body_is_of_its_shape(told: Bodies) -> None:
    """No member that the model does not know, none missing, types and enumerations and times as the protocol has them."""
    assert "\n".join(sorted(told.faults)) == ""
