"""Typed records over the document store: one kind of documents, read and written as one type."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, Protocol, Self, TypeVar

from embedded_aws.store import Document, DocumentStore


class Record(Protocol):
    """Something stored."""

    def to_document(self) -> Document:
        """The stored form: JSON values only."""

    @classmethod
    def from_document(cls, document: Document) -> Self:
        """The record of a stored document, in this form or an earlier one."""


T = TypeVar("T", bound=Record)


def renamed(document: Document, names: Mapping[str, str]) -> Document:
    """The members of a document in an earlier form under their attributes' names; what ``names`` lacks is left out."""
    return {name: document[member] for member, name in names.items() if member in document}


class Records(Generic[T]):
    """Records of one type by key; every change is committed before the call returns."""

    def __init__(self, store: DocumentStore, kind: str, type_: type[T]) -> None:
        self._store, self._kind, self._type = store, kind, type_

    def get(self, key: str) -> T | None:
        """The record, or None."""
        found = self._store.get(self._kind, key)
        return None if found is None else self._type.from_document(found)

    def create(self, key: str, record: T) -> bool:
        """Insert; False (and no change) where the key is taken."""
        return self._store.create(self._kind, key, record.to_document())

    def put(self, key: str, record: T) -> None:
        """Insert or replace."""
        self._store.put(self._kind, key, record.to_document())

    def update(self, key: str, change: Callable[[T], None]) -> T | None:
        """Apply ``change`` to the stored record atomically; None where there is no such record."""
        changed: list[T] = []

        def change_document(document: Document) -> None:
            record = self._type.from_document(document)
            change(record)
            changed.append(record)
            document.clear()
            document.update(record.to_document())

        self._store.update(self._kind, key, change_document)
        return changed[0] if changed else None

    def set(self, key: str, **values: object) -> T | None:
        """Set attributes of the stored record; None where there is no such record."""

        def change(record: T) -> None:
            for name, value in values.items():
                setattr(record, name, value)

        return self.update(key, change)

    def list(self, prefix: str = "") -> Iterator[tuple[str, T]]:
        """(key, record) of every key with that prefix, in key order."""
        return ((key, self._type.from_document(item)) for key, item in self._store.list(self._kind, prefix))

    def delete(self, key: str) -> bool:
        """Remove; False where there was nothing."""
        return self._store.delete(self._kind, key)
