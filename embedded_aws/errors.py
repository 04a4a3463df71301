"""The embedded AWS's own errors, for whoever starts it (what its services answer is ``service.ServiceError``).

EmbeddedAwsError     it did not come up
└── Refused          what was asked for cannot be done; nothing was changed
    └── AlreadyRuns  one runs on the folder already
"""


class EmbeddedAwsError(Exception):
    """A failure of the server itself; the message is one line for its user."""


class Refused(EmbeddedAwsError):
    """The request cannot be met as it is: the message names what and why."""


class AlreadyRuns(Refused):
    """A server runs on the state folder already."""
