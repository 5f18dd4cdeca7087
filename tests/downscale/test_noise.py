"""The named noise of a time step: streams that share nothing, members that do not depend on each other."""

import jax
import numpy as np
import pytest

from nesym.downscale.noise import Noise
from nesym.fields.memory import independent

SHAPE = (32, 48)
ONE = independent(np.array([1000]))


def noise(members=4, key=0) -> Noise:
    return Noise(jax.random.key(key), np.arange(members), ONE.names[0], ONE.weights[0])


def likeness(a, b) -> float:
    """Largest correlation between any two fields of the two sets."""
    a, b = (np.asarray(x).reshape(len(x), -1) for x in (a, b))
    return float(np.abs(a @ b.T / a.shape[1]).max())


def test_streams_share_nothing_with_each_other_or_with_smooth_fields():
    streams = [noise().white(SHAPE, stream) for stream in range(3)]
    assert all(w.shape == (4, *SHAPE) and w.dtype == np.float32 for w in streams)
    assert all(np.var(w) == pytest.approx(1, abs=0.1) for w in streams)
    smooth = noise().fields(np.float32(0.0), SHAPE, longest=1e9, margin=0)
    for i, a in enumerate(streams):
        for b in [*streams[:i], smooth]:
            assert likeness(a, b) < 5 / np.sqrt(a[0].size)


def test_the_first_stream_is_the_usual_one():
    np.testing.assert_array_equal(noise().white(SHAPE), noise().white(SHAPE, 0))


@pytest.mark.parametrize("stream", [0, 2])
def test_a_member_does_not_depend_on_the_others(stream):
    several = np.asarray(noise(4).white(SHAPE, stream))
    np.testing.assert_array_equal(noise(2).white(SHAPE, stream), several[:2])
    assert likeness(several[:1], several[1:]) < 5 / np.sqrt(several[0].size)


def test_keys_streams_and_members_are_told_apart():
    """Stream 1 of key 0 is not stream 0 of key 1, nor member 1 of stream 0."""
    found = {
        np.asarray(noise(2, key).white(SHAPE, stream))[member].tobytes()
        for key in (0, 1)
        for stream in (0, 1)
        for member in (0, 1)
    }
    assert len(found) == 8
