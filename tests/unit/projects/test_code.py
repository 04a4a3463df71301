"""Code packages are addressed by their content."""

import io
import tarfile
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mlops.bundled import code_tree
from mlops.projects.shipped import analyzer_tree, read_tree

_trees = st.dictionaries(
    st.text("abc/", min_size=1, max_size=5).map(lambda name: f"d/{name}.py"), st.binary(max_size=20)
)


@given(_trees, st.randoms())
def test_digest_ignores_order(tree: code_tree.Tree, random) -> None:  # type: ignore[no-untyped-def]
    """The same files in another order have the same digest, and archives of them the same bytes."""
    names = list(tree)
    random.shuffle(names)
    shuffled = {name: tree[name] for name in names}
    assert code_tree.digest(shuffled) == code_tree.digest(tree)
    assert code_tree.tar_gz(shuffled) == code_tree.tar_gz(tree)
    assert code_tree.zip_archive(shuffled) == code_tree.zip_archive(tree)


@given(_trees, _trees)
def test_digest_separates_trees(one: code_tree.Tree, other: code_tree.Tree) -> None:
    """Two trees have the same digest only where they are equal."""
    assert (code_tree.digest(one) == code_tree.digest(other)) == (one == other)


def test_archives_hold_the_files() -> None:
    """Both archive formats give back names and contents."""
    tree = {"a.py": b"1", "b/c.py": b"22"}
    with tarfile.open(fileobj=io.BytesIO(code_tree.tar_gz(tree))) as tar:
        assert {item.name: tar.extractfile(item).read() for item in tar} == tree  # type: ignore[union-attr]
    with zipfile.ZipFile(io.BytesIO(code_tree.zip_archive(tree))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == tree


def test_caches_and_tests_are_left_out(tmp_path: Path) -> None:
    """A tree holds code only."""
    for name in ("run.py", "tests/test_a.py", "__pycache__/a.pyc", "pkg/b.py"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("x")
    assert set(read_tree(tmp_path)) == {"run.py", "pkg/b.py"}


def test_analyzer_package_stands_alone() -> None:
    """The analyzer's package holds the monitoring folder and what it imports of the library, nothing else."""
    folders = {name.rsplit("/", 1)[0] for name in analyzer_tree()}
    assert folders == {"mlops", "mlops/bundled", "mlops/monitoring", "mlops/pages"}
    assert "mlops/monitoring/__main__.py" in analyzer_tree()
