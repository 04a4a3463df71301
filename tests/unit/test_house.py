"""The house's order: what no import contract says."""

import ast
from pathlib import Path

import grimp
import pytest

PACKAGES = ("mlops", "embedded_aws", "pipelines", "stacks", "lambdas", "adherence")


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Modules that import each other, directly or through others, one list a circle."""
    found = set()
    for module in graph.modules:
        both = graph.find_upstream_modules(module) & graph.find_downstream_modules(module)
        if both:
            found.add(frozenset({module, *both}))
    return sorted(sorted(circle) for circle in found)


def imported(path: Path) -> set[str]:
    """Names of the packages that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("name", ["run", "train", "inference"])
def test_the_seeds_entry_points_are_data_science_only(name: str) -> None:
    """Requirement 10.3 where the import contracts cannot look: these are files outside any package."""
    outside = {"boto3", "botocore", "sagemaker", "aws_cdk", *PACKAGES} - {"adherence"}
    assert imported(Path("seed_code/adherence") / f"{name}.py") & outside == set()


def test_no_modules_import_each_other() -> None:
    """No circle of imports, those within functions included."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    assert circles(graph) == []


def test_a_circle_is_found() -> None:
    """Two modules that import each other through a third, and nothing beside them."""
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("c", "e")):
        graph.add_import(importer=importer, imported=imported)
    assert circles(graph) == [["a", "b", "c"]]
