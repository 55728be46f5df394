"""Difficulty of items that nobody has answered, predicted from what they say.

Ridge regression on TF-IDF of the texts (pairs and triples of characters where the language writes
no spaces, words and pairs of words elsewhere) and on what is known of the item: cognitive level,
the expert's difficulty, type, number of options. How well it predicts is measured by nested
cross-validation: the penalty is chosen within, the error taken outside. Where the texts add nothing
to the level the model says so and predicts by the level alone.

The prediction is a prior of the calibration (`Prediction.priors`), with the error of prediction as
its standard deviation: a few dozen answers outweigh it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints
from models.priors import DEFAULT, Priors

LEAST_ITEMS = 20  # to fit anything at all
_PENALTIES = tuple(float(x) for x in np.logspace(-1, 3, 9))
_FOLDS = 5
_SMALLEST_SD = 0.1
_MOST_TERMS = 20_000
_HAN = ("\u3400", "\u9fff")  # the Chinese characters in common use


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFeatures:
    """What is known of items beside their texts; any may be None.

    Attributes
    ----------
    level : cognitive level, such as "K", "A", "E".
    difficulty : the expert's word, such as "easy", "medium", "hard".
    item_type : such as "single_best".
    n_options : number of options, 0 for an open question.
    """

    level: Sequence[str] | None = None
    difficulty: Sequence[str] | None = None
    item_type: Sequence[str] | None = None
    n_options: Sequence[float] | None = None

    def columns(self) -> list[tuple[str, list[Any]]]:
        """Names and values of what is given."""
        names = ("level", "difficulty", "item_type", "n_options")
        given = ((name, getattr(self, name)) for name in names)
        return [(name, list(values)) for name, values in given if values is not None]

    def only_level(self) -> ItemFeatures:
        """Level and the expert's difficulty: the baseline."""
        return replace(self, item_type=None, n_options=None)


@dataclass(frozen=True, slots=True)
class Prediction:
    """Difficulty of items in logits: `mean` and `standard_deviation`, shape (n_items,)."""

    mean: Floats
    standard_deviation: Floats

    def priors(self, base: Priors = DEFAULT) -> Priors:
        """Priors of a calibration with these difficulties in place of the intercepts' prior.

        They weigh as much as about 5 / (a sd)^2 answers, a dozen at a standard deviation of 0.6, so
        that answers soon outweigh them.
        """
        return replace(base, difficulty=(self.mean, self.standard_deviation))


@dataclass(frozen=True, slots=True)
class DifficultyModel:
    """The result of `fit_difficulty_model`.

    Attributes
    ----------
    rmse : root mean square error in logits of items not used in the fit, of the true difficulty:
        the errors of b are taken out where they were given.
    r2 : 1 less mean square error over variance, both of the estimated difficulties.
    level_rmse, level_r2 : the same of level and expert's difficulty alone.
    mean_rmse : the same of predicting every item by the mean.
    uses_text : False where the texts do not predict better than the level alone; the
        predictions are then those of the level, or of the mean where that is better.
    basis : "text", "level" or "mean": what predictions rest on.
    n_items : used in the fit.
    penalty : of the ridge.
    language : "zh" (characters) or "en" (words).
    _fitted : the regression itself.
    """

    rmse: float
    r2: float
    level_rmse: float
    level_r2: float
    mean_rmse: float
    uses_text: bool
    basis: str
    n_items: int
    penalty: float
    language: str
    _fitted: Any

    @property
    def error(self) -> float:
        """Root mean square error of what predictions rest on, in logits."""
        return {"text": self.rmse, "level": self.level_rmse, "mean": self.mean_rmse}[self.basis]

    def predict(self, texts: Sequence[str], features: ItemFeatures | None = None) -> Prediction:
        """Difficulty of new items.

        Raises
        ------
        ValueError
            When `features` lack what the model was fitted with, or lengths differ.
        """
        features = features or ItemFeatures()
        _check_lengths(texts, features)
        mean = self._fitted.predict(texts, features)
        return Prediction(mean, np.full(len(texts), max(self.error, _SMALLEST_SD)))

    def summary(self) -> str:
        """A sentence or two for a log, in English."""
        said = (
            f"{self.n_items} items; error on items not used in the fit: text {self.rmse:.2f} "
            f"logits (R2 {self.r2:.2f}), level alone {self.level_rmse:.2f} (R2 "
            f"{self.level_r2:.2f}), mean alone {self.mean_rmse:.2f}."
        )
        if self.uses_text:
            return said
        return said + f" The texts do not predict difficulty; predictions rest on the {self.basis}."


def fit_difficulty_model(
    texts: Sequence[str],
    features: ItemFeatures | None,
    b: npt.ArrayLike,
    standard_errors: npt.ArrayLike | None = None,
    *,
    language: str | None = None,
    seed: int = 0,
) -> DifficultyModel:
    """Learn to predict difficulty from calibrated items.

    Parameters
    ----------
    texts : of each item, stem and options together.
    features : what else is known of them.
    b : shape (n_items,); calibrated difficulties. Items with nan are left out.
    standard_errors : of b; items known better count for more, as 1 / (s^2 + tau^2) with tau^2 the
        variance of difficulty that no error explains.
    language : "zh" for characters, "en" for words; found from the texts by default.
    seed : of the division into five parts.

    Raises
    ------
    ValueError
        When there are fewer than 20 calibrated items, or lengths differ.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemFeatures, fit_difficulty_model
    >>> rng = np.random.default_rng(0)
    >>> words = np.array(["dose", "shield", "recall", "compare", "evaluate", "artefact"])
    >>> weight = np.array([-0.8, -0.4, -0.6, 0.4, 0.8, 0.6])
    >>> chosen = rng.random((120, 6)) < 0.4
    >>> texts = [" ".join(words[row]) for row in chosen]
    >>> model = fit_difficulty_model(texts, None, chosen @ weight + rng.normal(0, 0.2, 120))
    >>> model.uses_text, model.r2 > 0.7
    (True, True)
    >>> easy, hard = model.predict(["recall dose", "evaluate artefact"]).mean
    >>> bool(easy < -0.5 and hard > 0.5)
    True
    """
    features = features or ItemFeatures()
    _check_lengths(texts, features)
    difficulty = np.asarray(b, dtype=np.float64)
    if difficulty.shape != (len(texts),):
        raise ValueError(f"b must be one number for each of {len(texts)} texts.")
    error = _read_errors(standard_errors, difficulty)
    kept = np.flatnonzero(np.isfinite(difficulty))
    if kept.size < LEAST_ITEMS:
        raise ValueError(
            f"{kept.size} items have a difficulty; a model needs {LEAST_ITEMS} at least, so "
            "calibrate more items first."
        )
    language = language or _language(texts)
    if language not in ("zh", "en"):
        raise ValueError(f"language {language!r} is not known; give 'zh' or 'en'.")
    data = _Data(
        [texts[int(i)] for i in kept], _take(features, kept), difficulty[kept], error[kept]
    )
    kinds = ("text", "level", "mean")
    left_out = {kind: _cross_validated(data, kind, language, seed) for kind in kinds}
    rmse = {kind: _rmse(data, predicted) for kind, predicted in left_out.items()}
    basis = min(kinds, key=lambda kind: (rmse[kind], -kinds.index(kind)))
    if basis == "text" and _r2(data, left_out["text"]) <= 0.0:
        basis = "level" if rmse["level"] < rmse["mean"] else "mean"
    fitted = _Fitted.of(data, basis, language, seed)
    return DifficultyModel(
        rmse=rmse["text"],
        r2=_r2(data, left_out["text"]),
        level_rmse=rmse["level"],
        level_r2=_r2(data, left_out["level"]),
        mean_rmse=rmse["mean"],
        uses_text=basis == "text",
        basis=basis,
        n_items=int(kept.size),
        penalty=fitted.penalty,
        language=language,
        _fitted=fitted,
    )


@dataclass(frozen=True, slots=True)
class _Data:
    texts: list[str]
    features: ItemFeatures
    b: Floats
    error: Floats

    def take(self, rows: Ints) -> _Data:
        texts = [self.texts[i] for i in rows]
        return _Data(texts, _take(self.features, rows), self.b[rows], self.error[rows])

    @property
    def weight(self) -> Floats:
        """Of each item; their mean is 1."""
        noise = self.error**2
        unexplained = max(float(self.b.var() - noise.mean()), 0.05)
        weight = 1.0 / (noise + unexplained)
        result: Floats = weight / weight.mean()
        return result


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Ridge regression and the columns it stands on."""

    vectorizer: Any
    categories: tuple[tuple[str, tuple[Any, ...] | tuple[float, float]], ...]
    ridge: Any
    penalty: float
    centre: float

    @classmethod
    def of(cls, data: _Data, kind: str, language: str, seed: int) -> _Fitted:
        """Fit to all the items, the penalty by cross-validation among them."""
        from sklearn.linear_model import Ridge  # seconds to import: not in web workers

        centre = float(np.average(data.b, weights=data.weight))
        if kind == "mean":
            return cls(None, (), None, float("inf"), centre)
        features = data.features if kind == "text" else data.features.only_level()
        vectorizer = _vectorizer(language) if kind == "text" else None
        try:
            words = None if vectorizer is None else vectorizer.fit_transform(data.texts)
        except ValueError:  # no words at all
            vectorizer = words = None
        categories = _categories(features)
        design = _design(words, categories, features, len(data.texts))
        if design.shape[1] == 0:
            return cls(None, (), None, float("inf"), centre)
        penalty = _best_penalty(design, data, centre, seed)
        ridge = Ridge(alpha=penalty, fit_intercept=True)
        ridge.fit(design, data.b - centre, sample_weight=data.weight)
        return cls(vectorizer, categories, ridge, penalty, centre)

    def predict(self, texts: Sequence[str], features: ItemFeatures) -> Floats:
        """Difficulty in logits."""
        if self.ridge is None:
            return np.full(len(texts), self.centre)
        words = None if self.vectorizer is None else self.vectorizer.transform(texts)
        design = _design(words, self.categories, features, len(texts))
        result: Floats = self.centre + np.asarray(self.ridge.predict(design), dtype=np.float64)
        return result


def _vectorizer(language: str) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    if language == "zh":
        return TfidfVectorizer(
            analyzer="char", ngram_range=(1, 3), max_features=_MOST_TERMS, sublinear_tf=True
        )
    return TfidfVectorizer(ngram_range=(1, 2), max_features=_MOST_TERMS, sublinear_tf=True)


def _categories(features: ItemFeatures) -> tuple[Any, ...]:
    """Words of each feature; of the number of options its mean and deviation."""
    found: list[Any] = []
    for name, values in features.columns():
        if name == "n_options":
            numbers = np.asarray(values, dtype=np.float64)
            found.append((name, (float(numbers.mean()), max(float(numbers.std()), 1e-9))))
        else:
            found.append((name, tuple(sorted(set(values)))))
    return tuple(found)


def _design(words: Any, categories: tuple[Any, ...], features: ItemFeatures, n: int) -> Any:
    """Columns of the regression, sparse."""
    from scipy.sparse import csr_array, hstack

    given = dict(features.columns())
    columns = [] if words is None else [csr_array(words)]
    for name, known in categories:
        if name not in given:
            raise ValueError(f"the model was fitted with {name}; give it for these items, too.")
        if name == "n_options":
            mean, spread = known
            values = (np.asarray(given[name], dtype=np.float64)[:, None] - mean) / spread
            columns.append(csr_array(values if spread > 1e-8 else np.zeros((n, 1))))
        else:  # a word that was never met has no column: the average item
            columns.append(
                csr_array([[float(value == word) for word in known] for value in given[name]])
            )
    return hstack(columns, format="csr") if columns else csr_array((n, 0))


def _best_penalty(design: Any, data: _Data, centre: float, seed: int) -> float:
    """The penalty with the least cross-validated error."""
    from sklearn.linear_model import Ridge

    loss = np.zeros(len(_PENALTIES))
    weight = data.weight
    for train, test in _folds(data.b.size, seed + 1):
        for number, penalty in enumerate(_PENALTIES):
            ridge = Ridge(alpha=penalty)
            ridge.fit(design[train], data.b[train] - centre, sample_weight=weight[train])
            residual = data.b[test] - centre - ridge.predict(design[test])
            loss[number] += float((weight[test] * residual**2).sum())
    return _PENALTIES[int(loss.argmin())]


def _cross_validated(data: _Data, kind: str, language: str, seed: int) -> Floats:
    """Prediction of each item by a model that has not seen it."""
    predicted = np.empty(data.b.size)
    for train, test in _folds(data.b.size, seed):
        part = data.take(test)
        fitted = _Fitted.of(data.take(train), kind, language, seed)
        features = part.features if kind == "text" else part.features.only_level()
        predicted[test] = fitted.predict(part.texts, features)
    return predicted


def _folds(n: int, seed: int) -> list[tuple[Ints, Ints]]:
    order = np.random.default_rng(seed).permutation(n)
    return [(np.setdiff1d(order, test), np.sort(test)) for test in np.array_split(order, _FOLDS)]


def _rmse(data: _Data, predicted: Floats) -> float:
    """Of the true difficulty: the mean square error less that of the estimates."""
    weight = data.weight
    square = np.average((data.b - predicted) ** 2 - data.error**2, weights=weight)
    return float(np.sqrt(max(square, 0.0)))


def _r2(data: _Data, predicted: Floats) -> float:
    weight = data.weight
    centre = np.average(data.b, weights=weight)
    variance = np.average((data.b - centre) ** 2, weights=weight)
    error = np.average((data.b - predicted) ** 2, weights=weight)
    return 1.0 - float(error / variance) if variance > 0 else 0.0


def _check_lengths(texts: Sequence[str], features: ItemFeatures) -> None:
    for name, values in features.columns():
        if len(values) != len(texts):
            raise ValueError(f"{name} has {len(values)} entries, and there are {len(texts)} texts.")


def _read_errors(given: npt.ArrayLike | None, b: Floats) -> Floats:
    if given is None:
        return np.zeros(b.size)
    errors = np.asarray(given, dtype=np.float64)
    if errors.shape != b.shape:
        raise ValueError(f"standard_errors must be one number for each of {b.size} items.")
    known = np.isfinite(errors)
    # an error that is not known is taken for a large one
    return np.where(known, np.abs(errors), 1.0)


def _take(features: ItemFeatures, rows: Ints) -> ItemFeatures:
    return ItemFeatures(**{name: [values[i] for i in rows] for name, values in features.columns()})


def _language(texts: Sequence[str]) -> str:
    """Whichever most letters are of."""
    text = "".join(texts)
    han = sum(_HAN[0] <= letter <= _HAN[1] for letter in text)
    return "zh" if han > 0.2 * max(1, len(text)) else "en"
