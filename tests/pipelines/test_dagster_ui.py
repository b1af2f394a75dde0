"""What trust IT sees in Dagster's UI, in Chromium: each page that the pictures in docs/ show, with its words."""

import pytest

from tests.pipelines.dagster_pictures import FOLDER, RED, a_census_morning, browser, pages, shown
from tests.pipelines.front_door import FAULTY

PICTURES = ("asset", "automation", "check", "graph", "partitions", "red-school", "runs", "trust-run")


def test_every_picture_is_there_and_none_that_no_page_is_of():
    assert sorted(path.stem for path in FOLDER.glob("*.png")) == sorted(PICTURES)


@pytest.mark.server
@pytest.mark.nightly
def test_each_page_says_in_words_what_happened_and_what_to_do(tmp_path):
    with a_census_morning(tmp_path / "home") as (demo, url), browser(url) as page:
        said = {}
        for name, (path, words) in pages(demo).items():
            shown(page, path, words)
            said[name] = page.locator("body").inner_text()
    assert sorted(said) == sorted(PICTURES)
    assert f"({FAULTY}), 2026-autumn: 2 blocking errors. Correct in the MIS" in said["check"]
    assert all(urn in said["partitions"] for urn in demo.installation.trust.schools)
    assert "Failed (1)" in said["partitions"]
    assert f"1 of 7 schools failed: {RED}. The others are prepared." in said["trust-run"]
    assert f"school {RED}: the MIS no longer accepts this application and secret" in said["red-school"]
    assert {"data-managers", "mis", "reading_seconds", "certificate"} <= set(said["asset"].split())
