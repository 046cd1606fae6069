"""The card of a package: the front matter of README.md, and the file that overrides it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dataset_tools.issue import Issue
from dataset_tools.validators.loading.fault import CARD, Fault, cause, issue_at

OVERRIDE = ".huggingface.yaml"
FRONT_MATTER = re.compile(r"^(\s*---(?:\r\n|\r|\n))([\S\s]*?)((?:\r\n|\r|\n)---[ \t]*(\r\n|\n|$))")


def card_files(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The front matter of README.md, and what replaces its keys: the file beside it."""
    readme, override = (folder / CARD).is_file(), (folder / OVERRIDE).exists()
    if not readme and not override:
        raise Fault("no-card", "there is no card")
    return _readme(folder) if readme else {}, _override(folder) if override else {}


def _readme(folder: Path) -> dict[str, Any]:
    block = FRONT_MATTER.search(text(folder, CARD, "utf-8-sig"))
    return _mapping(_yaml(block[2], CARD) if block else None, CARD)


def _override(folder: Path) -> dict[str, Any]:
    return _mapping(_yaml(text(folder, OVERRIDE, "utf-8"), OVERRIDE) or None, OVERRIDE)


def text(folder: Path, name: str, encoding: str) -> str:
    try:
        with (folder / name).open(encoding=encoding, newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Fault("card-malformed", f"cannot be read ({type(error).__name__})", name) from error


def _yaml(source: str, path: str) -> Any:
    try:
        return yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Fault("card-malformed", f"not YAML: {cause(error)}", path) from error


def _mapping(value: Any, path: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise Fault("card-malformed", "the front matter is not a mapping of names", path)
    return value


def overridden(readme: Mapping[str, Any], override: Mapping[str, Any]) -> Iterator[Issue]:
    for key in ("configs", "dataset_info"):
        if key in readme.keys() & override.keys():
            yield issue_at("card-overridden", OVERRIDE, f"replaces {key} of {CARD}")
