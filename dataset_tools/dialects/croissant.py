"""A package's descriptor, with its schemas → Croissant 1.1, as JSON-LD (mlcommons.org/croissant/1.1).

Ids are made so that none meets another: a record set has its table's name, a field `TABLE/FIELD`, a file its path; what
is neither table nor field has a hyphen, which their names never have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dataset_tools.citation import authors, called, day, roles, spdx
from dataset_tools.dialects.croissant_field import JsonLd, croissant_field
from dataset_tools.schema import Schema

CROISSANT, RAI = "http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"
SPLITS, SPLIT, FILES = "dataset-splits", "dataset-split", "files"

# Croissant 1.1, "Appendix 1: JSON-LD context", and the RAI vocabulary's prefix
_CONTEXT: JsonLd = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
# What `dstools:card` says under `about` → Croissant RAI 1.0; nothing is said where it says nothing.
_RAI = {
    "limitations": "rai:dataLimitations",
    "personal": "rai:personalSensitiveInformation",
    "uses": "rai:dataUseCases",
}
# Croissant 1.1, "Splits": the terms that a split's name can mean
_SPLIT_TERMS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
# The registered type, then the one by which mlcroissant knows a Parquet file
_PARQUET = ["application/vnd.apache.parquet", "application/x-parquet"]


def croissant(descriptor: Mapping[str, Any], schemas: Mapping[str, Schema]) -> JsonLd:
    """The JSON-LD of a package's descriptor: files, record sets, splits, and what the descriptor states of the dataset.

    Where it lists no file of a table, as a dataset's own does, the table is where its package would have it. No clock:
    the same in, the same out.
    """
    shards = [each for each in descriptor.get("resources", []) if "dstools:table" in each]
    splits = list(dict.fromkeys(each["dstools:split"] for each in shards))
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        **_about(descriptor),
        "distribution": [*map(_file_object, shards), *(_file_set(table, shards) for table in schemas)],
        "recordSet": [
            *([_splits(splits)] if splits else []),
            *(_record_set(schema, schemas, divided=bool(splits)) for schema in schemas.values()),
        ],
    }


def _about(descriptor: Mapping[str, Any]) -> JsonLd:
    card = descriptor.get("dstools:card", {})
    told = {_RAI[key]: text for key, text in card.get("about", {}).items() if key in _RAI}
    contributors = descriptor.get("contributors", [])
    stated = {
        "conformsTo": [CROISSANT, RAI] if told else CROISSANT,
        "name": descriptor.get("title") or descriptor["name"],
        "description": descriptor.get("description"),
        "version": descriptor["version"],
        "datePublished": day(descriptor),
        "url": descriptor.get("homepage"),
        "license": [_license(each) for each in descriptor.get("licenses", [])],
        "creator": [_agent(each) for each in authors(contributors)],
        "publisher": [_agent(each) for each in contributors if called(each) and "publisher" in roles(each)],
        "keywords": descriptor.get("keywords"),
        "inLanguage": card.get("language"),
        "citeAs": card.get("about", {}).get("citation"),
    }
    return {key: value for key, value in (stated | told).items() if value}


def _license(stated: Mapping[str, Any]) -> Any:
    """A URL where one is known, else the words of the descriptor."""
    name = spdx(stated.get("name"))
    if url := stated.get("path") or (f"https://spdx.org/licenses/{name}" if name else None):
        return url
    return {"@type": "sc:CreativeWork", "name": stated.get("title") or stated.get("name", "other")}


def _agent(contributor: Mapping[str, Any]) -> JsonLd:
    given, family = contributor.get("givenName"), contributor.get("familyName")
    stated = {
        # A title alone may be a person's: Croissant asks for one of the two, and a title is not split into names.
        "@type": "sc:Person" if given or family else "sc:Organization",
        "name": called(contributor),
        "givenName": given,
        "familyName": family,
        "url": contributor.get("path"),
        "email": contributor.get("email"),
    }
    return {key: value for key, value in stated.items() if value}


def _file_object(resource: Mapping[str, Any]) -> JsonLd:
    return {
        "@type": "cr:FileObject",
        "@id": resource["path"],
        "name": resource["path"],
        "contentUrl": resource["path"],
        "contentSize": f"{resource['bytes']} B",
        "encodingFormat": _PARQUET,
        "sha256": resource["hash"].removeprefix("sha256:"),
    }


def _file_set(table: str, shards: Sequence[Mapping[str, Any]]) -> JsonLd:
    # By name where they are known: a pattern would take a stale shard in.
    paths = [each["path"] for each in shards if each["dstools:table"] == table]
    return {
        "@type": "cr:FileSet",
        "@id": f"{table}-{FILES}",
        "name": f"{table}-{FILES}",
        "description": f"The Parquet files of {table}.",
        "encodingFormat": _PARQUET,
        "includes": paths or [f"{table}/*.parquet"],
    }


def _splits(names: Sequence[str]) -> JsonLd:
    """The record set of the splits' names (Croissant 1.1, "Splits")."""
    return {
        "@type": "cr:RecordSet",
        "@id": SPLITS,
        "name": SPLITS,
        "description": "The splits of the dataset.",
        "dataType": "cr:Split",
        "key": {"@id": f"{SPLITS}/name"},
        "field": [
            {"@type": "cr:Field", "@id": f"{SPLITS}/name", "name": "name", "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": f"{SPLITS}/url", "name": "url", "dataType": ["sc:URL", "cr:Split"]},
        ],
        "data": [{f"{SPLITS}/name": name, f"{SPLITS}/url": _SPLIT_TERMS.get(name)} for name in names],
    }


def _record_set(schema: Schema, schemas: Mapping[str, Schema], *, divided: bool) -> JsonLd:
    source = {"fileSet": {"@id": f"{schema.table}-{FILES}"}}
    references = _references(schema, schemas)
    places = [(field, f"{schema.table}/{field.name}") for field in schema.fields]
    fields = [croissant_field(f, place, source, (f.name,)) | references.get(f.name, {}) for f, place in places]
    stated = {
        "@type": "cr:RecordSet",
        "@id": schema.table,
        "name": schema.table,
        "description": schema.description or schema.title,
        "key": [{"@id": f"{schema.table}/{name}"} for name in schema.primary_key],
        "field": [*fields, *([_split(schema.table, source)] if divided else [])],
    }
    return {key: value for key, value in stated.items() if value}


def _references(schema: Schema, schemas: Mapping[str, Schema]) -> dict[str, JsonLd]:
    """What a field references: a unique field of another table.

    Croissant joins by one field: a key of several has no word in it, and one that is not unique would multiply rows.
    """
    found = {}
    for key in schema.foreign_keys:
        target = schemas.get(key.table, schema)
        if target is not schema and _unique(target, key.references):
            found[key.fields[0]] = {"references": {"field": {"@id": f"{target.table}/{key.references[0]}"}}}
    return found


def _unique(schema: Schema, names: tuple[str, ...]) -> bool:
    keys = (schema.primary_key, *schema.unique_keys)
    return len(names) == 1 and (names in keys or bool(schema.field(names[0]).constraint("unique")))


def _split(table: str, source: JsonLd) -> JsonLd:
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{SPLIT}",
        "name": SPLIT,
        "description": "The split that the row is in, by its file.",
        "dataType": "sc:Text",
        "source": {
            **source,
            "extract": {"fileProperty": "fullpath"},
            # It reads the bare name as well: mlcroissant applies it twice where it joins.
            "transform": {"regex": rf"^(?:{re.escape(table)}/)?(.+?)(?:-\d+-of-\d+\.parquet)?$"},
        },
        "references": {"field": {"@id": f"{SPLITS}/name"}},
    }
