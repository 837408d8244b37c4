"""The one error tree of Forewatch.

ForewatchError
├── UsageError        the request is wrong (exit code 2)
├── Busy              others are served first
└── DataError         the data or a check says no (exit code 1)
    ├── FileRefused   a raw file cannot be taken as what it was said to be
    ├── CheckFailed   a finished build breaks one of its own identities
    └── NoEdition     nothing has been built yet

Every message is one sentence: what was wrong, where, what to do.
"""


class ForewatchError(Exception):
    """Root of every error whose message is meant for a user."""

    exit_code = 1


class UsageError(ForewatchError, ValueError):
    """The request names something that does not exist or cannot be combined."""

    exit_code = 2


class Busy(ForewatchError):
    """Too many wait for the same already; the request is right and may be made again."""


class DataError(ForewatchError):
    """The data, or a check on them, does not allow what was asked."""


class FileRefused(DataError):
    """A raw file is not what its source expects."""


class CheckFailed(DataError):
    """A build breaks an identity; nothing was published."""


class NoEdition(DataError):
    """The workspace holds no finished edition, or a damaged one."""
