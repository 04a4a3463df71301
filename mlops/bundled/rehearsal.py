"""Rehearsals: what is played beside a project, on invented data, and is never a part of it.

A run is one by where its data lie, below ``rehearsals/`` of the project's data bucket, and by nothing else: what an execution reads is
among its parameters, which nobody changes afterwards, so that no name, tag or word of a starter makes a rehearsal of a run, or the other
way round. Predictions of such a run are published nowhere, and its version is never approved.
"""

PREFIX = "rehearsals/"
NAMED = "rehearsal-"  # how data sets and runs of rehearsals are called, for people
STATUS = "rehearsal"  # what a registration and a start have in the place of a data set's review
YES, NO = "yes", "no"
WHY = "it was made in a rehearsal, on invented data, and goes when the rehearsal ends"


def is_rehearsal(uri: str, bucket: str) -> bool:
    """Whether data at ``uri`` are a rehearsal's in the project's data bucket, or cover those of rehearsals."""
    own = f"s3://{bucket}/{PREFIX}"
    return uri.startswith(own) or own.startswith(uri)


def id_of(uri: str, bucket: str) -> str:
    """The id of the rehearsal whose tables lie at ``uri``; empty of any other data."""
    own = f"s3://{bucket}/{PREFIX}"
    return uri.removeprefix(own).partition("/")[0] if uri.startswith(own) else ""
