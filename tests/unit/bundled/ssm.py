"""SSM's Parameter Store as far as the pointer uses it: numbered versions, unconditional writes."""

from collections.abc import Callable
from typing import Any


class ParameterNotFound(Exception):
    """The service's own error."""


class FakeSsm:
    """``before_write`` is called before every write with this store: a test lets others write there."""

    class exceptions:  # noqa: N801 (boto3's name)
        """Errors as a boto3 client has them."""

        ParameterNotFound = ParameterNotFound

    def __init__(self, before_write: Callable[["FakeSsm"], None] = lambda _: None) -> None:
        self.values: list[str] = []
        self.before_write = before_write

    def get_parameter(self, Name: str) -> dict[str, Any]:
        """``name`` or ``name:version``."""
        number = int(Name.rpartition(":")[2]) if ":" in Name else len(self.values)
        if not self.values:
            raise ParameterNotFound(Name)
        return {"Parameter": {"Name": Name, "Value": self.values[number - 1], "Version": number}}

    def put_parameter(self, Name: str, Value: str, Type: str, Overwrite: bool) -> dict[str, Any]:
        """Always succeeds, as the service does."""
        assert (Type, Overwrite) == ("String", True), Name
        self.before_write(self)
        self.values.append(Value)
        return {"Version": len(self.values)}


class FakeStore:
    """Parameter Store with one ``FakeSsm`` a kind of parameter, which is its name's last part."""

    exceptions = FakeSsm.exceptions

    def __init__(self, **kinds: FakeSsm) -> None:
        self._kinds = {name.replace("_", "-"): store for name, store in kinds.items()}

    def get_parameter(self, Name: str) -> dict[str, Any]:
        """``name`` or ``name:version``."""
        return self._of(Name.partition(":")[0]).get_parameter(Name)

    def put_parameter(self, Name: str, Value: str, Type: str, Overwrite: bool) -> dict[str, Any]:
        """Always succeeds, as the service does."""
        return self._of(Name).put_parameter(Name, Value, Type, Overwrite)

    def _of(self, name: str) -> FakeSsm:
        return self._kinds[name.rpartition("/")[2]]
