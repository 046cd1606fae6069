"""Everything that dataset_tools can refuse, one class for each place where the cause is mended.

DatasetError
├── PageError         raw/         a page or archive cannot be read
├── ConvertError      converters/  a converter is missing or broken
├── SchemaError       schemas/     a descriptor or schema is missing or malformed
├── ValidationError   the data     records break their schema beyond the budget
├── PackageError      dist/        a package is missing, altered or will not load
└── PublishError      the target   it refuses, or holds other content for this version
"""


class DatasetError(Exception):
    """A refusal: `message` says what and where, `hint` says what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)  # both, so that it survives the way out of a child process
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class PageError(DatasetError):
    """A page or archive cannot be read."""


class ConvertError(DatasetError):
    """A converter is missing or broken."""


class SchemaError(DatasetError):
    """A descriptor or a schema is missing or malformed; `place` is its file, line and column, where they are known."""

    place: tuple[str, int, int] | None = None

    def at(self, file: str, line: int, column: int) -> "SchemaError":
        """The same error, which knows its place; the message begins with it."""
        self.place = (file, line, column)
        return self


class ValidationError(DatasetError):
    """Records break their schema beyond the budget."""


class PackageError(DatasetError):
    """A package is missing, altered or will not load."""


class PublishError(DatasetError):
    """The target refuses, or holds other content for this version."""
