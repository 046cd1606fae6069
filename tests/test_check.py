"""`dstools check`: faults with their place, changes with their class, reports, and little to install."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dataset_tools.check import check_dataset, check_file
from dataset_tools.issue import Issue
from dataset_tools.reports.github import commands, summary
from dataset_tools.reports.junit import junit
from dataset_tools.reports.sarif import sarif

ROOT = Path(__file__).parents[1]
BAD = sorted((ROOT / "tests" / "cases" / "check" / "bad").glob("*.yaml"))
DATASET = "name: bad\nversion: 1.0.0\nresources:\n  - {name: t, schema: t.yaml}\n"
TABLE = "primaryKey: [a]\nfields:\n  - name: a\n  - name: b\n"
Done = subprocess.CompletedProcess[str]


def dstools(*arguments: str, cwd: Path, **environment: str) -> Done:
    command = [str(Path(sys.executable).parent / "dstools"), "check", *arguments]
    given = {**os.environ, **environment}
    return subprocess.run(command, cwd=cwd, env=given, capture_output=True, text=True, check=False, timeout=60)


def project(root: Path, dataset: str = DATASET, table: str = TABLE) -> Path:
    folder = root / "schemas" / "bad"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(dataset)
    (folder / "t.yaml").write_text(table)
    return root


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.stem)
def test_a_bad_descriptor_gives_the_line_column_message_and_hint_that_it_states(case: Path, tmp_path: Path) -> None:
    """A case is a file, `dataset-…` or `table-…`, whose last two lines say what is expected."""
    text = case.read_text("utf-8")
    kind = case.stem.partition("-")[0]
    checked = check_dataset(project(tmp_path, **{kind: text}), "bad", None, {}, strict=False)
    (issue,) = checked.issues
    file = {"dataset": "dataset.yaml", "table": "t.yaml"}[kind]
    expected, hint = text.splitlines()[-2:]
    assert issue.path == f"schemas/bad/{file}"
    assert f"# expected: {issue.line}:{issue.column}: {issue.message}" == expected
    assert f"# hint: {issue.hint}" == hint


def test_there_are_forty_bad_descriptors() -> None:
    assert len(BAD) >= 40


def test_a_good_descriptor_has_no_issues(tmp_path: Path) -> None:
    assert check_dataset(project(tmp_path), "bad", None, {}, strict=False).issues == ()


_LEVELS = zip("abcdefgh", "bcdefghi", strict=True)
HOSTILE = {
    "alias bomb": "a: &a [x,x,x]\n" + "".join(f"{b}: &{b} [*{a},*{a}]\n" for a, b in _LEVELS),
    "3,000 levels": "fields: " + "[" * 3000 + "]" * 3000,
    "100 MB": "# " + "x" * 100_000_000,
    "a tag that asks for code": "fields: !!python/object/apply:os.system ['touch pwned']",
    "a ReDoS pattern": "fields:\n- {name: a, constraints: {pattern: '(a+)+$'}}",
    "another ReDoS pattern": "fields:\n- {name: a, constraints: {pattern: '(x|x)*y(a|a?)+z(.*)*'}}",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_descriptor_is_refused_within_a_second_and_200_mb(hostile: str, tmp_path: Path) -> None:
    project(tmp_path, table=hostile)
    script = (
        "import re, time; begun = time.monotonic()\n"
        "from pathlib import Path; from dataset_tools.check import check_dataset\n"
        "issues = check_dataset(Path('.').absolute(), 'bad', None, {}, strict=False).issues\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]\n"
        "print(len(issues), time.monotonic() - begun, peak)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    issues, seconds, kilobytes = done.stdout.split()
    assert int(issues) >= 1
    assert float(seconds) < 1
    assert int(kilobytes) < 200_000
    assert not (tmp_path / "pwned").exists()


def test_the_sample_dataset_is_sound_and_checked_within_half_a_second() -> None:
    times = []
    for _ in range(5):
        begun = time.monotonic()
        done = dstools("netease", cwd=ROOT)
        times.append(time.monotonic() - begun)
        assert done.returncode == 0, done.stdout
    assert min(times) < 0.5  # the command's own cost: the machine may be busy


def test_check_imports_nothing_heavy() -> None:
    script = (
        "import sys; from dataset_tools.cli.main import dstools\n"
        "dstools.main(['check'], standalone_mode=False)\n"
        "heavy = ('pyarrow', 'polars', 'numpy', 'pandera', 'datasets', 'frictionless')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_an_environment_with_only_what_check_needs_runs_it(tmp_path: Path) -> None:
    """The environment is made of the installed click, PyYAML and rich, so that the test needs no network."""
    place = tmp_path / "venv"
    venv.create(place, with_pip=False)
    target = next((place / "lib").glob("python*")) / "site-packages"
    for name in ("click", "yaml", "_yaml", "rich", "pygments", "markdown_it", "mdurl"):
        shutil.copytree(_installed(name), target / name)
    shutil.copytree(_installed("dataset_tools"), target / "dataset_tools")
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    script = "from dataset_tools.cli.main import main; main()"
    begun = time.monotonic()
    done = subprocess.run(
        [place / "bin" / "python", "-c", script, "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    taken = time.monotonic() - begun
    assert done.returncode == 0, done.stderr
    assert size < 42_000_000
    assert taken < 3  # the first run, which compiles


def _installed(name: str) -> Path:
    import importlib.util

    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def test_a_breaking_change_asks_for_a_major_version_and_points_at_it(tmp_path: Path) -> None:
    base, now = project(tmp_path / "base"), project(tmp_path / "now", table=TABLE.replace("  - name: b\n", ""))
    done = dstools("bad", "--against", str(base), "--format", "json", cwd=now)
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert told["required"] == {"bad": "2.0.0"}
    (error,) = (issue for issue in told["issues"] if issue["level"] == "error")
    assert (error["path"], error["line"], error["reason"]) == ("schemas/bad/dataset.yaml", 2, "version")
    assert error["hint"] == "raise it to 2.0.0 or higher"
    project(now, dataset=DATASET.replace("1.0.0", "2.0.0"), table=TABLE.replace("  - name: b\n", ""))
    assert dstools("bad", "--against", str(base), cwd=now).returncode == 0


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def test_two_breaking_changes_before_one_release_ask_for_one_major(tmp_path: Path) -> None:
    root = project(tmp_path)
    git(root, "init", "-q", ".")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    git(root, "tag", "v1.0.0")
    project(root, DATASET.replace("1.0.0", "2.0.0"), TABLE + "  - name: c\n    constraints: {required: true}\n")
    git(root, "commit", "-qam", "two")
    project(root, DATASET.replace("1.0.0", "2.0.0"), TABLE.replace("  - name: b\n", ""))
    told = json.loads(dstools("--against", "git:HEAD", "--format", "json", cwd=root).stdout)
    assert told["required"] == {"bad": "2.0.0"}
    assert told["valid"]


@pytest.mark.parametrize("base", ["git:nowhere", "hf://datasets/org", "missing/folder"])
def test_a_base_that_cannot_be_read_is_exit_2_with_a_hint(base: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    git(root, "init", "-q", ".")
    done = dstools("--against", base, cwd=root)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "\nhint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_strict_lists_what_the_card_does_not_state(tmp_path: Path) -> None:
    done = dstools("--strict", cwd=project(tmp_path))
    assert done.returncode == 1
    for gap in ("title", "licenses", "about.limitations", "language"):
        assert f"{gap} is not stated" in done.stdout
    assert "t.b has no description" in done.stdout


def test_a_package_that_is_no_longer_what_the_inputs_give_is_told(sample: Path, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(sample, root, ignore=shutil.ignore_patterns(".dstools"))
    package = "dist/netease-1.0.0"
    assert dstools("netease", "--package", package, cwd=root).returncode == 0
    (root / "raw" / "netease" / "mobile_000007.txt").unlink()
    done = dstools("netease", "--package", package, cwd=root)
    assert done.returncode == 1
    assert "pages have come, gone or changed since it was built" in done.stdout
    path = root / "schemas" / "netease" / "headlines.yaml"
    path.write_text(path.read_text("utf-8").replace("minLength: 1", "minLength: 2"), "utf-8")
    assert "a table schema has changed" in dstools("netease", "--package", package, cwd=root).stdout


STANDARD: dict[str, tuple[Any, list[str]]] = {
    "sound": ({"name": "p", "resources": [{"name": "r", "path": "r.csv", "schema": {"fields": [{"name": "a"}]}}]}, []),
    "types of the standard": (
        {
            "fields": [
                {"name": "a", "type": kind} for kind in ("year", "yearmonth", "duration", "geopoint", "any", "list")
            ]
        },
        ["name-twice"] * 5,
    ),
    "unknown type": ({"fields": [{"name": "a", "type": "strin"}]}, ["type"]),
    "constraint of another type": (
        {"fields": [{"name": "a", "type": "boolean", "constraints": {"minimum": 1}}]},
        ["constraint"],
    ),
    "key of no field": ({"fields": [{"name": "a"}], "primaryKey": "b"}, ["key"]),
    "resource without data": ({"resources": [{"name": "r"}]}, ["no-data"]),
    "schema out of the package": ({"resources": [{"name": "r", "path": "r", "schema": "../s.json"}]}, ["path"]),
    "foreign key to no resource": (
        {
            "resources": [
                {
                    "name": "r",
                    "path": "r.csv",
                    "schema": {
                        "fields": [{"name": "a"}],
                        "foreignKeys": [{"fields": "a", "reference": {"resource": "s", "fields": "a"}}],
                    },
                }
            ]
        },
        ["key"],
    ),
    "a misspelt property": ({"fields": [{"name": "a"}], "primarykey": "a"}, ["unknown-key"]),
    "a property of one's own": ({"fields": [{"name": "a", "my:unit": "m"}]}, []),
    "neither": ({"a": 1}, ["not-a-descriptor"]),
}


@pytest.mark.parametrize(("content", "reasons"), STANDARD.values(), ids=STANDARD)
def test_a_descriptor_that_anybody_wrote_is_checked_by_the_standard(
    content: Any, reasons: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "datapackage.json"
    path.write_text(json.dumps(content, indent=1))
    issues = check_file(path, "datapackage.json").issues
    assert [issue.reason for issue in issues] == reasons
    assert all(issue.line and issue.column for issue in issues)


def test_a_built_packages_own_descriptor_is_sound_by_the_standard(sample: Path) -> None:
    place = sample / "dist" / "netease-1.0.0"
    assert (
        dstools(str(place / "datapackage.json"), str(place / "schemas" / "articles.json"), cwd=sample).returncode == 0
    )


ISSUES = [
    Issue("type", 'field "a" has 100% <b>', "schemas/x y/t.yaml", line=3, column=5, hint="one\ntwo"),
    *(Issue("key", f"number {i}\x00\x1b", "schemas/x y/t.yaml", line=i + 1, column=1) for i in range(14)),
    Issue("not-stated", "no, none: at all", "schemas/x y/dataset.yaml", line=1, column=1, level="warning"),
    Issue("new", "no place", level="note"),
]


def test_github_gets_ten_annotations_of_a_level_and_the_rest_in_the_summary() -> None:
    lines = commands(ISSUES).splitlines()
    assert lines[0] == ('::error file=schemas/x y/t.yaml,line=3,col=5,title=type::field "a" has 100%25 <b>. one%0Atwo')
    assert sum(line.startswith("::error ") for line in lines) == 10
    assert lines[-1] == "::notice title=new::no place"
    assert summary(ISSUES, "check").count("\n| error |") == 15


def test_junit_is_xml_with_a_case_a_file() -> None:
    root = ElementTree.fromstring(junit(ISSUES, ["schemas/good.yaml"], "check"))  # noqa: S314 - our own bytes
    suite = root.find("testsuite")
    assert suite is not None
    assert suite.attrib["tests"] == "4"
    assert suite.attrib["failures"] == "1"
    assert [case.attrib["name"] for case in suite] == [
        *("schemas/good.yaml", "schemas/x y/t.yaml", "schemas/x y/dataset.yaml", "check"),
    ]


@pytest.fixture(scope="session")
def official_sarif(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The official JSON Schema of SARIF 2.1.0, as an npm package ships it."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: it brings SARIF's official schema (@microsoft/jest-sarif)")
    folder = tmp_path_factory.mktemp("sarif")
    done = subprocess.run(
        ["npm", "pack", "--silent", "@microsoft/jest-sarif@1.0.0-beta.0"], cwd=folder, capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("npm does not reach its registry: it brings SARIF's official schema (@microsoft/jest-sarif)")
    subprocess.run(["tar", "xzf", next(folder.glob("*.tgz"))], cwd=folder, check=True)
    return json.loads((folder / "package/lib/schemas/sarif-2.1.0-rtm.5.json").read_text("utf-8"))


def test_sarif_is_valid_by_its_official_schema(official_sarif: Any) -> None:
    written = json.loads(sarif(ISSUES, "0.1.0", {"type": "a type"}))
    jsonschema.validate(written, official_sarif)
    region = written["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert region == {"artifactLocation": {"uri": "schemas/x%20y/t.yaml"}, "region": {"startLine": 3, "startColumn": 5}}
    written["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, official_sarif)


def test_reports_are_written_beside_the_output(tmp_path: Path) -> None:
    project(tmp_path, table="fields: []\n")
    done = dstools("--report", "sarif=a.sarif", "--report", "junit=b.xml", "--format", "github", cwd=tmp_path)
    assert done.returncode == 1
    assert re.match(r"::error file=schemas/bad/t\.yaml,line=1,col=9,", done.stdout)
    assert json.loads((tmp_path / "a.sarif").read_text())["version"] == "2.1.0"
    assert (tmp_path / "b.xml").read_text().startswith("<?xml")
    assert dstools("--report", "html=c", cwd=tmp_path).returncode == 2


def test_a_pull_request_gets_its_summary(tmp_path: Path) -> None:
    project(tmp_path, table="fields: []\n")
    place = tmp_path / "summary.md"
    dstools("--format", "github", cwd=tmp_path, GITHUB_STEP_SUMMARY=str(place))
    assert "| error | `schemas/bad/t.yaml:1:9` |" in place.read_text()
