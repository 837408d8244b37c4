"""How the code reads: short functions, short modules, no names that say nothing, nothing left for later."""

import ast
import io
import re
import tokenize
from statistics import median

import pytest

from tests.tree import FLOORS, files, name_of

MODULES = sorted(files(".py", under=FLOORS))
EMPTY_NAMES = re.compile(r"utils?|helpers?|managers?|misc|common|base|core|stuff")


def functions(path):
    """Yield a module's functions, methods included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(path):
    """Return the numbers of the lines that hold code: no blank lines, comments or docstrings."""
    text = path.read_text()
    docstrings = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    spans = [range(t.start[0], t.end[0] + 1) for t in tokens if t.type not in skipped]
    return {line for span in spans for line in span} - docstrings


@pytest.mark.parametrize("floor", FLOORS)
def test_half_of_a_floor_s_functions_are_shorter_than_12_lines(floor):
    sizes = []
    for path in files(".py", under=(floor,)):
        lines = code_lines(path)
        sizes += [len(lines & {*range(node.lineno, node.end_lineno + 1)}) for node in functions(path)]
    assert not sizes or median(sizes) < 12


def test_modules_are_short():
    assert [name_of(path) for path in MODULES if len(path.read_text().splitlines()) >= 300] == []


def test_names_of_modules_say_what_is_in_them():
    assert [name_of(path) for path in MODULES if EMPTY_NAMES.fullmatch(path.stem.strip("_"))] == []


def test_nothing_is_left_for_later():
    later = re.compile(r"#.*\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
    found = [
        f"{name_of(p)}:{n}"
        for p in MODULES
        for n, line in enumerate(p.read_text().splitlines(), 1)
        if later.search(line)
    ]
    assert found == []


def test_lines_of_code_are_counted_without_words(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        '"""Says."""\n\n\ndef f(a):\n    """Say.\n\n    More.\n    """\n    # why\n    return [\n        a,\n\n    ]\n'
    )
    (function,) = functions(path)
    assert sorted(code_lines(path)) == [4, 10, 11, 13]
    assert function.name == "f"
