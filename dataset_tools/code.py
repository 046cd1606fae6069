"""Code of a user's project, named as FILE.py:FUNCTION: imported when it is asked for, with the root importable."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from dataset_tools.document import nearest
from dataset_tools.errors import DatasetError

_NAMED = re.compile(r"((?:[A-Za-z_]\w*/)*[A-Za-z_]\w*)\.py:([A-Za-z_]\w*)\Z")


def is_named(use: str) -> bool:
    """Whether a text names code of a project: FILE.py:FUNCTION, a path below the root."""
    return _NAMED.match(use) is not None


def stem(use: str) -> str:
    """The file's name without folders and ending."""
    return use.partition(".py:")[0].rpartition("/")[2]


def load(root: Path, use: str, refusal: type[DatasetError]) -> tuple[ModuleType, Any]:
    """The module and the function that `use` names; raises `refusal` where one is missing or cannot be imported."""
    found = _NAMED.match(use)
    if found is None:
        raise refusal(f"{use!r} names no code", "FILE.py:FUNCTION, a path below the project's root")
    module = _module(root, found[1], refusal)
    function = getattr(module, found[2], None)
    if not callable(function):
        raise refusal(f"{use}: the file has no such function", f"def {found[2]}(…): …")
    return module, function


def _module(root: Path, name: str, refusal: type[DatasetError]) -> ModuleType:
    path = root / f"{name}.py"
    if not path.is_file():
        folder = name.rpartition("/")[0]
        files = [each.relative_to(root).as_posix() for each in (root / folder).glob("*.py")]
        raise refusal(f"{name}.py: no such file below {root}", nearest(f"{name}.py", files or [f"{folder}/NAME.py"]))
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        module = importlib.import_module(name.replace("/", "."))
    except SyntaxError as error:
        raise refusal(f"{error.filename}:{error.lineno}: {error.msg}", "mend the Python there") from error
    except Exception as error:  # a user's module can raise anything while it is imported
        raise refusal(f"{name}.py: {type(error).__name__}: {error}", "python FILE shows where it is raised") from error
    if Path(module.__file__ or "").resolve() != path.resolve():
        raise refusal(f"{name}.py: another module has that name: {module.__file__}", "rename the file")
    return module
