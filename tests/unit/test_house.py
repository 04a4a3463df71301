"""The house's order: what no import contract says."""

import grimp

PACKAGES = ("mlops", "embedded_aws", "pipelines", "stacks", "adherence")


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Modules that import each other, directly or through others, one list a circle."""
    found = set()
    for module in graph.modules:
        both = graph.find_upstream_modules(module) & graph.find_downstream_modules(module)
        if both:
            found.add(frozenset({module, *both}))
    return sorted(sorted(circle) for circle in found)


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
