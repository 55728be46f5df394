"""What holds for every figure of the shipped banks."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from itembank.figures.__main__ import DATA, encode, main
from itembank.figures.registry import FIGURES

GIVEAWAYS = (
    "artefact",
    "artifact",
    "alias",
    "shadow",
    "enhance",
    "reverberation",
    "ghost",
    "zipper",
    "moire",
    "cupping",
    "overfit",
    "stenosis",
    "refraction",
    "伪影",
    "混叠",
    "声影",
    "混响",
    "镜像",
    "增强",
)


@pytest.fixture(scope="module", params=sorted(FIGURES))
def drawn(request):
    figure = FIGURES[request.param]
    return figure, figure.draw()


def test_there_are_enough_figures_for_both_banks():
    banks = [figure.bank for figure in FIGURES.values()]
    assert banks.count("radiographer") >= 18
    assert banks.count("sonographer") >= 14


def test_committed_file_is_what_the_program_draws(drawn):
    figure, pixels = drawn
    stored = np.asarray(Image.open(DATA / figure.bank / figure.asset))
    assert stored.shape == pixels.shape
    # The last bit of a sum may differ between processors: a few pixels may fall one step aside.
    assert (stored != pixels).mean() < 0.001


@pytest.mark.parametrize(
    "name", ["ct-noise-pair", "dr-moire", "us-cyst", "us-mmode", "us-colour-alias"]
)
def test_same_program_writes_the_same_bytes(name):
    first, second = (encode(FIGURES[name].draw()) for _ in range(2))
    assert first == second


def test_file_is_small_and_eight_bit(drawn):
    _, pixels = drawn
    data = encode(pixels)
    assert len(data) < 150 * 1024
    assert Image.open(BytesIO(data)).mode in ("L", "RGB")
    assert 280 <= pixels.shape[1] <= 730


def test_picture_uses_the_grey_scale(drawn):
    _, pixels = drawn
    assert pixels.max() > 200
    assert pixels.min() < 20


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda f: f.name)
def test_words_stand_in_both_languages_and_say_simulated(figure):
    assert figure.caption["en"].startswith("Simulated. ")
    assert figure.caption["zh"].startswith("模拟图。")
    for words in (figure.title, figure.alt, figure.caption):
        assert set(words) == {"en", "zh"}
        assert all(words.values())
    assert len(figure.alt["en"]) <= 130


@pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda f: f.name)
def test_words_do_not_name_the_effect(figure):
    text = " ".join([*figure.title.values(), *figure.alt.values(), *figure.caption.values()])
    assert not [word for word in GIVEAWAYS if word in text.lower()]


def test_unknown_figure_is_refused_by_name(capsys):
    with pytest.raises(SystemExit):
        main(["no-such-figure"])
    assert "no figure is called no-such-figure" in capsys.readouterr().err


def test_listing_gives_the_words_as_json(capsys):
    assert main(["--list", "ct-ring"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["asset"] == "figures/ct-ring.png"
    assert entry["caption"]["en"].startswith("Simulated")


def test_one_figure_can_be_written_elsewhere(tmp_path, capsys):
    assert main(["ai-confusion", "--data", str(tmp_path)]) == 0
    assert (tmp_path / "radiographer/figures/ai-confusion.png").stat().st_size > 500
    assert "ai-confusion" in capsys.readouterr().out
