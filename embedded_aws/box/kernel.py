"""The kernel's calls that boxes are made of; standard library only."""

import ctypes
import os
import struct

NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 0x2, 0x4, 0x8, 0x1000, 0x4000, 0x40000  # of mounts that are made
READ_ONLY, NO_SUID, NO_DEV, NO_EXEC = 0x1, 0x2, 0x4, 0x8  # of mounts that are there
RECURSIVE = 0x8000
LIBC = ctypes.CDLL(None, use_errno=True)
_MOUNT_SETATTR, _LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 442, 444, 446  # the same numbers on every architecture
_AT_FDCWD = -100


def checked(result: int, what: str) -> None:
    """Raises OSError where a call has failed."""
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2)."""
    done = LIBC.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())
    checked(done, f"mount {target}")


def set_attributes(path: str, attributes: int, how: int = 0) -> None:
    """Add attributes to a mount, with ``RECURSIVE`` also to those below it (mount_setattr: Linux 5.12)."""
    wanted = struct.pack("QQQQ", attributes, 0, 0, 0)
    numbers = (ctypes.c_long(how), wanted, ctypes.c_long(len(wanted)))
    done = LIBC.syscall(_MOUNT_SETATTR, ctypes.c_long(_AT_FDCWD), path.encode(), *numbers)
    checked(done, f"mount_setattr {path}")


def change_root(folder: str) -> None:
    """pivot_root(2) to a mount, which leaves nothing of the old root."""
    os.chdir(folder)
    checked(LIBC.pivot_root(b".", b"."), "pivot_root")
    checked(LIBC.umount2(b".", 2), "umount of the old root")  # MNT_DETACH
    os.chdir("/")


def restrict_scope() -> None:
    """Landlock's scope for Unix sockets without a path, from its sixth version on (Linux 6.12)."""
    if LIBC.syscall(_LANDLOCK_CREATE, None, ctypes.c_long(0), ctypes.c_long(1)) < 6:
        return
    rules = struct.pack("QQQ", 0, 0, 1)  # files, network, scopes
    ruleset = LIBC.syscall(_LANDLOCK_CREATE, rules, ctypes.c_long(len(rules)), ctypes.c_long(0))
    checked(ruleset, "landlock_create_ruleset")
    checked(LIBC.syscall(_LANDLOCK_RESTRICT, ctypes.c_long(ruleset), ctypes.c_long(0)), "landlock_restrict_self")
    os.close(ruleset)
