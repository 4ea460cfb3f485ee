"""
The rules of the house, read off its source: sizes, names, docstrings, what is caught, what is kept.

Which room may import which is checked by import-linter; its contracts are in pyproject.toml.
"""

import ast
import io
import os
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE_LINES_MAX = 400
TEST_LINES_MAX = 300
# An auditor carries it alone, so what others split into files stands in one.
ONE_FILE_LINES_MAX = {"ledger/proofs/check_evidence.py": 950}
FUNCTION_LINES_MAX = 70

VAGUE = re.compile(
    r"(^|_)(utils?|helpers?|common|misc|managers?)$|^(base|process)$"
    r"|(Utils?|Helpers?|Common|Misc|Base|Managers?|Handlers?|Processors?|Impl)$"
)
CATCH_ALL = {"Exception", "BaseException"}
# Their docstring is the one of what they stand for.
STAND_INS = {"overload", "override"}
REGISTRY = re.compile(rb"pypi\.org|pythonhosted\.org|crates\.io|registry\.npmjs\.org")
MACHINE_PATH = re.compile(rb"(?<![\w.}~])/((tmp|work)\b|(home|opt|root|Users)/)")

ROOT = Path(__file__).parent.parent
HOUSE = sorted((ROOT / "ledger").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def within(path: Path) -> str:
    """
    Return the path as it is written inside the project.
    """
    return path.relative_to(ROOT).as_posix()


every_module = pytest.mark.parametrize("path", HOUSE + TESTS, ids=within)
house_module = pytest.mark.parametrize("path", HOUSE, ids=within)


def code_lines(source: str) -> set[int]:
    """
    Return the numbers of the lines that hold code: no blanks, no comments, no docstrings.
    """
    silent = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str()), lineno=first, end_lineno=int(last)):
                lines.difference_update(range(first, last + 1))
    return lines


def long_functions(source: str, lines_max: int = FUNCTION_LINES_MAX) -> list[str]:
    """
    Return the names of the functions with more lines of code than that.
    """
    lines = code_lines(source)
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and len(lines.intersection(range(node.lineno, (node.end_lineno or 0) + 1))) > lines_max
    ]


def vague_names(source: str) -> list[str]:
    """
    Return the names of functions and classes that say nothing about what they are.
    """
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, Definition) and VAGUE.search(node.name)
    ]


def mentioned(node: ast.AST) -> set[str]:
    """
    Return the plain names below a node, without the modules that they are taken from.
    """
    return {
        inner.id if isinstance(inner, ast.Name) else inner.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name | ast.Attribute)
    }


def catch_alls(source: str) -> list[int]:
    """
    Return the lines that catch or suppress every error there is.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ExceptHandler(type=None):
                found.append(node.lineno)
            case ast.ExceptHandler(type=ast.expr() as caught) if mentioned(caught) & CATCH_ALL:
                found.append(node.lineno)
            case ast.Call(func=called) if "suppress" in mentioned(called):
                if any(mentioned(argument) & CATCH_ALL for argument in node.args):
                    found.append(node.lineno)
    return sorted(found)


def public_definitions(parent: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """
    Yield the public functions, classes and methods, each class before its members.
    """
    for node in parent.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node)


def undocumented(source: str) -> list[str]:
    """
    Return the names of what is public and has no docstring, `module` for the module itself.
    """
    tree = ast.parse(source)
    silent = [] if ast.get_docstring(tree) else ["module"]
    for node in public_definitions(tree):
        stands_in = any(mentioned(decorator) & STAND_INS for decorator in node.decorator_list)
        if not stands_in and not ast.get_docstring(node):
            silent.append(node.name)
    return silent


def kept_text_files() -> Iterator[Path]:
    """
    Yield the text files that belong to the project, leaving out what is built or cached.
    """
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(
            name
            for name in folders
            if name == ".ci"
            or not (name.startswith(".") or name in {"build", "dist", "__pycache__"})
        )
        for name in sorted(names):
            path = Path(folder, name)
            if b"\x00" not in path.read_bytes():
                yield path


@every_module
def test_modules_fit_in_one_sitting(path: Path) -> None:
    """
    No file is longer than a reader can hold in mind: 400 lines of code, 300 in a test.
    """
    usual = TEST_LINES_MAX if path in TESTS else MODULE_LINES_MAX
    lines_max = ONE_FILE_LINES_MAX.get(within(path), usual)

    assert lines_max >= len(code_lines(path.read_text("utf-8")))


@every_module
def test_functions_fit_on_one_screen(path: Path) -> None:
    """
    No function has more than 70 lines of code.
    """
    assert [] == long_functions(path.read_text("utf-8"))


@every_module
def test_names_say_what_a_thing_is(path: Path) -> None:
    """
    No file, folder, class or function is a drawer: `Manager`, `utils` and their cousins.
    """
    places = [part for part in path.relative_to(ROOT).with_suffix("").parts if VAGUE.search(part)]

    assert [] == places + vague_names(path.read_text("utf-8"))


@every_module
def test_nothing_catches_everything(path: Path) -> None:
    """
    An error that nobody foresaw is never swallowed.
    """
    assert [] == catch_alls(path.read_text("utf-8"))


@house_module
def test_everything_public_says_what_it_does(path: Path) -> None:
    """
    Each module, class, function and method that others may use has a docstring.
    """
    assert [] == undocumented(path.read_text("utf-8"))


def test_nothing_that_is_kept_depends_on_one_machine() -> None:
    """
    No file names a package registry or a place on the machine where it was written.
    """
    found = [
        f"{within(path)}:{number}"
        for path in kept_text_files()
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1)
        if REGISTRY.search(line) or MACHINE_PATH.search(line)
    ]

    assert [] == found


BREACHES = '''
import contextlib


class Manager:
    """A drawer."""

    def method(self):
        # A comment is no code.
        try:
            """Nor is a string
            that nobody reads."""
        except (ValueError, Exception):
            pass
        except:
            pass


def row_utils():
    with contextlib.suppress(BaseException):
        pass


def _private():
    try:
        pass
    except ValueError:
        pass
'''


def test_each_rule_finds_its_breach() -> None:
    """
    The rules above can fail: each finds what is wrong in a sample, and nothing else.
    """
    assert {2, 5, 8, 10, 13, 14, 15, 16, 19, 20, 21, 24, 25, 26, 27, 28} == code_lines(BREACHES)
    assert ["method"] == long_functions(BREACHES, lines_max=5)
    assert ["Manager", "row_utils"] == vague_names(BREACHES)
    assert [13, 15, 20] == catch_alls(BREACHES)
    assert ["module", "method", "row_utils"] == undocumented(BREACHES)
    assert MACHINE_PATH.search(b'"' + b"/" + b'tmp/ledger.db"')
    assert REGISTRY.search(b"https://pypi" + b".org/simple")
