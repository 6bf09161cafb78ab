"""Examples of a golden set, with texts that someone might log to do harm."""

import polars as pl

from feedback.export.rows import EXAMPLES

HOSTILE = (
    "{{ env.HOME }}", "{{ env.CANARY }}", "{{ env['CANARY'] }}", "{{ env.CANARY",
    "{% raw %}{{ input }}{% endraw %}", "{{ expected }}", "{# note #}",
    "#}", "{#}", "%}", "}}", "-%} {%- x -%}", "{{{ x }}}", "{{'{'}}", "{\0",
    "file:///etc/passwd", "file://{{ env.HOME }}/x", "package:fs:readFileSync", "javascript: process.env",
    "=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'quoted", "'json:\"x\"", " =1 ", "\n", "",
    "a,b;\"c\"\r\nd", "a\0b", "\ufeffbom", "two\u2028lines\u0085",
    "👍🏽 é", "שלום \u202eabc", "<script>alert(1)</script>",
    "contains: x", "[1, 2]", "null", "...", "---\n- a: b", "$ref", "{{''}}", "{%",
)  # fmt: skip


def example(example_id: str = "e1", **values: object) -> dict[str, object]:
    """Return an example with what must be known."""
    known = {"input": "Where is my refund?", "label": "good", "label_source": "review", "provenance": "{}"}
    return dict.fromkeys(EXAMPLES) | known | {"example_id": example_id} | values


def examples(*rows: dict[str, object]) -> pl.DataFrame:
    """Return examples as a frame."""
    return pl.DataFrame(list(rows), schema=EXAMPLES, orient="row")


def hostile_examples() -> pl.DataFrame:
    """Return one example per hostile text, which stands wherever a text may stand."""
    return examples(
        *(
            example(
                f"e{n:02}",
                input=text,
                observed_output=text[::-1],
                expected=text if n % 2 else None,
                label="bad" if n % 3 else "good",
                split=("train", "dev", "test", None)[n % 4],
                reason=text,
                confidence=n / 100 if n % 2 else None,
                segment=f"intent = {text}",
                rejected_output=f"{text} ",
                tags=[text, "slow"] if n % 5 else [],
                provenance='{"interaction_id": "i1"}',
            )
            for n, text in enumerate(HOSTILE)
        )
    )
