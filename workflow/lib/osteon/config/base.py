"""What every section of a study's configuration has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from osteon.config.sheets import normalised

# Letters and digits only: these become wildcards and BIDS labels, which allow no '_' or '-'.
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+$")]
# Names of studies and models may also hold '_' and '-'; they become folder names.
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
# A column or a value of a table in the form in which they are compared: full-width signs are plain ones.
Plain = Annotated[str, AfterValidator(normalised)]


class Section(BaseModel):
    """A section that refuses unknown keys, so that a misspelt key is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Range(Section):
    """A number within limits; a missing number is not."""

    min: float | None = None
    """Smallest value that counts."""
    max: float | None = None
    """Largest value that counts."""

    def holds(self, value: float | None) -> bool:
        """Whether the value lies within the limits."""
        return value is not None and (self.min is None or value >= self.min) and (self.max is None or value <= self.max)
