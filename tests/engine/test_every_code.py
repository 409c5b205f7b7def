"""Every code of the catalogue: a sample that is told, and the nearest sound thing of which it is not told."""

import pytest
import samples_books
import samples_cells
import samples_files
import samples_sent

from schemas import loader

SAMPLES = {**samples_cells.SAMPLES, **samples_books.SAMPLES, **samples_files.SAMPLES, **samples_sent.SAMPLES}


@pytest.mark.parametrize("code", SAMPLES)
def test_the_code_is_told(code):
    assert code in SAMPLES[code][0]()


@pytest.mark.parametrize("code", SAMPLES)
def test_the_nearest_sound_thing_is_not_told(code):
    assert code not in SAMPLES[code][1]()


def test_no_code_is_without_samples():
    assert sorted(set(loader.issue_texts()) - set(SAMPLES)) == []
