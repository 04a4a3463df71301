"""The root that a boxed process sees, built on an empty folder; standard library only."""

import os
from collections.abc import Iterable
from typing import Any

from embedded_aws.box.kernel import (
    BIND,
    LIBC,
    NO_DEV,
    NO_EXEC,
    NO_SUID,
    NODEV,
    NOEXEC,
    NOSUID,
    PRIVATE,
    READ_ONLY,
    REC,
    RECURSIVE,
    change_root,
    checked,
    mount,
    set_attributes,
)

PROCESSES = 2048  # at a time
_FIXED = READ_ONLY | NO_SUID | NO_DEV
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
_ETC = (  # what programs need of it; neither accounts nor anybody's settings
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "pki/ca-trust/extracted",
    "pki/tls/certs",
    "pki/tls/cert.pem",
    "protocols",
    "resolv.conf",
    "services",
    "ssl/cert.pem",
    "ssl/certs",
    "ssl/openssl.cnf",
    "timezone",
)
_DEVICES = ("full", "null", "random", "urandom", "zero")


class Root:
    """The new root while it is built: ``stage`` + path."""

    def __init__(self, stage: str) -> None:
        self._stage = os.path.realpath(stage)
        self._hidden: list[str] = []

    def build(self, view: dict[str, Any]) -> None:
        """Mount everything and make it this process's root."""
        mount("none", "/", "", REC | PRIVATE)
        mount("tmpfs", self._stage, "tmpfs", NOSUID | NODEV, "mode=0755")
        self._settings()
        self._folders(view)
        self._devices()
        self._processes()
        change_root(self._stage)
        for folder in (*self._hidden, "/proc", "/"):
            set_attributes(folder, _FIXED)

    def _folders(self, view: dict[str, Any]) -> None:
        """Shallow ones first, so that a deeper one is seen inside of what contains it."""
        read = {self._reach(path) for path in (*_SYSTEM, *view["read"]) if os.path.exists(path)}
        hide = {os.path.realpath(path) for path in view["hide"] if os.path.isdir(path)}
        hide = {path for path in hide if any(_below(path, folder) for folder in read)}
        binds = [(path, path, _FIXED) for path in read if not _covered(path, read, hide)]
        binds += [(target, source, NO_SUID | NO_DEV) for source, target in view["write"]]
        for path, source, attributes in sorted([*binds, *((path, "", 0) for path in hide)], key=_depth):
            if source:
                self._bind(source, path, attributes)
            else:
                self._hide(path)

    def _reach(self, path: str) -> str:
        """The path without symbolic links; those on the way are made in the new root as well."""
        parts, current = path.split("/"), ""
        while parts:
            part = parts.pop(0)
            following = f"{current}/{part}"
            if part in {"", "."}:
                continue
            if part == "..":
                current = os.path.dirname(current) if current else ""
            elif os.path.islink(following):
                link = os.readlink(following)
                self._link(link, following)
                parts, current = link.split("/") + parts, "" if link.startswith("/") else current
            else:
                current = following
        return current or "/"

    def _link(self, link: str, path: str) -> None:
        there = self._stage + path
        if not os.path.lexists(there):
            os.makedirs(os.path.dirname(there), exist_ok=True)
            os.symlink(link, there)

    def _hide(self, path: str) -> None:
        mount("tmpfs", self._stage + path, "tmpfs", NOSUID | NODEV, "mode=0755")
        self._hidden.append(path)

    def _bind(self, source: str, path: str, attributes: int) -> None:
        there = self._stage + path
        if os.path.isdir(source):
            os.makedirs(there, exist_ok=True)
        elif not os.path.lexists(there):
            os.makedirs(os.path.dirname(there), exist_ok=True)
            write(there, "")
        mount(source, there, "", BIND | REC)
        set_attributes(there, attributes, RECURSIVE)

    def _settings(self) -> None:
        """``/etc``: certificates, the loader's cache and the like; accounts of the box's own."""
        user, group = os.getuid(), os.getgid()
        others = "" if user == 0 else f"job:x:{user}:{group}::/tmp:/bin/sh\n"
        accounts = {
            "passwd": f"root:x:0:0::/tmp:/bin/sh\n{others}nobody:x:65534:65534::/:/bin/false\n",
            "group": f"root:x:0:\n{f'job:x:{group}:' if group else ''}\nnogroup:x:65534:\n",
            "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
            "hosts": "127.0.0.1 localhost algo-1\n::1 localhost\n",
        }
        os.makedirs(f"{self._stage}/etc")
        for name, content in accounts.items():
            write(f"{self._stage}/etc/{name}", content)
        for name in _ETC:
            if os.path.exists(f"/etc/{name}"):
                self._bind(os.path.realpath(f"/etc/{name}"), f"/etc/{name}", _FIXED)
        checked(LIBC.sethostname(b"algo-1", 6), "sethostname")

    def _devices(self) -> None:
        for name in _DEVICES:
            self._bind(f"/dev/{name}", f"/dev/{name}", READ_ONLY | NO_SUID | NO_EXEC)
        for name, target in {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}.items():
            os.symlink(f"/proc/self/fd{target}", f"{self._stage}/dev/{name}")
        shared = f"{self._stage}/dev/shm"  # noqa: S108 (the box's own)
        os.mkdir(shared)
        mount("tmpfs", shared, "tmpfs", NOSUID | NODEV | NOEXEC, "mode=1777")
        os.mkdir(f"{self._stage}/var")
        os.symlink("/tmp", f"{self._stage}/var/tmp")  # noqa: S108 (the box's own)

    def _processes(self) -> None:
        """``/proc`` of the box's own processes; no further namespaces, in which privileges would come back."""
        os.mkdir(f"{self._stage}/proc")
        mount("proc", f"{self._stage}/proc", "proc", NOSUID | NODEV | NOEXEC)
        write(f"{self._stage}/proc/sys/user/max_user_namespaces", "0")
        try:
            write(f"{self._stage}/proc/sys/kernel/pid_max", str(PROCESSES))
        except OSError:  # before Linux 6.14 it is the machine's: RLIMIT_NPROC has to do
            return


def _depth(step: tuple[str, str, int]) -> int:
    return step[0].count("/")


def _covered(path: str, read: Iterable[str], hide: Iterable[str]) -> bool:
    """Whether one of the other folders shows it already."""
    above = [folder for folder in read if _below(path, folder)]
    return any(not any(_below(path, item) and _below(item, folder) for item in hide) for folder in above)


def _below(path: str, folder: str) -> bool:
    return path != folder and path.startswith(folder.rstrip("/") + "/")


def write(path: str, content: str) -> None:
    """A file's whole content."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
