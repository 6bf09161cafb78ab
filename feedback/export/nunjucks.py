"""Text that promptfoo renders to exactly itself, whatever it holds.

promptfoo renders every variable as a Nunjucks template, reads the file behind a value that starts with `file://`, runs
the module behind `package:`, and drops a last line break. Nothing of that happens to a text in which what could open
or close a tag is written as an expression such as `{{'{'}}`, and a start or an end that would be taken for something
else is shielded by the empty expression `{{''}}`.
"""

import re

# A zero byte too: where a file cannot hold one, an expression stands in its place.
_TAG = re.compile(r"\{(?=[{%#\x00])|#(?=\})")
_SHIELD = "{{''}}"
_ZERO = "{{'\"\\\\u0000\"'|load}}"
_STARTS = re.compile(r"[\s\ufeff]|file://|package:|[=+\-@'＝＋－＠]")
_ENDS = re.compile(r"[\s\ufeff]\Z")
_WRITTEN = re.compile(r"\{\{'(?P<text>[{#]?)'\}\}|(?P<zero>\{\{'\"\\\\u0000\"'\|load\}\})")

UNESCAPE = r"""{{ input | replace(r/\{\{'([{#]?)'\}\}/g, '$1') }}"""
TEMPLATE_NOTE = (
    "promptfoo: {{, {%, {#, #}, a start like file:// or =, and white space at either end are written as expressions "
    "such as {{'{'}} that render to the original. A prompt in JSON is not rendered twice; write there " + UNESCAPE
)


def escape_template(text: str) -> str:
    """Return a text that Nunjucks renders to the one given, and that no other rule of promptfoo touches.

    Examples
    --------
    >>> escape_template("{{ env.HOME }}")
    "{{'{'}}{ env.HOME }}"
    >>> escape_template("file:///etc/passwd"), escape_template("refund?")
    ("{{''}}file:///etc/passwd", 'refund?')
    """
    before = _SHIELD if _STARTS.match(text) else ""
    after = _SHIELD if _ENDS.search(text, len(text) - 1) else ""
    return before + _TAG.sub(r"{{'\g<0>'}}", text) + after


def escape_zero_bytes(escaped: str) -> str:
    """Return an escaped text for a file that cannot hold a zero byte."""
    return escaped.replace("\0", _ZERO)


def unescape_template(escaped: str) -> str:
    """Return the text that `escape_template` was given, zero bytes written as an expression included.

    Examples
    --------
    >>> unescape_template(escape_template(" {%raw%} "))
    ' {%raw%} '
    """
    return _WRITTEN.sub(lambda match: "\0" if match["zero"] else match["text"], escaped)
