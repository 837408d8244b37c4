"""How gunicorn serves the app. Gunicorn reads this before it forks, so nothing here may import DuckDB."""

import signal
import sys

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

worker_class = "gthread"
threads = 16
loglevel = "warning"
graceful_timeout = 5
control_socket_disable = True


def when_ready(arbiter: Arbiter) -> None:
    """Tell the address as soon as it can be opened."""
    addresses = " ".join(str(listener) for listener in arbiter.LISTENERS)
    sys.stdout.write(f"Forewatch is at {addresses}; stop it with Ctrl-C.\n")
    sys.stdout.flush()


def post_worker_init(worker: Worker) -> None:
    """End in good order on Ctrl-C: gunicorn's own handler may wait for a lock it holds, and hung one time in two."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, worker.handle_exit)
