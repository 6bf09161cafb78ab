"""One interaction: what happened around it, and how the votes fell."""

import altair as alt
import polars as pl

from feedback.charts.meaning import KINDS, SIDES, SPEAKS_AGAINST, SPEAKS_FOR, colors_of, words_of

_ROW = 30
_EXCERPT = 140
# In log-odds: a single weak vote must not look like a strong one.
_LEAST_END = 2.5
_TIME_X, _RAIL_X, _KIND_X, _TEXT_X = 88, 108, 128, 250
_LEGEND = 60


def session_timeline(events: pl.DataFrame, *, text_color: str) -> alt.LayerChart:
    """Return the events of a session from top to bottom, the evidence marked.

    Parameters
    ----------
    events
        One row per event in time order: `after_s`, `kind`, `text`, `value`, `side`, `is_shown`, `is_evidence`,
        `in_window`.
    text_color
        Colour of the words; they lie on the page itself.
    """
    rows = _describe_events(events)
    base = alt.Chart(rows).encode(y=_place())
    side = alt.Color(
        "side_words:N",
        scale=colors_of(SIDES),
        legend=alt.Legend(title=None, orient="top", columns=3, symbolType="circle", labelLimit=200, offset=8),
    )
    layers = [
        base.transform_filter("datum.is_shown").mark_rect(color=SIDES["answered"].color, opacity=0.10, height=_ROW - 2),
        alt.Chart(rows).mark_rule(color=SIDES["neither"].color, strokeWidth=1.5).encode(
            x=alt.value(_RAIL_X), y=alt.Y("first:Q", axis=None), y2="final:Q"
        ),
        base.transform_filter("datum.is_evidence").mark_point(
            filled=False, size=260, strokeWidth=2, opacity=1
        ).encode(x=alt.value(_RAIL_X), color=side),
        base.mark_point(filled=True, size=110, opacity=1).encode(x=alt.value(_RAIL_X), color=side, tooltip=_tooltips()),
        _words(base, "when", _TIME_X, text_color, align="right", opacity=0.7),
        _words(base, "what", _KIND_X, text_color, fontWeight=600),
        _words(base, "excerpt", _TEXT_X, text_color, opacity=0.85, limit=alt.ExprRef(f"width - {_TEXT_X}")),
    ]  # fmt: skip
    return alt.LayerChart(layer=layers).properties(
        height=max(rows.height, 1) * _ROW + _LEGEND,
        description="Events of the session in time order; rings mark the evidence for the label",
    )


def vote_pulls(votes: pl.DataFrame, *, text_color: str) -> alt.LayerChart:
    """Return how far each vote pulls the score towards good (right) or bad (left), the weightiest on top.

    Parameters
    ----------
    votes
        One row per vote: `name`, `vote`, `pull` in log-odds, `rationale`; votes of unknown weight are left out.
    text_color
        Colour of the words.
    """
    shown = votes.drop_nulls("pull").with_columns(
        words=pl.col("name").str.replace_all("_", " "),
        side=pl.when(pl.col("pull") < 0).then(pl.lit("against")).otherwise(pl.lit("for")),
    )
    furthest = max((abs(pull) for pull in shown["pull"]), default=0.0)
    end = max(furthest, _LEAST_END)
    names = alt.Y("words:N", sort=None, axis=None)
    bars = (
        alt.Chart(shown)
        .mark_bar(height=12, cornerRadius=2)
        .encode(
            names,
            x=alt.X("pull:Q", scale=alt.Scale(domain=[-end, end]), axis=_pull_axis()),
            color=alt.Color(
                "side:N",
                scale=alt.Scale(domain=["for", "against"], range=[SPEAKS_FOR, SPEAKS_AGAINST]),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("words:N", title="Labelling function"),
                alt.Tooltip("vote:Q", title="Vote, 1 = good", format=".2f"),
                alt.Tooltip("pull:Q", title="Pull, in log-odds", format="+.2f"),
                alt.Tooltip("rationale:N", title="Why"),
            ],
        )
    )
    words = (
        alt.Chart(shown)
        .mark_text(align="left", dy=-14, fontSize=13, color=text_color)
        .encode(names, x=alt.value(0), text="words:N")
    )
    middle = alt.Chart(pl.DataFrame({"pull": [0.0]})).mark_rule(color=SIDES["neither"].color).encode(x="pull:Q")
    return alt.LayerChart(layer=[middle, bars, words]).properties(
        height=max(shown.height, 1) * 44 + _LEGEND, description="How far each vote pulls the score towards good or bad"
    )


def _describe_events(events: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the timeline with their words."""
    text = pl.col("text").str.replace_all(r"\s+", " ").str.strip_chars()
    return events.with_row_index("place").select(
        pl.col("place").cast(pl.Int64),
        "is_shown", "is_evidence",
        first=pl.lit(0),
        final=pl.lit(max(events.height - 1, 0)),
        side_words=pl.col("side").replace_strict(words_of(SIDES), return_dtype=pl.String),
        when=pl.Series([_write_offset(after_s) for after_s in events["after_s"]], dtype=pl.String),
        what=pl.col("kind").replace_strict(KINDS, default=pl.col("kind"), return_dtype=pl.String),
        excerpt=pl.coalesce(
            pl.when(text.str.len_chars() > _EXCERPT).then(text.str.slice(0, _EXCERPT) + "…").otherwise(text),
            _write_value(),
        ).fill_null(""),
        window=pl.when("in_window").then(pl.lit("inside")).otherwise(pl.lit("outside")),
    )  # fmt: skip


def _write_offset(after_s: float) -> str:
    """Return how long after the response, for instance `+2 min 5 s`."""
    sign, seconds = ("−" if after_s < 0 else "+"), abs(after_s)
    if seconds < 10:
        return f"{sign}{seconds:.1f} s" if seconds else "shown"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{sign}{minutes} min {rest:02d} s" if minutes else f"{sign}{rest} s"
    return f"{sign}{minutes // 60} h {minutes % 60:02d} min"


def _write_value() -> pl.Expr:
    value, kind = pl.col("value"), pl.col("kind")
    percent = (value * 100).round().cast(pl.Int64, strict=False).cast(pl.String)
    return (
        pl.when(kind == "view")
        .then(pl.format("for {} s", (value / 1000).round(1)))
        .when(kind.is_in(["edit", "undo"]))
        .then(pl.format("{} % of it survived", percent))
        .when(kind == "rating")
        .then(pl.format("{} of 1", value.round(2)))
    )


def _words(base: alt.Chart, column: str, x: int, color: str, **how) -> alt.Chart:
    style = {"align": "left", "baseline": "middle", "fontSize": 13, "color": color, **how}
    return base.mark_text(clip=True, **style).encode(x=alt.value(x), text=f"{column}:N", tooltip=_tooltips())


def _place() -> alt.Y:
    return alt.Y("place:Q", axis=None, scale=alt.Scale(reverse=True, nice=False, padding=_ROW / 2))


def _pull_axis() -> alt.Axis:
    words = "datum.value == 0 ? '' : datum.value < 0 ? '← bad' : 'good →'"
    return alt.Axis(title=None, values=[-1.2, 0, 1.2], labelExpr=words, grid=False, ticks=False, domain=False)


def _tooltips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("when:N", title="When"),
        alt.Tooltip("what:N", title="What"),
        alt.Tooltip("side_words:N", title="Meaning"),
        alt.Tooltip("window:N", title="Observation window"),
        alt.Tooltip("excerpt:N", title="Text"),
    ]
