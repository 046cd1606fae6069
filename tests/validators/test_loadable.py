"""The verdict on a package is the one that `load_dataset` itself gives, fault by fault."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from multiprocessing import get_context
from pathlib import Path

import pytest
from loadable_faults import FAULTS, Fault
from loadable_packages import TYPES, Package, built
from loadable_pairs import KINDS, LUCKY, PAIRS, SOURCES, pairs_that_datasets_refuses
from loadable_silences import SILENT_FAULTS
from loadable_variations import VARIATIONS

from dataset_tools.issue import Issue
from dataset_tools.validators.loadable import SILENT, judge


def offline(home: str) -> None:
    # Read when `datasets` is imported, which happens in the loading process alone.
    os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=home, HF_DATASETS_DISABLE_PROGRESS_BARS="1")


def failure_of_load_dataset(folder: str, cache: str) -> str | None:
    """Why `load_dataset` fails for the package or one of its configs; None when it loads all of them."""
    import datasets

    datasets.logging.set_verbosity(datasets.logging.CRITICAL)
    for config in (None, *TYPES):
        try:
            datasets.load_dataset(folder, config, cache_dir=cache)
        except Exception as error:
            return f"{config}: {type(error).__name__}: {error} ({error.__cause__})"
    return None


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessPoolExecutor]:
    home = str(tmp_path_factory.mktemp("home"))
    with ProcessPoolExecutor(1, get_context("spawn"), offline, (home,)) as process:
        yield process


@pytest.fixture
def load_dataset(loading: ProcessPoolExecutor, tmp_path: Path) -> Callable[[Path], str | None]:
    return lambda folder: loading.submit(failure_of_load_dataset, str(folder), str(tmp_path / "cache")).result()


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return built(tmp_path / "package-1.0.0")


def loud(issues: list[Issue]) -> list[Issue]:
    return [issue for issue in issues if issue.reason not in SILENT]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_package_that_load_dataset_refuses_is_refused(
    fault: Fault, package: Package, load_dataset: Callable[[Path], str | None]
) -> None:
    fault(package)
    issues = loud(judge(package.folder))
    failure = load_dataset(package.folder)
    assert failure is not None
    assert fault.reason in {issue.reason for issue in issues}, (issues, failure)


@pytest.mark.parametrize("fault", SILENT_FAULTS, ids=lambda fault: fault.name)
def test_what_load_dataset_accepts_in_silence_is_told_apart(
    fault: Fault, package: Package, load_dataset: Callable[[Path], str | None]
) -> None:
    fault(package)
    issues = judge(package.folder)
    assert load_dataset(package.folder) is None
    assert not loud(issues)
    assert fault.reason in {issue.reason for issue in issues}


def test_every_silent_reason_is_shown_to_be_accepted() -> None:
    assert {fault.reason for fault in SILENT_FAULTS} == SILENT
    assert not {fault.reason for fault in FAULTS} & SILENT


@pytest.mark.parametrize("changes", VARIATIONS.values(), ids=VARIATIONS)
def test_a_package_that_loads_as_promised_has_no_issue(
    changes: Callable[[Package], None], package: Package, load_dataset: Callable[[Path], str | None]
) -> None:
    changes(package)
    if package.card:
        package.write_card()
    assert load_dataset(package.folder) is None
    assert loud(judge(package.folder)) == []


def test_a_sound_package_has_no_issue_at_all(package: Package) -> None:
    assert judge(package.folder) == []


def test_every_pair_of_types_is_judged_as_datasets_casts_it(package: Package, loading: ProcessPoolExecutor) -> None:
    package.replace({pair: SOURCES[source] for pair, (source, _) in PAIRS.items()})
    package.info()["features"] = [{"name": pair, **deepcopy(KINDS[kind])} for pair, (_, kind) in PAIRS.items()]
    package.write_card()
    here = [issue for issue in loud(judge(package.folder)) if issue.path == "people/train-00000-of-00001.parquet"]
    refused = loading.submit(pairs_that_datasets_refuses, str(package.folder)).result()
    assert {issue.reason for issue in here} == {"column-type"}
    assert {str(issue.field).removesuffix("[]") for issue in here} == refused | LUCKY
    assert not refused & LUCKY


def test_an_issue_names_the_file_the_config_and_the_column(package: Package) -> None:
    package.replace({"id": ["p", "q"], "followers": ["many", "few"]})
    path = "people/train-00000-of-00001.parquet"
    message = f"{path}: column followers: string in the file, int64 in the card"
    assert judge(package.folder) == [Issue("column-type", message, path=path, table="people", field="followers")]


def test_a_message_is_one_line_and_names_no_folder_outside_the_package(package: Package) -> None:
    package.shard().write_bytes(package.shard().read_bytes()[:-20])
    (of_the_file,) = judge(package.folder)
    package.features()[1]["dtype"] = "integer"
    package.write_card()
    (of_the_card,) = judge(package.folder)
    for issue in (of_the_file, of_the_card):
        assert "\n" not in issue.message
        assert str(package.folder) not in issue.message


def test_the_import_loads_neither_pyarrow_nor_yaml_and_the_verdict_not_datasets(package: Package) -> None:
    code = f"""
import sys
from pathlib import Path
from dataset_tools.validators.loadable import judge
assert not {{"pyarrow", "yaml"}} & set(sys.modules)
assert judge(Path({str(package.folder)!r})) == []
assert "datasets" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": os.pathsep.join(sys.path)})
