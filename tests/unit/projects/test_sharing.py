"""Requirement 6.3 over random graphs: nothing goes while somebody else uses it, and every user is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.projects.sharing import Sharing

NAMES = [f"p{number}" for number in range(6)]
THINGS = [f"t{number}" for number in range(8)]


@st.composite
def graphs(draw: st.DrawFn) -> Sharing:
    """Every thing has one owner; anybody uses anything, his own too, cycles among them."""
    owners = draw(st.lists(st.sampled_from(NAMES), min_size=len(THINGS), max_size=len(THINGS)))
    owned: dict[str, set[str]] = {name: set() for name in NAMES}
    for thing, owner in zip(THINGS, owners, strict=True):
        owned[owner].add(thing)
    used = {name: draw(st.sets(st.sampled_from(THINGS), max_size=4)) for name in NAMES}
    return Sharing(owned, used)


@given(graphs(), st.permutations(NAMES))
def test_nothing_goes_that_somebody_uses(sharing: Sharing, order: list[str]) -> None:
    """Deletions in any order: after each, all that is still used is still there; what was refused names each user, and no other."""
    for name in order:
        users = {
            other
            for other in sharing.used
            if other != name and sharing.used[other] & sharing.owned.get(name, frozenset())
        }
        held = sharing.holders(name)
        assert {user for them in held.values() for user in them} == users
        if users:
            with pytest.raises(ValueError, match=", ".join(sorted(users))):
                sharing.without(name)
        else:
            before, sharing = sharing, sharing.without(name)
            assert set(before.owned) - set(sharing.owned) == {name}
        there = set().union(*sharing.owned.values())
        assert set().union(*sharing.used.values()) <= there


@given(graphs(), st.sampled_from(NAMES))
def test_it_goes_once_its_users_are_gone(sharing: Sharing, name: str) -> None:
    """A refusal lasts as long as its reason."""
    users = {user for them in sharing.holders(name).values() for user in them}
    left = Sharing(
        {owner: things for owner, things in sharing.owned.items() if owner not in users},
        {user: things for user, things in sharing.used.items() if user not in users},
    )
    assert name not in left.without(name).owned


@given(graphs())
def test_only_cycles_stand_in_each_others_way(sharing: Sharing) -> None:
    """Whoever is left, once all who may go are gone, is used by somebody who is left, too."""
    while free := [name for name in sharing.owned if not sharing.holders(name)]:
        sharing = sharing.without(free[0])
    for name in sharing.owned:
        users = {user for them in sharing.holders(name).values() for user in them}
        assert users
        assert users <= set(sharing.owned)
