"""Batches of crops: where they come from, how often, and that step and key alone decide."""

import jax
import numpy as np
import pytest

from nesym._errors import GridError, InputError, MissingValuesError
from nesym.train import Fields


def numbered(shape, start=0):
    """Every cell has its own number."""
    return np.arange(start, start + np.prod(shape), dtype=np.float32).reshape(shape)


def symmetries(square):
    return [np.rot90(flipped, turns) for flipped in (square, square[:, ::-1]) for turns in range(4)]


def test_a_crop_is_a_window_of_a_field_under_a_symmetry_of_the_square():
    fields = numbered((5, 11, 9))
    batch = Fields(fields, batch=60, crop=4)(0, 0)
    assert batch.shape == (60, 4, 4) and batch.dtype == np.float32
    kinds = set()
    for crop in batch:
        t, y, x = np.unravel_index(int(crop.min()), fields.shape)
        window = fields[t, y : y + 4, x : x + 4]
        kinds.add(next(i for i, s in enumerate(symmetries(window)) if np.array_equal(s, crop)))
    assert kinds == set(range(8))


@pytest.mark.parametrize(("flips", "turns", "kinds"), [(False, False, 1), (True, False, 4), (False, True, 2)])
def test_symmetries_are_a_choice(flips, turns, kinds):
    square = numbered((1, 3, 3))
    batch = Fields(square, batch=100, crop=3, flips=flips, turns=turns)(0, 0)
    assert len(np.unique(batch, axis=0)) == kinds
    if kinds == 1:
        assert np.array_equal(batch[0], square[0])


def test_frames_and_windows_are_equally_likely():
    """Of 40,000 draws each of 3 frames x 2 x 4 windows has 1/24, to four standard deviations."""
    draws = Fields(numbered((3, 3, 6)), batch=40_000, crop=(2, 3), turns=False)(3, 1)
    counts = np.unique(draws.min((1, 2)), return_counts=True)[1]
    assert len(counts) == 24
    assert np.abs(counts / 40_000 - 1 / 24).max() < 4 * np.sqrt(1 / 24 / 40_000)


def shares(weights, n=20_000):
    """How often crops come from each of the frames of two events, of 2 and 3 frames."""
    events = [
        np.arange(2.0)[:, None, None] * np.ones((2, 4, 4)),
        2 + np.arange(3.0)[:, None, None] * np.ones((3, 5, 6)),
    ]
    drawn = Fields(events, batch=n, crop=4, weights=weights)(0, 0)[:, 0, 0].astype(int)
    return np.bincount(drawn, minlength=5) / n


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (None, [0.2, 0.2, 0.2, 0.2, 0.2]),
        ([1.0, 3.0], [1 / 8, 1 / 8, 1 / 4, 1 / 4, 1 / 4]),
        ([0, 1], [0, 0, 1 / 3, 1 / 3, 1 / 3]),
        ([np.array([3.0, 0.0]), np.array([0.0, 1.0, 0.0])], [3 / 4, 0, 0, 1 / 4, 0]),
        ([1.0, np.array([0.0, 1.0, 2.0])], [1 / 8, 1 / 8, 0, 1 / 4, 1 / 2]),
    ],
)
def test_events_and_frames_have_their_weights(weights, expected):
    found = shares(weights)
    assert found == pytest.approx(expected, abs=0.015)
    assert not found[np.array(expected) == 0].any()


def test_draws_depend_on_step_and_key_alone():
    fields = Fields(numbered((50, 40, 40)), batch=8, crop=16)
    first = fields(7, 3)
    fields(8, 3)
    assert np.array_equal(fields(7, 3), first)
    assert np.array_equal(Fields(numbered((50, 40, 40)), batch=8, crop=16)(7, 3), first)
    with jax.enable_x64(False):
        assert np.array_equal(fields(7, 3), first)
    assert not np.array_equal(fields(6, 3), first) and not np.array_equal(fields(7, 4), first)


def test_channels_and_other_numbers_come_along():
    """Channel c holds c more than the first: they are cut and turned together."""
    fields = (numbered((4, 9, 9))[..., None] + [0, 1000]).astype(np.int32)
    batch = Fields(fields, batch=5, crop=6)(0, 0)
    assert batch.shape == (5, 6, 6, 2) and batch.dtype == np.float32
    assert np.array_equal(batch[..., 1], batch[..., 0] + 1000)


def test_its_configuration_names_what_decides_the_draws():
    def configuration(fields=None, **how):
        return Fields(
            numbered((4, 9, 9)) if fields is None else fields, **({"batch": 2, "crop": 4} | how)
        ).configuration

    base = configuration()
    assert base == configuration()
    others = [
        configuration(**{name: value})
        for name, value in {"batch": 3, "crop": 5, "flips": False, "turns": False}.items()
    ]
    others += [configuration(weights=[[0, 1, 1, 1]]), configuration(numbered((4, 9, 9), 1))]
    assert all(base != other for other in others)


def holed():
    fields = numbered((3, 8, 8))
    fields[2, 4, 4] = np.nan
    return fields


@pytest.mark.parametrize(
    ("fields", "how", "error", "remedy"),
    [
        (holed(), {}, MissingValuesError, "Fill them first"),
        (numbered((3, 8, 3)), {}, GridError, "smaller `crop`"),
        (numbered((3, 8, 8)), {"crop": (4, 3)}, GridError, "turns=False"),
        (numbered((8, 8)), {}, InputError, "Give one such array"),
        (numbered((0, 8, 8)), {}, InputError, "at least one time step"),
        ([numbered((3, 8, 8)), numbered((3, 8, 8, 2))], {}, InputError, "Give one such array"),
        ([], {}, InputError, "Give one such array"),
        (numbered((3, 8, 8)), {"batch": 0}, InputError, "batch >= 1"),
        (numbered((3, 8, 8)), {"weights": [1, 1]}, InputError, "Give `weights`"),
        (numbered((3, 8, 8)), {"weights": [0]}, InputError, "Give `weights`"),
        (numbered((3, 8, 8)), {"weights": [[1, -1, 1]]}, InputError, "Give `weights`"),
        (numbered((3, 8, 8)), {"weights": [np.ones(2)]}, InputError, "Give `weights`"),
    ],
)
def test_bad_fields_are_refused(fields, how, error, remedy):
    with pytest.raises(error) as raised:
        Fields(fields, **({"crop": 4} | how))
    assert remedy in raised.value.remedy
