"""Where code may live and what it may import: the floors and homes of the design, read from the source itself."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "feedback"
FLOORS = {
    0: {"errors", "stats"},
    1: {"schemas", "settings", "text_space", "decompose"},
    2: {
        "sources", "events", "interactions", "labelling", "label_model", "quality", "segments", "drift", "incidents",
        "receive", "reviews", "candidates", "golden", "export", "charts", "simulate", "store",
    },
    3: {"pipeline", "engines", "explore"},
    4: {"cli", "pages"},
}  # fmt: skip
MAY_MEET = {
    ("cli", "pages"): "`feedback app` starts the app",
    ("pipeline", "engines"): "the pipeline says what is labelled, an engine where",
}
HOMES = {
    "altair": {"charts"}, "apprise": {"incidents"}, "dataframely": {"schemas"}, "deltalake": {"store"},
    "duckdb": {"store"}, "google": {"receive"}, "opentelemetry": {"receive"},
    "presidio_analyzer": {"export"}, "presidio_anonymizer": {"export"}, "pyspark": {"engines"},
    "rapidfuzz": {"interactions"}, "river": {"drift"}, "scipy": {"stats"},
    "sklearn": {"label_model", "segments", "text_space"}, "starlette": {"receive"},
    "streamlit": {"pages"}, "typer": {"cli"}, "uvicorn": {"receive"},
    "vl_convert": {"charts"},
}  # fmt: skip
GUESTS = {
    ("dataframely", "events.normalise"): "narrows `Events` to the rows of one file: other keys, and the row number",
    ("sklearn", "reviews.agreement"): "Cohen's kappa, where reviewers are compared",
}
DISTRIBUTIONS = {
    "google": "googleapis-common-protos",
    "opentelemetry": "opentelemetry-proto",
    "sklearn": "scikit-learn",
    "vl_convert": "vl-convert-python",
}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "misc"}
MOST_LINES = 400
READS_THE_CLOCK = {"now", "utcnow", "today"}
KNOWS_THE_CLOCK = {"cli", "pages"}


class Module(NamedTuple):
    """One file of the package: its dotted name without `feedback.`, and its parsed source."""

    name: str
    is_folder: bool
    source: str
    tree: ast.Module

    @property
    def part(self) -> str:
        """The stage, page or file it belongs to, by which it has its floor."""
        return self.name.split(".")[0]


class Import(NamedTuple):
    """One imported name: the module it is taken from, the name (None: the module itself), and the statement."""

    module: str
    name: str | None
    statement: ast.stmt


@cache
def modules() -> dict[str, Module]:
    """Return every file of the package by dotted name; the package itself has the name ''."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        steps = file.relative_to(PACKAGE).with_suffix("").parts
        is_folder = steps[-1] == "__init__"
        name = ".".join(steps[:-1] if is_folder else steps)
        source = file.read_text(encoding="utf-8")
        found[name] = Module(name, is_folder, source, ast.parse(source))
    return found


def imports(tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Import("." * node.level + (node.module or ""), alias.name, node) for alias in node.names)


def own_imports(module: Module) -> Iterator[Import]:
    """Return imports from the package; `from feedback import x` is an import of the module x."""
    for module_name, name, statement in imports(module.tree):
        if module_name.split(".")[0] != "feedback":
            continue
        inner = module_name.removeprefix("feedback").removeprefix(".")
        as_module = f"{inner}.{name}".removeprefix(".")
        yield Import(as_module, None, statement) if as_module in modules() else Import(inner, name, statement)


def floor_of(part: str) -> int:
    """Return the floor of a part; one that has none is caught by its own test."""
    return next((floor for floor, parts in FLOORS.items() if part in parts), max(FLOORS))


def names_defined(module: Module) -> set[str]:
    """Return what a module defines at its top, and for a folder what it offers in `__all__`."""
    names = set()
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)}
            if module.is_folder and "__all__" in names and isinstance(node.value, ast.List):
                names |= {leaf.value for leaf in node.value.elts if isinstance(leaf, ast.Constant)}
    return names


def libraries(tree: ast.Module) -> set[str]:
    outside = {module.split(".")[0] for module, _, _ in imports(tree)}
    return outside - sys.stdlib_module_names - {"feedback"}


def parts() -> list[Module]:
    """Return every file but the public face of the package."""
    return [module for module in modules().values() if module.name]


def test_every_file_has_a_floor():
    assert {module.part for module in parts()} <= set().union(*FLOORS.values())


def test_imports_point_down_only():
    upwards = [
        f"{module.name} imports {found.module}"
        for module in parts()
        for found in own_imports(module)
        if (other := found.module.split(".")[0]) not in ("", module.part)
        and floor_of(other) >= floor_of(module.part)
        and (module.part, other) not in MAY_MEET
    ]
    assert upwards == []


def test_nothing_imports_the_public_face():
    assert [module.name for module in parts() for found in own_imports(module) if found.module == ""] == []


def test_names_are_taken_from_where_they_are_defined_or_offered():
    elsewhere = [
        f"{module.name} takes {found.name} from {found.module}"
        for module in modules().values()
        for found in own_imports(module)
        if found.module not in modules() or (found.name and found.name not in names_defined(modules()[found.module]))
    ]
    assert elsewhere == []


def test_inside_a_stage_names_are_taken_from_the_defining_file():
    roundabout = [
        f"{module.name} takes {found.name} from its own folder"
        for module in modules().values()
        for found in own_imports(module)
        if found.name and found.module == module.part and found.name in names_borrowed(modules()[module.part])
    ]
    assert roundabout == []


def names_borrowed(module: Module) -> set[str | None]:
    return {found.name for found in imports(module.tree)}


def test_imports_are_absolute_and_of_names():
    loose = [
        f"{module.name} imports {found.name} from {found.module}"
        for module in modules().values()
        for found in imports(module.tree)
        if found.module.startswith(".") or found.name == "*"
    ]
    assert loose == []


def test_the_package_is_imported_at_the_top_of_a_file():
    hidden = [
        f"{module.name} imports {found.module} in line {found.statement.lineno}"
        for module in modules().values()
        for found in own_imports(module)
        if found.statement not in module.tree.body
    ]
    assert hidden == []


def test_libraries_stay_at_home():
    abroad = [
        f"{library} in {module.name}"
        for module in parts()
        for library in libraries(module.tree) & set(HOMES)
        if module.part not in HOMES[library] and (library, module.name) not in GUESTS
    ]
    assert abroad == []


def test_guests_are_still_needed():
    assert [(library, name) for library, name in GUESTS if library not in libraries(modules()[name].tree)] == []


def test_libraries_are_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    wanted = [*project["dependencies"], *(requirement for extra in extras for requirement in extra)]
    declared = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in wanted}
    used = set().union(*(libraries(module.tree) for module in modules().values()))
    assert {DISTRIBUTIONS.get(library, library.replace("_", "-")) for library in used} <= declared


def test_the_root_app_only_calls_the_main_page():
    tree = ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))
    assert {found.module for found in imports(tree)} == {"feedback.pages.main"}
    assert len(tree.body) <= 3


def test_files_are_short():
    lengths = {module.name: len(module.source.splitlines()) for module in modules().values()}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_files_are_named_for_their_subject():
    assert [module.name for module in modules().values() if FORBIDDEN_NAMES & set(module.name.split("."))] == []


def test_files_say_what_they_are_about():
    assert [module.name for module in modules().values() if module.source and not ast.get_docstring(module.tree)] == []


def test_what_is_public_says_what_it_returns():
    silent = [
        f"{module.name}.{node.name}"
        for module in modules().values()
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not is_labelling_function(node)
    ]
    assert silent == []


def is_labelling_function(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Return whether it says what it claims in its registration."""
    called = [decorator.func for decorator in node.decorator_list if isinstance(decorator, ast.Call)]
    return any(isinstance(function, ast.Name) and function.id == "labelling_function" for function in called)


def test_errors_are_caught_by_name():
    too_wide = [
        f"{module.name}, line {node.lineno}"
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and {"Exception", "BaseException", None} & names_in(node.type)
    ]
    assert too_wide == []


def names_in(caught: ast.expr | None) -> set[str | None]:
    return {None} if caught is None else {leaf.id for leaf in ast.walk(caught) if isinstance(leaf, ast.Name)}


def test_nothing_is_printed_or_asserted():
    said = [
        f"{module.name}, line {node.lineno}"
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print")
    ]
    assert said == []


def test_the_clock_is_an_argument():
    read = [
        f"{module.name}, line {node.lineno}"
        for module in parts()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in READS_THE_CLOCK
    ]
    assert [where for where in read if where.split(".")[0] not in KNOWS_THE_CLOCK] == []


def test_randomness_has_a_seed():
    assert [module.name for module in parts() if "random" in {found.module for found in imports(module.tree)}] == []
    drawn = {name for module in parts() for name in re.findall(r"np\.random\.(\w+)", module.source)}
    assert drawn <= {"default_rng", "Generator"}
    assert [module.name for module in parts() if "default_rng()" in module.source] == []


def test_threads_of_polars_call_no_python():
    """Beside a thread that keeps Python to itself while it waits for them, they would wait for ever: the app hung."""
    calls = re.compile(r"\.(map_elements|map_batches|map_groups|rolling_map)\(")
    found = {file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py") if calls.search(file.read_text())}
    # Of the command line alone, where there are no visitors.
    assert found == {"pipeline/preview.py", "pipeline/forget/golden.py"}
