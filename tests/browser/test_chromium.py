"""The Chromium that browser tests drive: which one is taken, and that it draws."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from playwright.sync_api import sync_playwright

from tests.browser import chromium


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with nothing on its PATH: return a function that puts a program there, which answers an exit code."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))

    def put(name: str, exit_code: int) -> Path:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nexit {exit_code}\n")
        program.chmod(0o755)
        return program

    return put


def test_a_name_without_a_browser_behind_it_is_passed_over(machine):
    machine("chromium", 1)
    assert chromium.find() is None
    working = machine("google-chrome", 0)
    assert chromium.find() == working


def test_where_chromium_names_one_no_other_counts(machine, monkeypatch):
    machine("chromium", 0)
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    assert chromium.find() is None
    assert chromium.main() == chromium.MISSING


def test_without_any_and_without_means_to_install_it_says_what_to_do(machine, monkeypatch):
    monkeypatch.setattr(chromium.sys, "executable", str(machine("python", 1)))
    assert chromium.main() == chromium.MISSING


def test_it_draws_a_page_from_this_machine(chromium_path):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 40, "height": 30})
        page.set_content("<body style='margin: 0; background: #0af'><canvas></canvas>")
        page.evaluate("document.querySelector('canvas').getContext('2d').fillRect(0, 0, 9, 9)")
        picture = page.screenshot()
        browser.close()
    pixels = np.round(imread(BytesIO(picture))[..., :3] * 255)
    assert pixels[4, 4].tolist() == [0, 0, 0]
    assert pixels[20, 30].tolist() == [0, 170, 255]
