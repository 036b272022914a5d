"""Relations to the head of household, carried over when the head becomes another."""

from __future__ import annotations

HEAD, HUSBAND, WIFE, CHILD, CHILD_IN_LAW, GRANDCHILD, PARENT, PARENT_IN_LAW, KIN = range(1, 10)


def guess_relation(relation: int | None, head_before: int | None, sex: int) -> int:
    """What a member probably is to a new head.

    Args:
        relation: the member's relation to the former head; head_before: the new head's. sex: the member's.
    """
    spouse = WIFE if sex == 2 else HUSBAND
    if head_before == HEAD:
        return relation or KIN
    if head_before in (CHILD, CHILD_IN_LAW):
        other = CHILD_IN_LAW if head_before == CHILD else CHILD
        parents = PARENT if head_before == CHILD else PARENT_IN_LAW
        known = {other: spouse, GRANDCHILD: CHILD, HEAD: parents, HUSBAND: parents, WIFE: parents}
    elif head_before in (HUSBAND, WIFE):
        known = {HEAD: spouse, CHILD: CHILD, CHILD_IN_LAW: CHILD_IN_LAW, GRANDCHILD: GRANDCHILD}
        known |= {PARENT: PARENT_IN_LAW, PARENT_IN_LAW: PARENT}
    elif head_before in (PARENT, PARENT_IN_LAW):
        known = {HEAD: CHILD if head_before == PARENT else CHILD_IN_LAW, CHILD: GRANDCHILD}
        known |= {head_before: spouse}
    else:
        known = {}
    return known.get(relation or 0, KIN)


def child_of(mother: int | None) -> int:
    """A newborn's relation to the head, from the mother's (or the only known parent's)."""
    return {CHILD: GRANDCHILD, CHILD_IN_LAW: GRANDCHILD, HEAD: CHILD, HUSBAND: CHILD, WIFE: CHILD}.get(
        mother or 0, KIN
    )
