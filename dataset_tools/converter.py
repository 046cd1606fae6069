"""The converter that a descriptor names, loaded: ours by its name, a user's from a file of the project."""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from dataset_tools.converters import CONVERTERS
from dataset_tools.dataset import Converter
from dataset_tools.document import nearest
from dataset_tools.errors import ConvertError
from dataset_tools.page import Page
from dataset_tools.record import Record, Reject

_USERS = re.compile(r"((?:[A-Za-z_]\w*/)*[A-Za-z_]\w*)\.py:([A-Za-z_]\w*)\Z")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A converter, ready: `label` is its name and version; `digest` covers its code below the project's root."""

    label: str
    digest: str
    function: Callable[[Page], Iterable[Record | Reject]]


def load(root: Path, converter: Converter) -> Loaded:
    """The converter that `converter.use` names; raises ConvertError where it is missing or broken."""
    if users := _USERS.match(converter.use):
        module = _users_module(root, users[1])
        name, function = users[1].rpartition("/")[2], getattr(module, users[2], None)
    elif converter.use in CONVERTERS:
        module = importlib.import_module(CONVERTERS[converter.use])
        name, function = converter.use, module.convert
    else:
        hint = f"{nearest(converter.use, CONVERTERS)}; one of your own: converters/NAME.py:convert"
        raise ConvertError(f"no converter is called {converter.use!r}", hint)
    if not callable(function):
        raise ConvertError(f"{converter.use}: the file has no such function", "def convert(page): …")
    version = getattr(module, "VERSION", None)
    if not isinstance(version, str) or not version:
        raise ConvertError(f"{converter.use}: the module has no VERSION", 'add a line such as VERSION = "1.0.0"')
    return Loaded(f"{name} {version}", _digest(root), _with(function, converter.options))


def _with(function: Callable[..., Any], options: Mapping[str, Any]) -> Callable[[Page], Iterable[Record | Reject]]:
    return (lambda page: function(page, **options)) if options else function


def _users_module(root: Path, name: str) -> ModuleType:
    path = root / f"{name}.py"
    if not path.is_file():
        files = (each.relative_to(root).as_posix() for each in root.glob("converters/*.py"))
        raise ConvertError(f"{name}.py: no such file below {root}", nearest(f"{name}.py", [*files, *CONVERTERS]))
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        module = importlib.import_module(name.replace("/", "."))
    except SyntaxError as error:
        raise ConvertError(f"{error.filename}:{error.lineno}: {error.msg}", "mend the Python there") from error
    except Exception as error:  # a user's module can raise anything while it is imported
        raise ConvertError(
            f"{name}.py: {type(error).__name__}: {error}", "python FILE shows where it is raised"
        ) from error
    if Path(module.__file__ or "").resolve() != path.resolve():
        raise ConvertError(f"{name}.py: another module has that name: {module.__file__}", "rename the file")
    return module


def _digest(root: Path) -> str:
    """The SHA-256 of our own code, and of each file below `root` that has been imported."""
    ours = Path(__file__).parent
    modules = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    users = {path for file in modules if file and (path := Path(file).resolve()).is_relative_to(root.resolve())}
    digest = hashlib.sha256()
    for path in sorted({*ours.rglob("*.py"), *(path for path in users if "site-packages" not in path.parts)}):
        digest.update(path.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()
