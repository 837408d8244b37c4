"""How long a run waits, how often it tries again, and what it may cost at most."""

from dataclasses import dataclass, field
from time import monotonic

from geo.errors import DataError


class OverBudget(DataError):
    """The run has used what it may cost; nothing more is asked of the provider."""


@dataclass(frozen=True)
class Patience:
    """Waits in seconds, and how often one request is sent.

    A wait doubles from `first_wait_s` to `longest_wait_s`, plus up to `jitter_s` of chance, so that installations that
    failed together do not come back together. `longest_asked_s` is the longest wait that a provider may ask for.
    """

    attempts: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    jitter_s: float = 1.0
    longest_asked_s: float = 300.0
    connect_s: float = 10.0
    read_s: float = 60.0


@dataclass
class Budget:
    """What one run may still cost: requests sent, bytes received, seconds since it began."""

    requests: int = 5_000
    bytes: int = 8_000_000_000
    seconds: float = 7_200.0
    _begun: float = field(default_factory=monotonic)

    @property
    def seconds_left(self) -> float:
        """Seconds that the run may still take; negative once it has taken too long."""
        return self.seconds - (monotonic() - self._begun)

    def spend(self, place: str, *, requests: int = 0, received: int = 0) -> None:
        """Take requests and bytes off the budget, or say which part of it is used up and at which `place`."""
        self.requests -= requests
        self.bytes -= received
        used_up = self._used_up()
        if used_up:
            raise OverBudget(
                f"Fetching stopped at {place}: the run has used all the {used_up} it may cost; ask for one country "
                "with --iso3, or for later days with --since."
            )

    def _used_up(self) -> str:
        if self.requests < 0:
            return "requests"
        if self.bytes < 0:
            return "bytes"
        return "seconds" if self.seconds_left < 0 else ""
