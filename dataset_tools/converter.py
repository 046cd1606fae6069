"""The converter that a descriptor names, loaded: ours by its name, a user's from a file of the project."""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset_tools import code
from dataset_tools.converters import CONVERTERS
from dataset_tools.dataset import Converter
from dataset_tools.document import nearest
from dataset_tools.errors import ConvertError
from dataset_tools.page import Page
from dataset_tools.record import Record, Reject


@dataclass(frozen=True, slots=True)
class Loaded:
    """A converter, ready: `label` is its name and version; `digest` covers its code below the project's root."""

    label: str
    digest: str
    function: Callable[[Page], Iterable[Record | Reject]]


def load(root: Path, converter: Converter) -> Loaded:
    """The converter that `converter.use` names; raises ConvertError where it is missing or broken."""
    if code.is_named(converter.use):
        module, function = code.load(root, converter.use, ConvertError)
        name = code.stem(converter.use)
    elif converter.use in CONVERTERS:
        module = importlib.import_module(CONVERTERS[converter.use])
        name, function = converter.use, module.convert
    else:
        hint = f"{nearest(converter.use, CONVERTERS)}; one of your own: converters/NAME.py:convert"
        raise ConvertError(f"no converter is called {converter.use!r}", hint)
    version = getattr(module, "VERSION", None)
    if not isinstance(version, str) or not version:
        raise ConvertError(f"{converter.use}: the module has no VERSION", 'add a line such as VERSION = "1.0.0"')
    return Loaded(f"{name} {version}", _digest(root), _with(function, converter.options))


def _with(function: Callable[..., Any], options: Mapping[str, Any]) -> Callable[[Page], Iterable[Record | Reject]]:
    return (lambda page: function(page, **options)) if options else function


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
