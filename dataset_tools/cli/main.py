"""`dstools`: the commands, each imported when it is called."""

from __future__ import annotations

import importlib
import signal
import sys
from typing import Any

import click

from dataset_tools.errors import DatasetError

COMMANDS = {
    "init": "Begin a dataset: descriptor, schema, converter and a golden case.",
    "list": "List the project's datasets.",
    "schema": "Print a table's schema as a library reads it, or draft one from a file.",
    "convert": "Show what the converter makes of one page.",
    "check": "Check descriptors: faults, changes for readers, the version.",
    "build": "Build datasets: pages in, packages out.",
    "rejects": "Show what was kept out of a build, and why.",
    "validate": "Judge a package: hashes, every row, every key, loadability.",
}


class _Commands(click.Group):
    """Lists the commands without importing them: `--help` costs nothing."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = importlib.import_module(f"dataset_tools.cli.{name}").command
        assert isinstance(command, click.Command)  # noqa: S101 - each module of the table has one
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from dataset_tools.document import nearest

            raise click.UsageError(f"no command {args[0]!r}; {nearest(args[0], COMMANDS)}", context)
        return super().resolve_command(context, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dstools-dataset", prog_name="dstools")
def dstools() -> None:
    """Raw web pages in, a typed, checked and versioned dataset out."""


def main(arguments: list[str] | None = None) -> None:
    """Runs a command; exits 0 done, 1 refused, 2 usage, 130 interrupted, 143 terminated."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        dstools.main(arguments, standalone_mode=False)
    except DatasetError as error:
        told(error)
        sys.exit(1)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted: nothing half-written is left; the same command goes on where it stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has gone: no more to say
        sys.exit(1)


def told(error: DatasetError) -> None:
    """One line in red, and the hint."""
    click.echo(f"{click.style('error:', fg='red', bold=True)} {printable(error.message)}", err=True)
    if error.hint:
        click.echo(f"{click.style('hint:', fg='cyan', bold=True)} {printable(error.hint)}", err=True)


def printable(text: str) -> str:
    """The text without what could steer a terminal: control characters but the newline are escaped."""
    safe = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in safe)
