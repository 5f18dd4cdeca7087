"""Pictures of a benchmark: what their axes say."""

import numpy as np
import pytest

from nesym.report.benchmark_figures import curve_figure, error_figure
from nesym.verify import Score, Table


def names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.mark.parametrize("smallest, least", [(2e-9, 4), (0.3, 2)])
def test_powers_of_ten_are_text(smallest, least):
    rows = tuple({"method": m, "CME": Score(v, v / 3, 1.2 * v)} for m, v in (("a", smallest), ("b", 0.8)))
    axes = error_figure(Table("t", ("method", "CME"), rows)).axes[0]
    found = names(axes.xaxis)
    assert (
        len(found) >= least
        and all(name == "1" or name.startswith("10") for name in found)
        and "$" not in "".join(found)
    )
    curve = np.arange(1.0, 9.0), np.geomspace(1, 1e-5, 8)
    assert "10⁻⁴" in names(curve_figure({"a": curve}).axes[0].yaxis)
