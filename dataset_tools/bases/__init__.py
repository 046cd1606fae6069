"""Where `--against` reads what a dataset was: folders and packages, revisions of git, the Hub."""
