"""What every test stands on: no network, no settings of the developer, a Chromium where one is asked for."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.browser import chromium

# Machines that run tests are shared, so no example fails for being slow; in CI the same examples run each time.
settings.register_profile("forewatch", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("forewatch")

REALDATA = os.environ.get("FOREWATCH_REALDATA")
for name in [name for name in os.environ if name.startswith("FOREWATCH_") and name != "FOREWATCH_REALDATA"]:
    del os.environ[name]


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine, so that no test rests on somebody's server."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise PermissionError(f"A test tried to reach {address[0]}; tests use no network but this machine's own.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """A Chromium that runs; a test that asks for one where there is none fails, and says what to do."""
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.MISSING, pytrace=False)
    return path


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of files as their providers publish them, which the project does not hold."""
    if REALDATA is None:
        pytest.skip("FOREWATCH_REALDATA is unset: it names a folder of the providers' own files, which are not ours")
    folder = Path(REALDATA)
    if not folder.is_dir():
        pytest.fail(f"FOREWATCH_REALDATA is '{folder}', which is no folder; set it to one or unset it.", pytrace=False)
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give `realdata` and `browser` to tests by the fixtures they use, and the fixture to tests marked `realdata`."""
    for item in items:
        fixtures = item.fixturenames
        if item.get_closest_marker("realdata") and "realdata" not in fixtures:
            fixtures.append("realdata")
        for fixture, marker in (("realdata", "realdata"), ("chromium_path", "browser")):
            if fixture in fixtures:
                item.add_marker(marker)
