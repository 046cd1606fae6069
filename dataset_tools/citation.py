"""CITATION.cff of a package: what its descriptor states, in the Citation File Format 1.2.0."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Contributor = Mapping[str, Any]

_MESSAGE = "If you use this dataset, please cite it using these metadata."
_AUTHORS = {"author", "creator"}
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_URL = re.compile(r"(https?|s?ftp)://.+")
_ORCID = re.compile(r"https://orcid\.org/\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
_IDENTIFIER = re.compile(r"[A-Za-z0-9.-]+")
# Of SPDX's identifiers those that CFF 1.2.0 surely lists: its list is SPDX's of 2021. Others are named by their URL.
_LISTED = re.compile(
    r"CC0-1\.0|CC-BY(-NC)?(-ND|-SA)?-(1\.0|2\.0|2\.5|3\.0|4\.0)|CC-BY-ND-NC-1\.0|CDLA-(Permissive|Sharing)-1\.0|ODbL-1\.0"
    r"|ODC-By-1\.0|PDDL-1\.0|Apache-2\.0|MIT|BSD-[23]-Clause|(A|L)?GPL-3\.0-(only|or-later)|MPL-2\.0|Unlicense"
)


def citation(descriptor: Mapping[str, Any]) -> str | None:
    """The text of CITATION.cff; None where the descriptor states no author."""
    import yaml

    people = [_author(each) for each in authors(descriptor.get("contributors", []))]
    if not people:
        return None
    return yaml.safe_dump(dict(_stated(descriptor, people)), sort_keys=False, allow_unicode=True, width=120)


def _stated(descriptor: Mapping[str, Any], people: list[dict[str, str]]) -> Iterator[tuple[str, Any]]:
    yield "cff-version", "1.2.0"
    yield "message", _MESSAGE
    yield "type", "dataset"
    yield "title", descriptor.get("title") or descriptor["name"]
    yield "authors", people
    yield "version", descriptor["version"]
    if released := day(descriptor):
        yield "date-released", released
    if words := descriptor.get("description"):
        yield "abstract", words
    if keywords := descriptor.get("keywords"):
        yield "keywords", list(dict.fromkeys(keywords))
    yield from _license(descriptor.get("licenses", []))
    if _URL.fullmatch(page := str(descriptor.get("homepage", ""))):
        yield "url", page


def _license(stated: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The license, where there is one: of several the descriptor does not say whether one holds, or all."""
    name = spdx(stated[0].get("name")) if len(stated) == 1 else None
    if name and _LISTED.fullmatch(name):
        yield "license", name
    elif name:
        yield "license-url", f"https://spdx.org/licenses/{name}.html"


def roles(contributor: Contributor) -> list[str]:
    """The roles of a contributor: a list, or one word."""
    stated = contributor.get("roles") or []
    return [stated] if isinstance(stated, str) else list(stated)


def authors(contributors: Sequence[Contributor]) -> list[Contributor]:
    """The contributors who are authors: those with the role of author or creator, or with no role stated."""
    return [each for each in contributors if called(each) and (not roles(each) or _AUTHORS & set(roles(each)))]


def called(contributor: Contributor) -> str:
    """The name as a whole: the title, else the parts that are stated, else the organization."""
    parts = " ".join(str(contributor[key]) for key in ("givenName", "familyName") if contributor.get(key))
    return str(contributor.get("title") or parts or contributor.get("organization") or "")


def _author(contributor: Contributor) -> dict[str, str]:
    """A person where the parts of the name are stated, else an entity: a title is not split into names."""
    given, family = contributor.get("givenName"), contributor.get("familyName")
    path = str(contributor.get("path", ""))
    link = {"orcid": path} if _ORCID.fullmatch(path) else {"website": path} if _URL.fullmatch(path) else {}
    if not given and not family:
        return {"name": called(contributor), **link}
    stated = {"family-names": family, "given-names": given, "affiliation": contributor.get("organization")}
    return {**{key: str(value) for key, value in stated.items() if value}, **link}


def day(descriptor: Mapping[str, Any]) -> str | None:
    """The day of the version, YYYY-MM-DD, from `created`: no clock is asked."""
    found = _DAY.match(str(descriptor.get("created", "")))
    return found[0] if found else None


def spdx(name: str | None) -> str | None:
    """The SPDX identifier that a license's name is, in its own case; None where it is none (such as `other`)."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if not name or not _IDENTIFIER.fullmatch(name) or name.lower().startswith("licenseref-"):
        return None
    try:
        return str(canonicalize_license_expression(name))
    except InvalidLicenseExpression:
        return None
