"""MiniStack as a whole: its application, and its services' state, of which what has changed is found in milliseconds.

A service's state is what its ``get_state`` gives, cut into parts: one an entry of a store (a role, a stack, a parameter), so that a
small change is a small write. Which services may have changed is known from their stores, which tell when they are looked into;
whether a part has changed is known from its bytes.
"""

import ast
import copy
import hashlib
import json
import pickle
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from ministack import app
from ministack.core import persistence, responses

from embedded_aws.errors import EmbeddedAwsError
from embedded_aws.journal import Key

_SCOPES = {"account": responses.AccountScopedDict, "region": responses.AccountRegionScopedDict}
_SERVICES = ("ministack", "services")  # modules that hold stores
_CUT = {("cloudwatch_logs", "log_groups"): "streams"}  # entries that grow without end: cut once more, by this member
# looked into by the judgement of every request, and changed by requests of their own and CloudFormation's alone
_JUDGING = {"apigateway_v1", "iam", "kms", "organizations", "s3"}
_FORMAT = "format"  # the part that holds the version of a service's state
Part = tuple[Any, ...]  # store, scope, key, key within the entry: JSON values


def application() -> Callable[[Any, Any, Any], Awaitable[None]]:
    """MiniStack's ASGI application."""
    found: Callable[[Any, Any, Any], Awaitable[None]] = app.app
    return found


class Touched:
    """Stores that somebody has looked into since they were last compared; and that they are being compared now."""

    def __init__(self) -> None:
        self.stores: set[int] = set()
        self._comparing = 0  # the thread that does

    def data(self, known: Any) -> Any:
        """``_data`` of the scoped stores, which tells of every access."""

        def get(store: Any) -> Any:
            if threading.get_ident() != self._comparing:
                self.stores.add(id(store))
            return known.__get__(store)

        return property(get, known.__set__)

    def sparing(self, _known: Any) -> "Copying":
        """The module ``copy`` for services whose ``get_state`` copies everything: what is only compared needs no copy."""
        return Copying(lambda: threading.get_ident() == self._comparing)

    def __enter__(self) -> set[int]:
        """The stores; from here to the end this thread's accesses do not count."""
        self._comparing = threading.get_ident()
        found, self.stores = self.stores, set()
        return found

    def __exit__(self, *_: object) -> None:
        self._comparing = 0


class Copying:
    """Stands for the module ``copy``."""

    copy = staticmethod(copy.copy)

    def __init__(self, spared: Callable[[], bool]) -> None:
        self._spared = spared

    def deepcopy(self, value: Any, memo: dict[int, Any] | None = None) -> Any:
        """As ``copy.deepcopy``; the value itself while states are compared."""
        return value if self._spared() else copy.deepcopy(value, memo)


class State:
    """The state of every service, compared with what is known to be on disk."""

    def __init__(self, touched: Touched) -> None:
        self._touched, self._owners, self._modules = touched, dict[int, set[str]](), -1
        self._digests: dict[str, dict[str, bytes]] = {}  # service -> part -> what was written last
        self._asked: set[str] = set()

    def asked(self, service: str) -> None:
        """A request came for a service, under the name that it is signed for."""
        name = app.SERVICE_NAME_ALIASES.get(service, service)
        config = app.SERVICE_REGISTRY.get(name, {})
        if config:
            self._asked.add(config.get("state_key", config["module"]))

    def changes(self, *, everything: bool = False) -> "Changed":
        """What has changed since the last time; with ``everything`` also where no store tells of it."""
        asked, self._asked = self._asked, set()
        with self._touched as stores:
            states = app._build_persistence_save_dict()
            owners = self._owners_now(states)
            looked = asked.union(*(owners.get(it, ()) for it in stores))
            spared = set() if "cloudformation" in looked else _JUDGING - asked
            chosen = set(states) if everything else (looked - spared) & set(states)
            found = Changed(self, chosen)
            for service in chosen:
                state = states[service]()
                if state is not None:
                    self._compare(service, state, found)
        return found

    def _compare(self, service: str, state: Mapping[str, Any], found: "Changed") -> None:
        known, seen = self._digests.setdefault(service, {}), set()
        for part, value in _parts(service, state):
            name = json.dumps(part)
            seen.add(name)
            digest = hashlib.blake2b(pickle.dumps(value, 5), digest_size=16).digest()
            if known.get(name) != digest:
                found.texts[service, name] = json.dumps(value, default=persistence._json_default)
                found.digests[service, name] = digest
        for name in known.keys() - seen:
            found.texts[service, name] = None

    def beginning(self, texts: Mapping[Key, str]) -> "Changed":
        """What differs from what is on disk after it was restored: what grew old, and what MiniStack makes by itself."""
        found = self.changes(everything=True)
        for key in texts.keys() - found.texts.keys():
            if key[0] in self._digests or key[0] not in app._state_map:
                found.texts[key] = None
        for key in [key for key, text in found.texts.items() if text is not None and texts.get(key) == text]:
            del found.texts[key]
            self._digests[key[0]][key[1]] = found.digests.pop(key)
        return found

    def confirm(self, changed: "Changed") -> None:
        """These are on disk."""
        for service, name in changed.texts:
            if changed.texts[service, name] is None:
                self._digests[service].pop(name, None)
            else:
                self._digests[service][name] = changed.digests[service, name]

    def repeat(self, changed: "Changed") -> None:
        """These could not be written: they are looked at again with the next request."""
        self._asked |= changed.services

    def restore(self, texts: Mapping[Key, str]) -> None:
        """Give every service its kept state.

        Raises:
            EmbeddedAwsError: one cannot take it; it names the service.
        """
        kept: dict[str, dict[str, str]] = {}
        for (service, part), text in texts.items():
            kept.setdefault(service, {})[part] = text
        for service, parts in kept.items():
            _ensure_format(service, json.loads(parts.get(json.dumps([_FORMAT, "", None, None]), "0")))
            self._load(service, _assembled(parts))

    def restore_files(self) -> bool:
        """Give every service its state from the files of an earlier version; False where there are none.

        Raises:
            EmbeddedAwsError: one is damaged.
        """
        found = False
        for service in app._state_map:
            state = persistence.load_state(service)
            if state:
                self._load(service, state)
                found = True
        return found

    def _load(self, service: str, state: Mapping[str, Any]) -> None:
        try:
            app._get_module(app._state_map[service]).load_persisted_state(state)
        except Exception as error:
            raise EmbeddedAwsError(
                f"the kept state of {service} cannot be taken over: {type(error).__name__}: {error}"
            ) from error

    def _owners_now(self, states: Mapping[str, Any]) -> Mapping[int, set[str]]:
        """Store -> services whose state it may be part of."""
        if len(sys.modules) != self._modules:
            self._modules, self._owners = len(sys.modules), {}
            keys = {module: key for key, module in app._state_map.items() if key in states}
            for name, module in list(sys.modules.items()):
                *package, first = (name.split(".") + [""] * 3)[:3]
                service = keys.get(first) if tuple(package) == _SERVICES else None
                for value in list(vars(module).values()) if service else ():
                    if isinstance(value, responses.AccountScopedDict | responses.AccountRegionScopedDict):
                        self._owners.setdefault(id(value), set()).add(str(service))
        return self._owners


class Changed:
    """Texts of parts that are not on disk as they are now (None: gone)."""

    def __init__(self, state: State, services: set[str]) -> None:
        self.state, self.services = state, services
        self.texts: dict[Key, str | None] = {}
        self.digests: dict[Key, bytes] = {}
        self.files: list[str] = []  # written, and not yet known to be on disk


def _ensure_format(service: str, version: int) -> None:
    if version > persistence._state_format_version(service):
        raise EmbeddedAwsError(f"the kept state of {service} was written by a newer version (format {version})")


def _parts(service: str, state: Mapping[str, Any]) -> Iterator[tuple[Part, Any]]:
    yield (_FORMAT, "", None, None), persistence._state_format_version(service)
    for store, value in state.items():
        scope = _scope(value)
        if not scope:
            yield (store, "", None, None), value
            continue
        yield (store, scope, None, None), None  # that it is there, be it empty
        member = _CUT.get((service, store))
        for key, entry in list(value._data.items()):
            name = repr(key)
            if member and member in entry:
                yield (store, scope, name, None), {**entry, member: {}}
                yield from (((store, scope, name, inner), it) for inner, it in list(entry[member].items()))
            else:
                yield (store, scope, name, None), entry


def _scope(value: Any) -> str:
    return next((name for name, kind in _SCOPES.items() if isinstance(value, kind)), "")


def _assembled(parts: Mapping[str, str]) -> dict[str, Any]:
    """A service's state from its parts."""
    state: dict[str, Any] = {}
    for part, text in parts.items():
        store, scope, name, inner = json.loads(part)
        value = json.loads(text, object_hook=persistence._json_object_hook)
        if not scope:
            state[store] = value
            continue
        found = state.setdefault(store, _SCOPES[scope]())
        if name is None:
            continue
        entries, key = found._data, ast.literal_eval(name)
        if inner is None:
            entries[key] = value
        else:
            entries[key][next(iter(_CUT.values()))][inner] = value
    state.pop(_FORMAT, None)
    return state
