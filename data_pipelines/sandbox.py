"""Raw files are read in a process of their own, without network and with limits on memory and time.

Three GDALs live in this installation, and each can be led by a crafted file to read other files or call hosts;
what the child cannot reach, no parser can leak.
"""

import ctypes
import pickle
import resource
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import accumulate
from mmap import ACCESS_COPY, mmap
from multiprocessing import get_context
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import NamedTuple, cast

from data_pipelines._source import Parsed, Raw, source
from geo.errors import FileRefused, ForewatchError

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG = 1
MEMORY_BYTES = 4 * 2**30
CPU_SECONDS = 300
ALIGNED = 64  # bytes, as Arrow wants its arrays to begin


def isolate() -> bool:
    """Take network and memory away from this process, for good; return whether the network is gone.

    Ctrl-C reaches every process of a terminal; here it is for the parent to answer.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Beyond what it was forked with: the child of a parent with 4.2 GB mapped could not start a thread, and hung.
    limit = _mapped_bytes() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    libc = ctypes.CDLL(None, use_errno=True)
    # Else a killed build leaves its readers waiting for ever, and they keep its lock.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return any(libc.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))


def _mapped_bytes() -> int:
    """Return the address space this process has, which a fork inherits."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def network_can_be_cut() -> bool:
    """Return whether this machine lets a child give up its network; `forewatch doctor` tells."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        return pool.submit(isolate).result()


class _Packed(NamedTuple):
    """What a reader hands over: a pickle, and the file that holds its large arrays, by their sizes.

    Through the pipe between two processes the 109 MB of a release of GED took 0.4 s.
    """

    pickled: bytes
    path: str
    sizes: tuple[int, ...]


def parse_all(files: Sequence[tuple[str, Raw]], workers: int = 2) -> Iterator[Parsed]:
    """Parse files in isolated processes and yield what they hold, in the order given.

    Raises
    ------
    FileRefused
        Where a file is not what its source expects, or its reader died or ran out of memory or time.
    """
    with TemporaryDirectory() as folder, _readers(workers) as pool:
        # The largest first, so that no reader is left alone with it at the end.
        by_size = sorted(range(len(files)), key=lambda i: -files[i][1].path.stat().st_size)
        waiting = {i: pool.submit(_parse, *files[i], folder) for i in by_size}
        try:
            for i, (name, raw) in enumerate(files):
                yield _result(name, raw, waiting[i], folder)
        finally:
            pool.shutdown(cancel_futures=True)


def _readers(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("fork"), initializer=isolate)


def _result(name: str, raw: Raw, future: Future[_Packed], folder: str) -> Parsed:
    try:
        return _unpacked(future.result())
    except BrokenProcessPool:
        return _alone(name, raw, folder)
    except ForewatchError:
        raise
    except Exception as error:
        raise _unreadable(name, raw, error) from error


def _alone(name: str, raw: Raw, folder: str) -> Parsed:
    """Read a file again after a reader died, as it takes the others with it and nobody knows whose it was."""
    with _readers(1) as pool:
        try:
            return _unpacked(pool.submit(_parse, name, raw, folder).result())
        except ForewatchError:
            raise
        except Exception as error:
            raise _unreadable(name, raw, error) from error


def _unreadable(name: str, raw: Raw, error: Exception) -> FileRefused:
    why = "its reader died" if isinstance(error, BrokenProcessPool) else type(error).__name__
    return FileRefused(f"{raw.path.name} cannot be read as {name} ({why}); check it and get it again.")


def _parse(name: str, raw: Raw, folder: str) -> _Packed:
    # Of this file, not of the process, which reads several.
    spent = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(spent.ru_utime + spent.ru_stime) + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
    signal.alarm(2 * CPU_SECONDS)  # one that waits for ever spends no time; this ends the process
    try:
        return _packed(source(name).parse(raw), folder)
    finally:
        signal.alarm(0)


def _packed(parsed: Parsed, folder: str) -> _Packed:
    arrays: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(parsed, 5, buffer_callback=arrays.append)
    with NamedTemporaryFile(dir=folder, delete=False) as file:
        for array in arrays:
            file.write(array.raw())
            file.write(bytes(-array.raw().nbytes % ALIGNED))
    return _Packed(pickled, file.name, tuple(array.raw().nbytes for array in arrays))


def _unpacked(packed: _Packed) -> Parsed:
    if not any(packed.sizes):
        return cast("Parsed", pickle.loads(packed.pickled, buffers=[b"" for _ in packed.sizes]))  # noqa: S301 - of our own reader
    with Path(packed.path).open("rb") as file:
        held = memoryview(mmap(file.fileno(), 0, access=ACCESS_COPY))
    Path(packed.path).unlink()  # what is mapped stays until nobody needs it
    starts = accumulate((size + -size % ALIGNED for size in packed.sizes), initial=0)
    arrays = [held[start : start + size] for start, size in zip(starts, packed.sizes, strict=False)]
    return cast("Parsed", pickle.loads(packed.pickled, buffers=arrays))  # noqa: S301 - of our own reader
