"""Page → records. One module for each kind of page: `VERSION` and `convert(page)`; ours are the lines of this table."""

CONVERTERS = {"netease": "dataset_tools.converters.netease"}
