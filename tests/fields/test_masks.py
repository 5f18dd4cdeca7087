import numpy as np
import pytest

from nesym._errors import InputError
from nesym.fields import masked, observed, observed_fraction


def test_observed_is_true_where_there_is_a_value(make_plane):
    da = make_plane()
    da[0, 1, 2] = np.nan
    mask = observed(da.chunk())
    assert mask.chunks is not None
    assert mask.dtype == bool
    assert int((~mask).sum()) == 1
    assert not mask[0, 1, 2]


def test_masking_keeps_what_is_observed(make_plane):
    da = make_plane()
    mask = da > 1
    out = masked(da, mask)
    np.testing.assert_array_equal(observed(out), mask)
    np.testing.assert_array_equal(out.values[mask.values], da.values[mask.values])


def test_fraction_is_by_area(make_globe):
    da = make_globe([-60.0, 0.0, 60.0], [0.0, 10.0])
    da[0, 0] = np.nan
    np.testing.assert_allclose(observed_fraction(observed(da)), [0.75, 1.0])


@pytest.mark.parametrize("function", [lambda m: masked(m, m), observed_fraction])
def test_numbers_are_no_mask(make_plane, function):
    with pytest.raises(InputError) as caught:
        function(make_plane())
    assert "mask == 1" in caught.value.remedy
