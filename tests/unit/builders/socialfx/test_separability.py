from __future__ import annotations

import numpy as np
import pytest

from hueset_builders.socialfx.separability import (
    davies_bouldin,
    measure_separability,
    pairwise_distances,
    silhouette_samples,
)
from hueset_builders.socialfx.wordmap import nearest_words, word_map


def clouds(apart: float, rows: int = 12, seed: int = 3) -> tuple[np.ndarray, list[str]]:
    generator = np.random.default_rng(seed)
    centres = np.repeat(np.arange(3)[:, None] * apart, 5, axis=1)
    vectors = np.concatenate([generator.normal(centre, size=(rows, 5)) for centre in centres])
    return vectors, [name for name in "abc" for _ in range(rows)]


def test_both_indices_equal_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    generator = np.random.default_rng(7)
    vectors = generator.normal(size=(200, 40))
    ids = np.concatenate([np.arange(60), generator.integers(0, 60, size=140)])
    ours = silhouette_samples(pairwise_distances(vectors), ids)
    assert np.allclose(ours, metrics.silhouette_samples(vectors, ids), atol=1e-9)
    assert davies_bouldin(vectors, ids) == pytest.approx(
        metrics.davies_bouldin_score(vectors, ids), rel=1e-9
    )


def test_a_label_with_one_row_has_silhouette_0() -> None:
    distances = pairwise_distances(np.array([[0.0], [1.0], [9.0]]))
    assert silhouette_samples(distances, np.array([0, 0, 1]))[2] == 0.0


def test_equal_rows_lie_at_distance_0() -> None:
    row = np.random.default_rng(1).normal(size=40) * 1e3
    assert (pairwise_distances(np.stack([row, row, row])) == 0).all()


def test_clouds_that_lie_apart_beat_chance() -> None:
    vectors, labels = clouds(apart=8.0)
    found = measure_separability(vectors, labels, permutations=99, seed=1)
    assert found.silhouette.value > 0.7 > found.silhouette.chance_mean
    assert found.silhouette.p_value == found.davies_bouldin.p_value == 0.01
    assert found.davies_bouldin.value < found.davies_bouldin.chance_mean
    assert set(found.by_label) == {"a", "b", "c"}


def test_labels_without_meaning_do_not_beat_chance() -> None:
    vectors, labels = clouds(apart=0.0)
    found = measure_separability(vectors, labels, permutations=99, seed=1)
    assert abs(found.silhouette.value - found.silhouette.chance_mean) < 0.1
    assert found.silhouette.p_value > 0.05


def test_the_baseline_is_seeded() -> None:
    vectors, labels = clouds(apart=1.0)
    first = measure_separability(vectors, labels, permutations=20, seed=5)
    assert measure_separability(vectors, labels, permutations=20, seed=5) == first
    assert measure_separability(vectors, labels, permutations=20, seed=6) != first


@pytest.mark.parametrize("labels", [["a", "a", "b"], ["a", "a", "a"]])
def test_a_label_with_one_row_or_alone_cannot_be_compared(labels: list[str]) -> None:
    with pytest.raises(ValueError, match="two labels or more"):
        measure_separability(np.zeros((3, 2)), labels, permutations=1, seed=1)


def test_the_map_keeps_the_two_widest_directions_and_is_centred() -> None:
    generator = np.random.default_rng(2)
    curves = generator.normal(size=(50, 6)) * np.array([9.0, 4.0, 0.1, 0.1, 0.1, 0.1])
    plane = word_map(curves)
    assert np.allclose(plane.mean(axis=0), 0.0, atol=1e-12)
    assert abs(np.corrcoef(plane[:, 0], curves[:, 0])[0, 1]) > 0.99
    assert abs(np.corrcoef(plane[:, 1], curves[:, 1])[0, 1]) > 0.95


def test_an_axis_points_where_its_heaviest_parameter_grows() -> None:
    for seed in range(8):
        curves = np.random.default_rng(seed).normal(size=(50, 4)) * np.array([9.0, 1.0, 0.1, 0.1])
        assert np.corrcoef(word_map(curves)[:, 0], curves[:, 0])[0, 1] > 0.9
        assert np.corrcoef(word_map(-curves)[:, 0], -curves[:, 0])[0, 1] > 0.9


def test_the_map_does_not_depend_on_the_order_of_the_words() -> None:
    curves = np.random.default_rng(2).normal(size=(30, 6))
    order = np.random.default_rng(3).permutation(30)
    assert np.allclose(word_map(curves)[order], word_map(curves[order]), atol=1e-9)


def test_the_map_of_equal_curves_is_one_point() -> None:
    assert (word_map(np.ones((4, 6))) == 0).all()
    assert word_map(np.ones((1, 6))).shape == (1, 2)


def test_neighbours_are_the_nearest_others_and_ties_go_by_the_word() -> None:
    found = nearest_words(["d", "b", "c", "a"], np.array([[0.0], [1.0], [-1.0], [5.0]]), count=2)
    assert found[0] == [("b", 1.0), ("c", 1.0)]
    assert found[3] == [("b", 4.0), ("d", 5.0)]
