"""The values of a dimension as a table, the surest drop first."""

import polars as pl
import streamlit as st

from feedback.charts import score_span
from feedback.pages import formats
from feedback.pages.downloads import show_table

_ABOUT = (
    "Tick a row for its history and worst examples. Sorted by the least drop that the data still allow; "
    "of twenty values one may look changed by chance."
)
_DIRECTIONS = {"worse": "worse", "better": "better", "unclear": "no clear change", "unknown": "not comparable"}


def pick_value(values: pl.DataFrame, history: pl.DataFrame, *, key: str) -> str | None:
    """Return the value whose row is ticked; null when none is. In the address: `value`.

    Parameters
    ----------
    values
        One row per value, as `compare_values` gives them.
    history
        One row per value and day, as `daily_scores` gives them.
    key
        Names the table; another one forgets the tick.
    """
    names = values["value"].to_list()
    chosen = st.query_params.get("value")
    show_table(
        _write(values, history),
        name="values of the dimension",
        whole=values,
        caption=_ABOUT,
        column_config=_columns(score_span(history)),
        key=key,
        on_select=lambda: _write_address(key, names),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [names.index(chosen)]}} if chosen in names else None,
        placeholder=formats.UNKNOWN,
        row_height=40,
        alt="Behaviour score of each value, now and before",
    )
    return chosen if chosen in names else None


def _write_address(key: str, names: list[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    st.query_params.pop("value", None)
    if rows:
        st.query_params["value"] = names[rows[0]]


def _write(values: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Return the table as people read it."""
    days = {name[0]: rows["mean_score"].drop_nulls().to_list() for name, rows in history.group_by("value")}
    return pl.DataFrame(
        {
            "value": values["value"],
            "direction": [[_DIRECTIONS[direction]] for direction in values["direction"]],
            "score": values["score"],
            "interval": [formats.interval(*ends) for ends in values.select("score_low", "score_high").iter_rows()],
            "change": values["change"].round(2) + 0.0,
            "change_interval": [
                formats.change_interval(*ends) for ends in values.select("change_low", "change_high").iter_rows()
            ],
            "n": values["n"],
            "voted": values["voted_share"] * 100,
            "recent": [days.get(name, []) for name in values["value"]],
        }
    )


def _columns(span: tuple[float, float]) -> dict:
    columns = st.column_config
    return {
        "value": columns.TextColumn("Value", width=150, pinned=True),
        "direction": columns.MultiselectColumn(
            "Against before", width=125, options=list(_DIRECTIONS.values()), color=["red", "green", "gray", "gray"]
        ),
        "score": columns.NumberColumn("Score", format="%.2f", width=60, help="Mean behaviour score, 0 to 1"),
        "interval": columns.TextColumn("95 % interval", width=105),
        "change": columns.NumberColumn("Change", format="%+.2f", width=70, help="Against the period before"),
        "change_interval": columns.TextColumn("95 % interval", width=125, help="Of the change, each on its own"),
        "n": columns.NumberColumn("Interactions", format="localized", width=90),
        "voted": columns.NumberColumn("With any vote", format="%.0f %%", width=95),
        "recent": columns.LineChartColumn(
            "Score per day", width=140, help="Days with a score, oldest first", y_min=span[0], y_max=span[1]
        ),
    }
