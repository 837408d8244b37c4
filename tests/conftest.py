"""What every test stands on: no network, no settings of the developer, a Chromium where one is asked for."""

import fcntl
import os
import socket
import subprocess
import sys
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
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the demo country's edition, built once by the command a user types, and not to be written to.

    Workers of one run share it: the first builds, the others wait. Beside it lie `demo.out` and `demo.err`, what the
    command said.
    """
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    workspace = folder / "demo"
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "demo.code").exists():
            _build_demo(folder, workspace)
        code = int((folder / "demo.code").read_text())
    if code != 0:
        pytest.fail(
            f"`forewatch demo --no-serve` ended with {code}: {(folder / 'demo.err').read_text()}", pytrace=False
        )
    return workspace


def _build_demo(folder: Path, workspace: Path) -> None:
    command = [Path(sys.executable).with_name("forewatch"), "--workspace", workspace, "demo", "--no-serve"]
    with (folder / "demo.out").open("w") as out, (folder / "demo.err").open("w") as err:
        done = subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=600,
            env={**os.environ, "PYTHONWARNINGS": "error"},
        )  # fmt: skip
    for path in (workspace, *workspace.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    (folder / "demo.code").write_text(str(done.returncode))


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
