"""The command that forgets somebody, and says what it came to."""

import secrets
from datetime import UTC, datetime
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from feedback.cli.arguments import DEFAULT_STORE, StoreOption, now, settings_here
from feedback.cli.audited import account
from feedback.cli.progress import steps
from feedback.cli.tables import print_frame
from feedback.cli.words import count, moment
from feedback.errors import SettingsError, StoreError
from feedback.pipeline.forget.belongings import Who
from feedback.pipeline.forget.forgetting import STEPS, Forgetting, forget_people, plan_forgetting
from feedback.pipeline.forget.needles import LEAST_TEXT
from feedback.pipeline.forget.proof import LEAST_BYTES, Proof
from feedback.pipeline.pseudonyms import stored_id
from feedback.store import Store

_BLOTTED = "_blotted"


def forget_command(
    user: Annotated[
        list[str] | None, typer.Option("--user", help="Id of a person, as logged or as stored; repeat for several.")
    ] = None,
    session: Annotated[list[str] | None, typer.Option("--session", help="Id of a session; repeat for several.")] = None,
    before: Annotated[
        datetime | None,
        typer.Option("--before", formats=["%Y-%m-%d"], help="Everything before this day (UTC).", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed in a pipe.")] = False,
    by: Annotated[str | None, typer.Option(help="Who asks for it; the account that runs this when left out.")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """Forget a person: out of every table, older version, draw and golden example, and keep them out.

    Then every file of the store is searched for their ids and texts; exit code 1 when one is found. Labels of others
    stay as they are. Backups, exports and copies elsewhere are not reached: which exports held examples of theirs is
    said, as far as it is known. There is no way back.

    [dim]feedback forget --user u0042 --dry-run[/dim]
    [dim]feedback forget --session s1 --session s2 --yes[/dim]
    """
    target = Store(store)
    who = _name(target, user or [], session or [], before)
    with steps("Looking", 1) as advance:
        advance("every table")
        plan = plan_forgetting(target, who)
    if dry_run:
        _say_plan(plan, "would go")
        return
    if not yes:
        _confirm(plan)
    with steps("Forgetting", len(STEPS)) as advance:
        done = forget_people(
            target, who, by=by or account(), salt=secrets.token_hex(32), clock=now, settings=settings_here(),
            on_step=advance,
        )  # fmt: skip
    _say_plan(done.what, "went", done.proof)
    if not done.proof.is_clean:
        raise typer.Exit(1)


def _name(store: Store, users: list[str], sessions: list[str], before: datetime | None) -> Who:
    """Return whom it is about, by the ids that are stored."""
    if not store.exists():
        raise StoreError(f"there is no store at {store.path}")
    settings = settings_here()
    stored = {one: stored_id(store, settings, one) for one in users}
    aliases = tuple(one for one, kept in stored.items() if one != kept)
    day = before.replace(tzinfo=UTC) if before else None
    who = Who(tuple(dict.fromkeys(stored.values())), tuple(dict.fromkeys(sessions)), day, aliases)
    if who.is_nobody:
        raise SettingsError("say whom to forget: --user ID, --session ID or --before DATE")
    if day is not None and day > now():
        raise SettingsError(f"--before {day:%Y-%m-%d} is still to come: nothing could be read any more until then")
    return who


def _confirm(plan: Forgetting) -> None:
    if not Console().is_terminal:
        raise SettingsError("say --yes to forget without being asked; --dry-run says what would go")
    _say_plan(plan, "would go")
    typer.confirm("\nForget this for good? There is no way back", abort=True)


def _say_plan(plan: Forgetting, went: str, proof: Proof | None = None) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    if not console.is_terminal:
        print_frame(_as_rows(plan, proof), console, limit=None)
        return
    rows = {name: n for name, n in plan.counts.items() if not name.endswith(_BLOTTED)}
    if rows:
        print_frame(pl.DataFrame({"table": list(rows), f"rows that {went}": list(rows.values())}), console, limit=None)
    else:
        console.print("The store holds nothing of theirs.")
    for line in _tell(plan, went):
        console.print(line)
    if proof is not None:
        _say_proof(proof, console)


def _tell(plan: Forgetting, went: str) -> list[str]:
    """Return what is to be known beside the rows, one line each."""
    lines = []
    if plan.n_sessions or plan.n_shared:
        partly = f", of {count(plan.n_shared, 'other')} a part" if plan.n_shared else ""
        lines.append(f"{count(plan.n_sessions, 'session')} {went} as a whole{partly}.")
    blotted = {name.removesuffix(_BLOTTED): n for name, n in plan.counts.items() if name.endswith(_BLOTTED)}
    if blotted:
        named = ", ".join(f"{name} {n:,}" for name, n in blotted.items())
        lines.append(f"Rows of others that name an id of theirs, without it from now on: {named}.")
    lines += [
        f"Golden version {one.version}: {count(one.n_lost, 'example')} of {one.n_lost + one.n_left:,} {went};"
        f" its content hash was {one.content_hash_before[:16]}, is {one.content_hash[:16]}."
        for one in plan.lost
    ]
    lines += [
        f"Export of {moment(row['at'])} by {row['by']} may hold such examples: {row['note']}."
        for row in plan.exports.iter_rows(named=True)
    ]
    if plan.lost and plan.exports.is_empty():
        lines.append("No export is on record that held them; those from before exports were recorded are not known.")
    if plan.n_as_staff:
        lines.append(f"They also reviewed or decided: {count(plan.n_as_staff, 'row')} with their name as such stay.")
    return [*lines, "Backups, and copies elsewhere, are not reached."]


def _say_proof(proof: Proof, console: Console) -> None:
    told = pl.DataFrame(
        {"files searched": proof.n_files, "MiB": round(proof.n_bytes / 2**20, 1), "ids": proof.n_ids,
         "texts": proof.n_texts, "found": proof.found.total()}
    )  # fmt: skip
    console.print("\nProof: every file of the store, its name, its bytes, and what they decode to", style="bold")
    print_frame(told, console, limit=None)
    for where, n in proof.found.most_common():
        console.print(f"found  {where}: {n:,}", style="bold red")
    for line in _tell_limits(proof):
        console.print(line, style="dim")
    said = "Nothing of theirs was found." if proof.is_clean else "Not all of it is gone."
    console.print(said, style="green" if proof.is_clean else "red")


def _tell_limits(proof: Proof) -> list[str]:
    """Return what was not looked for, and what names them and stays."""
    needles = proof.needles
    said = [
        ("text", needles.n_short, f"of under {LEAST_TEXT} characters, too short to prove anything"),
        ("text", needles.n_shared, "not looked for: others wrote or got the same"),
        ("id", proof.n_short_ids, f"of under {LEAST_BYTES} characters, looked for in values, not in bytes"),
        ("id or text", needles.n_more, "left out of very many"),
        ("text", proof.named_by_others, "of others with an id of theirs in it: stays"),
        ("value", proof.as_staff, "with their name as reviewer, author or owner: stays"),
    ]
    return [f"{count(n, noun)} {what}" for noun, n, what in said if n]


def _as_rows(plan: Forgetting, proof: Proof | None) -> pl.DataFrame:
    """Return all of it as one table for another program: `what`, `name`, `n`."""
    rows: list[tuple[str, str, int]] = []
    for name, n in plan.counts.items():
        table = name.removesuffix(_BLOTTED)
        rows.append(("rows" if table == name else "rows of others without an id", table, n))
    rows += [("sessions", "whole", plan.n_sessions), ("sessions", "partly", plan.n_shared)]
    rows += [("golden examples lost", f"version {one.version}", one.n_lost) for one in plan.lost]
    rows += [("export", f"{row['at'].isoformat()} {row['by']} {row['note']}", 1)
             for row in plan.exports.iter_rows(named=True)]  # fmt: skip
    rows.append(("stays", "as reviewer, author or owner", plan.n_as_staff))
    if proof is not None:
        searched = {"files": proof.n_files, "bytes": proof.n_bytes, "ids": proof.n_ids, "texts": proof.n_texts}
        rows += [("searched", name, n) for name, n in searched.items()]
        rows += [("found", where, n) for where, n in proof.found.most_common()]
        rows.append(("found", "in all", proof.found.total()))
    return pl.DataFrame(rows, schema={"what": pl.String, "name": pl.String, "n": pl.Int64}, orient="row")
