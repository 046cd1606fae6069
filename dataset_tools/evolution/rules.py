"""The published table of changes: what each is to the readers of a dataset, and what the Data Package recipe says.

One principle gives most rows: what a reader was promised must go on holding. A promise taken back is breaking, even
where every old row still fits the new schema; a promise added is compatible; other words for the same promise are
cosmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

BREAKING, COMPATIBLE, COSMETIC = "breaking", "compatible", "cosmetic"
KINDS = (BREAKING, COMPATIBLE, COSMETIC)
MAJOR, MINOR, PATCH, SILENT = "MAJOR", "MINOR", "PATCH", "–"


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """A row: the kind, the change in words, the recipe's word, and `why`, wherever the recipe says other or nothing.

    `recipe` is MAJOR, MINOR, PATCH or –, by https://datapackage.org/recipes/data-package-version/.
    """

    kind: str
    says: str
    recipe: str
    why: str = ""


_KEPT = "the recipe asks whether old rows fit the new schema; a reader asks whether the new rows keep the old promise"
_TAKEN = "the recipe calls it less restrictive; a reader meets values that were ruled out"
_GIVEN = "a new promise; every old one holds"
_LOST = "a promise that readers relied on is gone"
_MOVED = "a model that was trained on the old train would be tested on rows that it has seen"
_NAMED = "what a reader asks for by name is gone"

CHANGE_RULES: dict[str, ChangeRule] = {
    # The dataset
    "dataset-renamed": ChangeRule(BREAKING, "the dataset has another name", MAJOR),
    "license-changed": ChangeRule(
        BREAKING, "a licence is gone, or another stands there", PATCH, "a right may be gone, and licences have no order"
    ),
    "license-stated": ChangeRule(
        COMPATIBLE, "a licence where none was stated", PATCH, "readers may do more than they could"
    ),
    "title-changed": ChangeRule(COSMETIC, "the title of a dataset, table or field", PATCH),
    "description-changed": ChangeRule(COSMETIC, "the description of a dataset, table or field", PATCH),
    "example-changed": ChangeRule(COSMETIC, "the example of a field", PATCH),
    "homepage-changed": ChangeRule(COSMETIC, "the homepage", PATCH),
    "keywords-changed": ChangeRule(COSMETIC, "the keywords", PATCH),
    "sources-changed": ChangeRule(COSMETIC, "the sources that people read of", PATCH),
    "contributors-changed": ChangeRule(COSMETIC, "the contributors", PATCH),
    "created-changed": ChangeRule(COSMETIC, "the day of the version", PATCH),
    "card-changed": ChangeRule(COSMETIC, "what the card says: languages, limitations, citation", PATCH),
    "budget-changed": ChangeRule(
        COSMETIC, "the share that may be rejected", SILENT, "it stops a build or does not; no row changes by it"
    ),
    "shard-size-changed": ChangeRule(
        COMPATIBLE, "shards are cut elsewhere", SILENT, "load_dataset sees no difference; who names files finds others"
    ),
    "restated": ChangeRule(COSMETIC, "the same promise in other words, or a key that promises nothing", PATCH),
    # Tables
    "table-removed": ChangeRule(BREAKING, "a table is gone", SILENT, _NAMED),
    "table-renamed": ChangeRule(BREAKING, "a table with the same fields has another name", MAJOR),
    "table-added": ChangeRule(COMPATIBLE, "a new table", MINOR),
    "default-table-changed": ChangeRule(
        BREAKING, "another table stands first", SILENT, "load_dataset without a configuration gives another table"
    ),
    "tables-reordered": ChangeRule(
        COSMETIC, "the tables after the first stand in another order", SILENT, "tables are asked for by name"
    ),
    # Splits
    "split-removed": ChangeRule(BREAKING, "a split is gone", SILENT, _NAMED),
    "split-renamed": ChangeRule(BREAKING, "a split with the same share has another name", SILENT, _NAMED),
    "split-added": ChangeRule(
        COMPATIBLE, "a new split", SILENT, "a new name; that rows move into it is split-shares-changed"
    ),
    "split-shares-changed": ChangeRule(BREAKING, "the shares of the splits, or their order", SILENT, _MOVED),
    "split-seed-changed": ChangeRule(BREAKING, "the seed of the splits", SILENT, _MOVED),
    "split-by-changed": ChangeRule(BREAKING, "the table or field that rows are split by", SILENT, _MOVED),
    "split-way-changed": ChangeRule(BREAKING, "a table follows the split by another foreign key", SILENT, _MOVED),
    # Fields
    "field-removed": ChangeRule(BREAKING, "a field is gone", MAJOR),
    "field-renamed": ChangeRule(BREAKING, "a field of the same kind and words, or place, has another name", MAJOR),
    "field-added": ChangeRule(
        COMPATIBLE, "a new field, required or not", MAJOR, "Parquet is read by name: no reader has to know the new one"
    ),
    "fields-reordered": ChangeRule(
        COMPATIBLE, "the fields that stayed stand in another order", MAJOR, "Parquet is read by name, not by position"
    ),
    "type-changed": ChangeRule(BREAKING, "the Table Schema type", MAJOR),
    "arrow-widened": ChangeRule(BREAKING, "an Arrow type that holds more: int32 → int64", MAJOR),
    "arrow-narrowed": ChangeRule(
        COMPATIBLE,
        "an Arrow type that holds less of the same: int64 → int32",
        MAJOR,
        "every value fits what readers hold it in, as in Avro's promotion of int to long",
    ),
    "arrow-changed": ChangeRule(BREAKING, "another Arrow type, or one with fewer digits", MAJOR),
    "unit-changed": ChangeRule(BREAKING, "the unit of a timestamp or time", MAJOR),
    "zone-changed": ChangeRule(BREAKING, "the time zone of a timestamp", MAJOR),
    "fill-changed": ChangeRule(
        BREAKING, "what the build fills in, or whether it does", SILENT, "other values under the same name"
    ),
    # Constraints of a field
    "required-removed": ChangeRule(
        BREAKING, "the field may be null now", MINOR, "the recipe calls it less restrictive; a reader meets a null"
    ),
    "required-added": ChangeRule(COMPATIBLE, "the field is never null now", MAJOR, _KEPT),
    "unique-removed": ChangeRule(BREAKING, "values may come twice now", MINOR, _TAKEN),
    "unique-added": ChangeRule(COMPATIBLE, "no value comes twice now", MAJOR, _KEPT),
    "minimum-lowered": ChangeRule(BREAKING, "minimum or exclusiveMinimum allows more, or is gone", MINOR, _TAKEN),
    "minimum-raised": ChangeRule(COMPATIBLE, "minimum or exclusiveMinimum allows less, or is new", MAJOR, _KEPT),
    "maximum-raised": ChangeRule(BREAKING, "maximum or exclusiveMaximum allows more, or is gone", MINOR, _TAKEN),
    "maximum-lowered": ChangeRule(COMPATIBLE, "maximum or exclusiveMaximum allows less, or is new", MAJOR, _KEPT),
    "min-length-lowered": ChangeRule(BREAKING, "minLength allows more, or is gone", MINOR, _TAKEN),
    "min-length-raised": ChangeRule(COMPATIBLE, "minLength allows less, or is new", MAJOR, _KEPT),
    "max-length-raised": ChangeRule(BREAKING, "maxLength allows more, or is gone", MINOR, _TAKEN),
    "max-length-lowered": ChangeRule(COMPATIBLE, "maxLength allows less, or is new", MAJOR, _KEPT),
    "pattern-removed": ChangeRule(BREAKING, "the pattern is gone", MINOR, _TAKEN),
    "pattern-added": ChangeRule(COMPATIBLE, "a pattern where none was", MAJOR, _KEPT),
    "pattern-changed": ChangeRule(
        BREAKING,
        "another pattern",
        SILENT,
        "whether one pattern holds the other is not decided here: the careful answer",
    ),
    "enum-removed": ChangeRule(BREAKING, "any value may come now", MINOR, _TAKEN),
    "enum-added": ChangeRule(COMPATIBLE, "an enum where none was", MAJOR, _KEPT),
    "enum-value-added": ChangeRule(
        BREAKING, "enum has a new value", MINOR, "a reader that has a case for each value meets one without"
    ),
    "enum-value-removed": ChangeRule(COMPATIBLE, "enum lacks a value that it had", MAJOR, _KEPT),
    "enum-reordered": ChangeRule(
        COSMETIC, "the values of enum stand in another order", SILENT, "values are published as text, not as numbers"
    ),
    # Keys and rules of a table
    "primary-key-removed": ChangeRule(BREAKING, "no primary key any more", SILENT, _LOST),
    "primary-key-changed": ChangeRule(BREAKING, "other fields are the primary key", SILENT, _LOST),
    "primary-key-added": ChangeRule(COMPATIBLE, "a primary key where none was", SILENT, _GIVEN),
    "unique-key-removed": ChangeRule(BREAKING, "a unique key is gone", SILENT, _LOST),
    "unique-key-added": ChangeRule(COMPATIBLE, "a new unique key", SILENT, _GIVEN),
    "foreign-key-removed": ChangeRule(BREAKING, "a foreign key is gone", SILENT, _LOST),
    "foreign-key-changed": ChangeRule(
        BREAKING, "a foreign key leads elsewhere", MINOR, "a join that worked finds no rows, or wrong ones"
    ),
    "foreign-key-added": ChangeRule(COMPATIBLE, "a new foreign key", SILENT, _GIVEN),
    "row-rule-removed": ChangeRule(BREAKING, "a rule of the rows is gone", SILENT, _LOST),
    "row-rule-changed": ChangeRule(
        BREAKING, "a rule of the rows with other fields or parameters", SILENT, "the old rule need not hold any more"
    ),
    "row-rule-added": ChangeRule(COMPATIBLE, "a new rule of the rows", SILENT, _GIVEN),
}
