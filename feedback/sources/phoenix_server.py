"""Spans and annotations of a running Phoenix, page by page through its REST API."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from feedback.errors import InputError
from feedback.sources.foreign_fields import pick

_PAGE = 1_000
# Ids go into the address, which servers and proxies take up to about 8 kB.
_IDS_AT_ONCE = 100
_MOST_PAGES = 1_000_000
_MOST_BYTES = 2**28
_PATIENCE_S = 60
_ANNOTATIONS = (("span_annotations", "span_ids"), ("trace_annotations", "trace_ids"))


def fetch_records(url: str) -> Iterator[dict[str, Any]]:
    """Yield every span, then every annotation, of one project or of all.

    Parameters
    ----------
    url
        `http://host:6006` for all projects, `http://host:6006/projects/NAME` for one.

    Raises
    ------
    InputError
        When the address is none, or the server does not answer as Phoenix does.
    """
    server, projects = _read_address(url)
    for project in projects or _list_projects(server):
        path = f"{server}/v1/projects/{quote(project, safe='')}"
        ids: dict[str, dict[str, None]] = {"span_ids": {}, "trace_ids": {}}
        for span in _fetch_pages(f"{path}/spans", {"limit": _PAGE}):
            ids["span_ids"][str(pick(span, "context.span_id"))] = None
            ids["trace_ids"][str(pick(span, "context.trace_id"))] = None
            yield span
        for kind, parameter in _ANNOTATIONS:
            for some in _batched(list(ids[parameter])):
                yield from _fetch_pages(f"{path}/{kind}", {parameter: some, "limit": _PAGE}, is_optional=True)


def _read_address(url: str) -> tuple[str, list[str]]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InputError(f"{url}: is no address of a Phoenix server; expected http://host:6006")
    before, mark, project = parts.path.partition("/projects/")
    server = f"{parts.scheme}://{parts.netloc}{before.rstrip('/')}"
    return server, [unquote(project.strip("/"))] if mark and project.strip("/") else []


def _list_projects(server: str) -> list[str]:
    return [str(project.get("name")) for project in _fetch_pages(f"{server}/v1/projects", {"limit": _PAGE})]


def _fetch_pages(path: str, query: dict[str, Any], *, is_optional: bool = False) -> Iterator[dict[str, Any]]:
    cursor: object = None
    seen: set[object] = set()
    while len(seen) < _MOST_PAGES:
        asked = query | ({"cursor": cursor} if cursor else {})
        page = _fetch(f"{path}?{urlencode(asked, doseq=True)}", path, is_optional=is_optional)
        records = page.get("data")
        if not isinstance(records, list):
            raise InputError(f"{path}: did not answer as Phoenix does: no list of data")
        yield from (record for record in records if isinstance(record, dict))
        cursor = page.get("next_cursor")
        if not isinstance(cursor, str) or cursor in seen:
            return
        seen.add(cursor)


def _fetch(address: str, path: str, *, is_optional: bool) -> dict[str, Any]:
    request = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310 - http(s), checked
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310 - http(s), checked
            page = json.loads(answer.read(_MOST_BYTES))
    except urllib.error.HTTPError as error:
        if is_optional and error.code in (404, 405, 422):
            return {"data": []}
        raise InputError(f"{path}: answered with status {error.code}; is it a Phoenix server?") from error
    except (OSError, http.client.HTTPException) as error:
        raise InputError(f"{path}: cannot be reached") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: did not answer with JSON; is it a Phoenix server?") from error
    return page if isinstance(page, dict) else {}


def _batched(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, _IDS_AT_ONCE)):
        yield some
