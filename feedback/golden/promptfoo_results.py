"""Results of promptfoo, as its `--output results.json` writes them."""

from typing import Any

from feedback.errors import InputError

Row = dict[str, Any]


def is_promptfoo_output(content: object) -> bool:
    """Return whether it is what promptfoo writes: an object with `results.results`."""
    return isinstance(content, dict) and isinstance(_rows(content), list)


def read_promptfoo_output(content: dict[str, Any]) -> list[Row]:
    """Return one row per test, prompt and provider.

    The example is the `example_id` of the test's metadata or variables, else its description.

    Raises
    ------
    InputError
        When no test says which example it is of.
    """
    summary, found = content["results"], _rows(content)
    about = {"eval_run": content.get("evalId"), "evaluated_at": summary.get("timestamp") or content.get("timestamp")}
    rows = [_to_row(result, about) for result in found]
    if rows and not any(row["example_id"] for row in rows):
        raise InputError("no test of it names its example; metadata.example_id is where feedback export puts the id")
    return [row for row in rows if row["example_id"]]


def _rows(content: dict[str, Any]) -> Any:
    summary = content.get("results")
    return summary.get("results") if isinstance(summary, dict) else None


def _to_row(result: dict[str, Any], about: Row) -> Row:
    test = result.get("testCase") or {}
    places = (test.get("metadata"), result.get("metadata"), test.get("vars"), result.get("vars"))
    named = [place["example_id"] for place in places if isinstance(place, dict) and place.get("example_id")]
    provider = result.get("provider")
    score = result.get("score")
    # `failureReason` 2 is an error of the test itself: the model was not judged.
    is_unknown = result.get("failureReason") == 2 or not isinstance(result.get("success"), bool)
    return {
        **about,
        "example_id": next(iter(named), None) or test.get("description") or result.get("description"),
        "passed": None if is_unknown else result["success"],
        "score": float(score) if isinstance(score, int | float) and not is_unknown else None,
        "model": provider.get("label") or provider.get("id") if isinstance(provider, dict) else provider,
    }
