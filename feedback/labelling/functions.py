"""What a labelling function is, and the register of those in use."""

import runpy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from feedback.errors import SettingsError, UnknownNameError

Polarity = Literal["good", "bad"]
_REGISTER: dict[str, "LabellingFunction"] = {}


@dataclass(frozen=True)
class LabellingFunction:
    """A named claim about an interaction that votes good, bad or abstains.

    Attributes
    ----------
    name
        Reads as a claim, for instance `undone_soon`.
    polarity
        What its vote speaks for. A good vote needs a closed window: what is still open is no success.
    weight
        How strong the evidence is, in log-odds, before any review: 2 almost decides, 0.5 is a hint.
    rationale
        Why it says something, in one line.
    source
        Where that is known from.
    expression
        Over the columns of `interactions`: true where the claim holds, or, when graded, the vote itself
        in [0, 1]; null or false where it abstains.
    is_graded
        Whether it measures (Float32 in [0, 1]) rather than decides (Int8, 1 good, 0 bad).
    """

    name: str
    polarity: Polarity
    weight: float
    rationale: str
    source: str
    expression: pl.Expr
    is_graded: bool = False

    def vote(self) -> pl.Expr:
        """Return the vote as a column of that name: null where the function abstains."""
        if self.is_graded:
            return self.expression.cast(pl.Float32).fill_nan(None).clip(0, 1).alias(self.name)
        verdict = pl.lit(1 if self.polarity == "good" else 0, pl.Int8)
        return pl.when(self.expression).then(verdict).alias(self.name)


def labelling_function(
    *, polarity: Polarity, weight: float, rationale: str, source: str, graded: bool = False
) -> Callable[[Callable[[], pl.Expr]], LabellingFunction]:
    """Return a decorator that registers a function without arguments, returning a polars expression.

    A function registered under a name in use replaces the earlier one, so a notebook cell can be run again.

    Raises
    ------
    SettingsError
        When the polarity is neither good nor bad, or the weight is not positive.

    Examples
    --------
    >>> @labelling_function(polarity="bad", weight=1.0, rationale="Left at once.", source="ours")
    ... def left_within_two_seconds() -> pl.Expr:
    ...     return pl.col("abandoned") & (pl.col("seen_s") < 2)
    >>> left_within_two_seconds.polarity
    'bad'
    >>> unregister("left_within_two_seconds")
    """
    if polarity not in ("good", "bad"):
        raise SettingsError(f"a labelling function speaks for 'good' or 'bad', not {polarity!r}")
    if weight <= 0:
        raise SettingsError(f"the weight of a labelling function is above zero, not {weight}")

    def register(claim: Callable[[], pl.Expr]) -> LabellingFunction:
        function = LabellingFunction(claim.__name__, polarity, weight, rationale, source, claim(), graded)
        _REGISTER[function.name] = function
        return function

    return register


def registered_functions() -> tuple[LabellingFunction, ...]:
    """Return all registered labelling functions, in the order they were registered."""
    return tuple(_REGISTER.values())


def load_functions(files: Iterable[Path]) -> None:
    """Run Python files that register labelling functions of one's own.

    Raises
    ------
    SettingsError
        When there is no such file.
    """
    for file in files:
        if not file.is_file():
            raise SettingsError(f"there is no file {file} with labelling functions")
        runpy.run_path(str(file))


def unregister(name: str) -> None:
    """Take a labelling function off the register.

    Raises
    ------
    UnknownNameError
        When none of that name is registered.
    """
    if name not in _REGISTER:
        raise UnknownNameError(f"there is no labelling function {name!r}")
    del _REGISTER[name]


def show_functions(functions: Iterable[LabellingFunction] | None = None) -> pl.DataFrame:
    """Return one row per labelling function: `name`, `polarity`, `weight`, `graded`, `rationale`, `source`."""
    chosen = registered_functions() if functions is None else tuple(functions)
    return pl.DataFrame(
        [
            {
                "name": function.name,
                "polarity": function.polarity,
                "weight": function.weight,
                "graded": function.is_graded,
                "rationale": function.rationale,
                "source": function.source,
            }
            for function in chosen
        ],
        schema={
            "name": pl.String,
            "polarity": pl.String,
            "weight": pl.Float64,
            "graded": pl.Boolean,
            "rationale": pl.String,
            "source": pl.String,
        },
    )
