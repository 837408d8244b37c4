"""Find a Chromium for the browser tests, or install one: `python -m tests.browser.chromium`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    f"The browser tests need a Chromium that runs, and neither CHROMIUM, {', '.join(NAMES)} nor Playwright's own does; "
    "install the package 'chromium', run `.venv/bin/playwright install --with-deps chromium`, or set CHROMIUM to one."
)


def find() -> Path | None:
    """Return the first Chromium that runs; where CHROMIUM names one, no other counts."""
    return next((path for path in _candidates() if _runs(path)), None)


def _candidates() -> Iterator[Path]:
    if given := os.environ.get("CHROMIUM"):
        yield Path(given)
        return
    yield from (Path(path) for path in map(shutil.which, NAMES) if path)
    with sync_playwright() as playwright:
        yield Path(playwright.chromium.executable_path)


def _runs(path: Path) -> bool:
    """Ask it: Ubuntu's `chromium-browser` is there without its snap, and Playwright's own may lack libraries."""
    try:
        answer = subprocess.run(
            [path, "--version"], check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def install() -> Path | None:
    """Install Debian's package where we may, else Playwright's own; return it, or None where neither came to run."""
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    for steps in [*([DEBIAN] if os.geteuid() == 0 and shutil.which("apt-get") else []), [playwright]]:
        for step in steps:
            print("+", *step, flush=True)
            subprocess.run(step, check=False, stdin=subprocess.DEVNULL)
        if path := find():
            return path
    return None


DEBIAN = [
    ["apt-get", "update"],
    ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
]


def main() -> str | None:
    """Print the path of a Chromium, installed if need be; return the sentence to exit with where there is none."""
    path = find() or (None if os.environ.get("CHROMIUM") else install())
    if path is None:
        return MISSING
    print(f"Chromium for the browser tests: {path}")
    return None


if __name__ == "__main__":
    sys.exit(main())
