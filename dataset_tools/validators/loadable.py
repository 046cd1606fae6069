"""Whether `load_dataset` would load a package, every config of it, and load what the card promises.

Judged as `datasets` 5.2 reads a folder, from README.md, `.huggingface.yaml`, `dataset_infos.json`, file names and
Parquet footers: no row is read, no `datasets` imported, nothing downloaded or executed. A reason in `SILENT` is a fault
that `load_dataset` accepts without a word; any other is one that makes it fail.

A column may differ from the card (`datasets.table.cast_array_to_feature` decides, by value):

- No issue: wider integers and floats, a finer unit of time, milliseconds for seconds (which Parquet does not have),
  larger decimals, another kind of string, binary or list, a dictionary for its values, null for anything, integers or
  strings for a class label, strings for JSON, another order of columns, other nullability.
- `column-cast`, silent: what a cast always does and that changes the kind of value (number, boolean or time to string,
  integer to float, float64 to float32, a moment to a date, another or no time zone, anything to JSON), and narrower
  integers that the footer's minimum and maximum show to fit.
- `column-type`: what no cast does, and what it refuses for ordinary values although some would pass: string to number,
  boolean or time, float to integer or decimal, a coarser unit of time, a smaller decimal, binary to string, anything to
  binary or lists of a fixed size, times to a class label, integers beyond what a float holds, narrower integers without
  a footer's word for it (always so inside lists and structs).

Where `load_dataset` might succeed, these are refused as well, because it then guesses, needs the network or reads what
footers do not show: a card or a config that lists no files, options of a config beyond `data_files` and `default`, data
files that are URLs or not Parquet, and the types of features that hold media, arrays or translations. Footers do not
show damage inside a row group, nor an integer or string that its class label does not have.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from dataset_tools.issue import Issue
from dataset_tools.validators.loading.fault import Fault

SILENT = frozenset(
    {
        "card-overridden",  # .huggingface.yaml replaces what README.md says of configs
        "column-cast",  # values are converted to the type that the card names
        "config-twice",  # the last one of that name wins
        "extra-shard",  # a Parquet file beside the listed ones, which nothing loads
        "file-twice",  # its rows are loaded twice, or under two names
        "misplaced-shard",  # named for another split or config than the one that lists it
        "missing-column",  # filled with nulls
        "missing-promise",  # no features or row counts to hold the files against
        "missing-shard",  # "-of-00002" with one file listed
        "outside-folder",  # a local file elsewhere, which a published package would lack
    }
)


def judge(folder: Path) -> list[Issue]:
    """Every reason why `load_dataset` would fail here, or load other than the card says (`SILENT`); none: it loads.

    `folder` is a package: its card, `TABLE/SPLIT-NNNNN-of-NNNNN.parquet`. Issues carry a path relative to it, the
    config as `table` and the column as `field`. A card that cannot be read as one of configs is the only issue.
    """
    issues: list[Issue] = []
    try:
        for issue in _issues(Path(os.path.normpath(folder.absolute()))):
            issues.append(issue)  # one by one, so that a fault leaves the issues before it
    except Fault as fault:
        issues.append(fault.issue)
    return issues


def _issues(folder: Path) -> Iterator[Issue]:
    # Only a package that is judged pays for pyarrow and yaml.
    from dataset_tools.validators.loading.card import card_files, overridden
    from dataset_tools.validators.loading.configs import configs, default_issues, twice
    from dataset_tools.validators.loading.files import file_issues
    from dataset_tools.validators.loading.promises import Promise, legacy_promises, promises, unknown_configs
    from dataset_tools.validators.loading.splits import config_issues

    _refuse_other_kinds(folder)
    readme, override = card_files(folder)
    card = readme | override
    listed = configs(card.get("configs"))
    told = promises(card.get("dataset_info"))
    by_name = {config.name: config for config in listed}
    promised = legacy_promises(folder) | dict(told)
    yield from overridden(readme, override)
    yield from twice("configs", [config.name for config in listed])
    yield from twice("dataset_info", [name for name, _ in told])
    yield from unknown_configs(by_name.keys(), dict(told).keys())
    yield from default_issues(by_name, promised)
    for name, config in by_name.items():
        yield from config_issues(folder, config, promised.get(name, Promise()))
    yield from file_issues(folder, by_name.values())


def _refuse_other_kinds(folder: Path) -> None:
    script = f"{folder.name.removesuffix('.py')}.py"
    if folder.name == script or (folder / script).is_file():
        raise Fault("dataset-script", "load_dataset refuses dataset scripts", script)
    if (folder / "state.json").exists():
        raise Fault("saved-to-disk", "load_dataset takes this for Dataset.save_to_disk", "state.json")
