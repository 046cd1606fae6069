"""CITATION.cff: valid by the official schema, and nothing in it that nobody stated."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from packaging.licenses import _spdx

from dataset_tools.build import How, build
from dataset_tools.citation import citation, spdx
from dataset_tools.dataset import read_dataset
from dataset_tools.package import altered, read_package

PEOPLE = [
    {"title": "Dr. Ada Byron", "givenName": "Ada", "familyName": "Byron", "organization": "A house"},
    {"title": "Someone with one name", "path": "https://example.org/"},
    {"familyName": "Li", "path": "https://orcid.org/0000-0002-1825-0097", "roles": ["creator"]},
    {"title": "A maintainer", "roles": ["maintainer"]},
]
STATED: dict[str, Any] = {
    "name": "library",
    "title": "图书馆: a library",
    "version": "1.2.0",
    "created": "2026-11-01T00:00:00Z",
    "description": "Books.",
    "homepage": "https://example.org/library",
    "keywords": ["books", "books", "lists"],
    "licenses": [{"name": "cc-by-4.0"}],
    "contributors": PEOPLE,
}


def said(**changed: Any) -> dict[str, Any]:
    text = citation({**STATED, **changed})
    assert text is not None
    read: dict[str, Any] = yaml.safe_load(text)
    return read


@pytest.fixture(scope="module")
def official() -> jsonschema.Draft7Validator:
    """The Citation File Format's own JSON Schema, 1.2.0, from a package that ships it."""
    check = pytest.importorskip("check_jsonschema", reason="pip install '.[test]'")
    path = files(check) / "builtin_schemas" / "vendor" / "citation-file-format.json"
    schema = json.loads(path.read_text("utf-8"))
    assert schema["$id"] == "https://citation-file-format.github.io/1.2.0/schema.json"
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())


def test_it_says_what_the_descriptor_states() -> None:
    assert said() == {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it using these metadata.",
        "type": "dataset",
        "title": "图书馆: a library",
        "authors": [
            {"family-names": "Byron", "given-names": "Ada", "affiliation": "A house"},
            {"name": "Someone with one name", "website": "https://example.org/"},
            {"family-names": "Li", "orcid": "https://orcid.org/0000-0002-1825-0097"},
        ],
        "version": "1.2.0",
        "date-released": "2026-11-01",
        "abstract": "Books.",
        "keywords": ["books", "lists"],
        "license": "CC-BY-4.0",
        "url": "https://example.org/library",
    }


def test_without_a_stated_author_there_is_none() -> None:
    assert citation({**STATED, "contributors": []}) is None
    assert citation({**STATED, "contributors": PEOPLE[3:]}) is None
    assert citation({"name": "library", "version": "1.0.0"}) is None


def test_what_is_not_stated_or_no_date_or_url_or_license_is_left_out() -> None:
    bare = said(**dict.fromkeys(("title", "description", "keywords")), created="soon", homepage="ftp", licenses=[])
    assert bare.keys() == {"cff-version", "message", "type", "title", "authors", "version"}
    assert bare["title"] == "library"


@pytest.mark.parametrize(
    "licenses",
    [[{"name": "other", "title": "Ours"}], [{"name": "MIT"}, {"name": "CC0-1.0"}], [{"name": "LicenseRef-x"}], [{}]],
)
def test_a_license_that_is_not_one_spdx_identifier_is_not_named(licenses: list[dict[str, str]]) -> None:
    assert not said(licenses=licenses).keys() & {"license", "license-url"}


def test_the_official_schema_accepts_it(official: jsonschema.Draft7Validator) -> None:
    official.validate(said())
    official.validate(said(contributors=[{"title": "A", "path": "nowhere"}], created=None, homepage=None))


def test_the_official_schema_accepts_the_name_or_the_page_of_every_spdx_license(
    official: jsonschema.Draft7Validator,
) -> None:
    names = [each["id"] for each in _spdx.LICENSES.values()]
    listed = official.schema["definitions"]["license-enum"]["enum"]
    for name in names:
        read = said(licenses=[{"name": name}])
        assert ("license" in read) != ("license-url" in read) or "+" in name, name
        assert read.get("license", listed[0]) in listed, name
    assert said(licenses=[{"name": "CC-BY-3.0-IGO"}])["license-url"] == "https://spdx.org/licenses/CC-BY-3.0-IGO.html"


def test_the_official_schema_refuses_a_broken_one(official: jsonschema.Draft7Validator) -> None:
    with pytest.raises(jsonschema.ValidationError):
        official.validate({**said(), "authors": [{"title": "not a key"}]})


def test_an_spdx_identifier_is_found_in_any_case() -> None:
    assert [spdx(name) for name in ("cc0-1.0", "ODbL-1.0", "other", "MIT OR X", None)] == [
        "CC0-1.0",
        "ODbL-1.0",
        *[None] * 3,
    ]


def test_a_package_has_one_only_where_contributors_are_stated(sample: Path, tmp_path: Path) -> None:
    assert not (sample / "dist" / "netease-1.0.0" / "CITATION.cff").exists()
    for folder in ("schemas", "raw"):
        shutil.copytree(sample / folder, tmp_path / folder)
    path = tmp_path / "schemas" / "netease" / "dataset.yaml"
    path.write_text(path.read_text("utf-8") + "contributors: [{title: A group, roles: [author]}]\n", "utf-8")
    place = build(read_dataset(tmp_path, "netease"), How(tmp_path / "dist", workers=2)).place
    assert yaml.safe_load((place / "CITATION.cff").read_text("utf-8"))["authors"] == [{"name": "A group"}]
    package = read_package(place)
    assert list(package.files) == ["croissant.json", "CITATION.cff"]
    assert list(altered(package)) == []
