"""The pictures of the app in docs/app, made anew: `uv run --group browser python tests/browser/take_pictures.py`.

What is watched is shown of the demo as it is, what is curated of the demo with reviews, a golden set and two versions.
`--store DIR` takes all of them of another store, which is copied.
"""

import argparse
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from app_window import CHROMIUM, FLAGS, Window, serve
from PIL import Image
from playwright.sync_api import sync_playwright

from feedback.pipeline import draw_reviews, fit_labels, import_reviews
from feedback.pipeline.candidates import draw_golden_candidates
from feedback.pipeline.demo import bundled_file, demo_clock, load_demo
from feedback.pipeline.golden import import_results, make_version, read_golden
from feedback.pipeline.golden_examples import Wanted, add_reviewed
from feedback.store import Store

OUT = Path(__file__).parents[2] / "docs" / "app"
MOST_BYTES = 150_000
SIZE = {"width": 1440, "height": 900}
COLORS = (256, 128, 64, 32)
ANSWER = "You can return it within 30 days of delivery; the money goes back to the card you paid with."
WATCHED = {"overview": "/", "incidents": "/incidents", "segments": "/segments", "alarms": "/alarms"}
CURATED = {
    "examples": "/examples",
    "golden-to-do": "/golden",
    "golden": "/golden?view=coverage",
    "golden-export": "/golden?view=export&target=inspect_ai&version=2",
    "labels": "/labels",
    "health": "/health",
}


def fill(store: Store) -> None:
    """Fill the demo as some mornings would: reviews by two people, candidates, versions, an evaluation.

    What the reviewers say is the truth the log was simulated with; one of them errs now and then.
    """
    truth = dict(pl.read_parquet(bundled_file("truth")).select("interaction_id", "is_good").iter_rows())
    sheet = draw_reviews(store, k=150, seed=1, clock=demo_clock)
    judge(store, sheet.head(130), truth, by="ann", errs=20)
    judge(store, sheet.head(45), truth, by="bob", errs=7)
    fit_labels(store, clock=demo_clock)
    drawn = draw_golden_candidates(store, k=40, seed=7, clock=demo_clock)
    judge(store, drawn.sheet.head(16), truth, by="ann", errs=100)
    add_reviewed(store, by="ann", clock=demo_clock, wanted=Wanted(label="bad"))
    make_version(store, by="ann", clock=demo_clock, note="failures of September")
    add_reviewed(store, by="ann", clock=demo_clock, wanted=Wanted(draw_id=drawn.candidates["draw_id"][0]))
    make_version(store, by="bob", clock=demo_clock, note="with the candidates of this week")
    passed = read_golden(store).select("example_id", passed=pl.int_range(pl.len()) % 5 != 0)
    with TemporaryDirectory() as scratch:
        passed.write_csv(Path(scratch) / "nightly.csv")
        import_results(store, Path(scratch) / "nightly.csv", by="ann", clock=demo_clock)


def judge(store: Store, sheet: pl.DataFrame, truth: dict[str, bool], *, by: str, errs: int) -> None:
    """Judge what is on a sheet by the truth, one in `errs` the other way round; every third bad one is corrected."""
    rows = []
    for n, (draw, item) in enumerate(sheet.select("draw_id", "interaction_id").iter_rows()):
        is_good = truth[item] == bool(n % errs)
        corrected = None if is_good or n % 3 else ANSWER
        rows.append({"draw_id": draw, "interaction_id": item, "verdict": "good" if is_good else "bad",
                     "reviewer": by, "corrected_text": corrected})  # fmt: skip
    with TemporaryDirectory() as scratch:
        pl.DataFrame(rows, infer_schema_length=None).write_csv(Path(scratch) / f"{by}.csv")
        import_reviews(store, [Path(scratch) / f"{by}.csv"], clock=demo_clock)


def take_watched(window: Window, out: Path) -> None:
    for name, where in WATCHED.items():
        keep(window.open(where), out / f"{name}.png")
    window.open("/segments").click_row("Most telling examples")
    window.wait_for_title("Interaction")
    keep(window, out / "interaction.png")


def take_empty(window: Window, out: Path) -> None:
    keep(window.open(), out / "empty.png")


def take_curated(window: Window, out: Path) -> None:
    for name, where in CURATED.items():
        keep(window.open(where), out / f"{name}.png", prepare=preview if name == "golden-export" else None)
    window.open("/review").write("Reviewer", "eve")
    window.wait_for_text("The AI answered")
    keep(window, out / "review.png")
    window.press("b")
    window.click_text("Evidence")
    window.page.mouse.move(0, 0)
    keep(window, out / "review-after.png")


def preview(window: Window) -> None:
    window.click("Preview")
    window.wait_for_text("What will be written")


def keep(window: Window, file: Path, *, prepare: Callable[[Window], None] | None = None) -> None:
    """Save a picture of the page, small: with so few colours that it is no larger than `MOST_BYTES`."""
    if prepare:
        prepare(window)
    height = window.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    window.page.set_viewport_size({**SIZE, "height": min(max(height, SIZE["height"]), 1_800)})
    window.page.wait_for_timeout(1_500)
    file.write_bytes(shrink(window.page.screenshot()))
    window.page.set_viewport_size(SIZE)


def shrink(picture: bytes) -> bytes:
    """Return a picture as a PNG with the most colours that keep it within `MOST_BYTES`."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    for n_colors in COLORS:
        written = BytesIO()
        image.quantize(n_colors, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        if written.tell() <= MOST_BYTES:
            break
    return written.getvalue()


def photograph(store: Path, out: Path, *takes: Callable[[Window, Path], None]) -> None:
    """Take pictures of an app on a store, which asks nobody outside meanwhile."""
    with serve(store) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        window = Window(browser, address, size=SIZE)
        for take in takes:
            take(window, out)
        browser.close()
    if window.outside:
        raise SystemExit(f"the app asked others for {window.outside}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, help="a store to copy; the demo when left out")
    parser.add_argument("--out", type=Path, default=OUT)
    told = parser.parse_args()
    told.out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "store"
        if told.store:
            shutil.copytree(told.store, folder)
            photograph(folder, told.out, take_watched, take_curated)
            return
        photograph(Path(scratch) / "none", told.out, take_empty)
        store = load_demo(folder)
        photograph(folder, told.out, take_watched)
        fill(store)
        photograph(folder, told.out, take_curated)


if __name__ == "__main__":
    main()
