"""Where people run check: the pre-commit hooks, by the real pre-commit, and the action's own script."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DATASET = "name: mine\nversion: 1.0.0\nresources:\n  - {name: t, schema: t.yaml}\n"
Done = subprocess.CompletedProcess[str]


def run(*command: str, cwd: Path, **environment: str) -> Done:
    bin_folder = str(Path(sys.executable).parent)
    given = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", **environment}
    return subprocess.run(command, cwd=cwd, env=given, capture_output=True, text=True, check=False, timeout=500)


def git(*arguments: str, cwd: Path) -> str:
    done = run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this project, as it stands in the working tree."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so it cannot be cloned")
    place = tmp_path / "dataset_tools"
    git("clone", "-q", str(ROOT), str(place), cwd=tmp_path)
    for name in (".pre-commit-hooks.yaml", "pyproject.toml", "dataset_tools"):
        source, target = ROOT / name, place / name
        shutil.copytree(source, target, dirs_exist_ok=True) if source.is_dir() else shutil.copy(source, target)
    git("add", "-A", cwd=place)
    git("commit", "-q", "--allow-empty", "-m", "as it stands", cwd=place)
    return place


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "schemas" / "mine").mkdir(parents=True)
    (root / "schemas" / "mine" / "dataset.yaml").write_text(DATASET)
    (root / "schemas" / "mine" / "t.yaml").write_text("fields:\n  - {name: a}\n  - {name: b}\n")
    git("init", "-q", "-b", "main", ".", cwd=root)
    return root


def hooked(project: Path, clone: Path, hook: str, home: Path) -> Done:
    revision = git("rev-parse", "HEAD", cwd=clone)
    config = {"repos": [{"repo": str(clone), "rev": revision, "hooks": [{"id": hook}]}]}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    git("add", "-A", cwd=project)
    return run("pre-commit", "run", "--all-files", "--verbose", cwd=project, PRE_COMMIT_HOME=str(home))


def passes_then_fails(project: Path, clone: Path, hook: str, home: Path) -> None:
    done = hooked(project, clone, hook, home)
    assert done.returncode == 0, done.stdout + done.stderr
    (project / "schemas" / "mine" / "t.yaml").write_text("fields:\n  - {name: a, type: int}\n")
    done = hooked(project, clone, hook, home)
    assert done.returncode == 1
    assert 'schemas/mine/t.yaml:2:21: error: field "a" has type "int"' in done.stdout


def test_the_hook_of_the_system_checks_with_the_dstools_on_the_path(project: Path, clone: Path, tmp_path: Path) -> None:
    passes_then_fails(project, clone, "dstools-check-system", tmp_path / "home")


@pytest.mark.deep
def test_the_hook_that_installs_checks_in_an_environment_of_its_own(project: Path, clone: Path, tmp_path: Path) -> None:
    passes_then_fails(project, clone, "dstools-check", tmp_path / "home")


def test_the_actions_script_fetches_the_base_and_annotates(project: Path, tmp_path: Path) -> None:
    """The script of action.yml in a shallow checkout of a pull request's branch, as GitHub gives it."""
    git("add", "-A", cwd=project)
    git("commit", "-qm", "one", cwd=project)
    git("tag", "v1.0.0", cwd=project)
    git("checkout", "-qb", "topic", cwd=project)
    (project / "schemas" / "mine" / "t.yaml").write_text("fields:\n  - {name: a}\n")
    git("commit", "-qam", "two", cwd=project)
    checkout = tmp_path / "checkout"
    git("clone", "-q", "--depth=1", "-b", "topic", f"file://{project}", str(checkout), cwd=tmp_path)
    bin_folder = tmp_path / "runner" / "dstools" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "dstools").symlink_to(Path(sys.executable).parent / "dstools")
    done = run(
        *("bash", str(ROOT / ".github" / "check.sh")),
        cwd=checkout,
        RUNNER_TEMP=str(tmp_path / "runner"),
        GITHUB_BASE_REF="main",
        GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"),
    )
    assert done.returncode == 1, done.stderr
    assert "::error file=schemas/mine/dataset.yaml,line=2,col=1,title=version::" in done.stdout
    assert "raise it to 2.0.0 or higher" in done.stdout
    assert "field-removed" in (tmp_path / "summary.md").read_text()


def test_the_action_installs_only_what_check_needs() -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    installed = steps[0]["run"]
    assert '"click>=8.2" "pyyaml>=6.0.2" "rich>=14"' in installed
    assert installed.count("--no-deps") == 1
    assert "${{" not in installed + steps[1]["run"], "inputs go through the environment, never into a script"
