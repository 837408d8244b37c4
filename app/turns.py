"""Who may compute now: one at a time, and few may wait; others are sent away, so that maps and tiles stay served."""

from threading import BoundedSemaphore, RLock
from types import TracebackType
from typing import Self

from geo.errors import Busy

MOST_WAITING = 4  # a process has four times as many threads; one that waits serves nobody else


class Turns:
    """A lock that a thread may take again, and that only a few threads wait for.

    Parameters
    ----------
    most_waiting
        How many may wait for their turn; to further ones Busy is raised at once.
    """

    def __init__(self, most_waiting: int) -> None:
        self._taken = RLock()
        self._chairs = BoundedSemaphore(most_waiting)

    def __enter__(self) -> Self:
        """Wait for a turn."""
        if self._taken.acquire(blocking=False):
            return self
        if not self._chairs.acquire(blocking=False):
            raise Busy("The server is at work on other maps; try again in a moment.")
        try:
            self._taken.acquire()
        finally:
            self._chairs.release()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let the next one in."""
        self._taken.release()


ONE_AT_A_TIME = Turns(MOST_WAITING)
"""Held while values are computed: whoever moves a slider quickly waits, and does not take all cores."""
