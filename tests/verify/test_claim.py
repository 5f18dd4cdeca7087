"""Claims: one function says whether they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nesym._errors import InputError
from nesym.verify import Asked, Claim, claims_table


@pytest.mark.parametrize(
    ("asked", "measured", "expected"),
    [
        ("<= 0.70", 0.7, True), ("<= 0.70", 0.71, False), ("< 1", 1.0, False), (">= -2e-3", -0.002, True),
        ("> 0", 0.0, False), ("== 24", 24, True), ("in [0.8, 1.25]", 1.25, True), ("in [0.8, 1.25]", 0.79, False),
        ("<= 1", float("nan"), False), ("in [0, 1]", float("nan"), False), ("<= 1", None, None),
    ],
)  # fmt: skip
def test_holds_by_value(asked, measured, expected):
    assert Claim("C1", "a claim", asked, measured).holds is expected


@pytest.mark.parametrize(
    ("asked", "interval", "expected"),
    [
        ("<= 0.7", (0.6, 0.7), True), ("<= 0.7", (0.6, 0.8), False), ("> 0", (0.1, 0.2), True),
        ("> 0", (-0.1, 0.2), False), ("in [0, 1]", (0.0, 1.0), True), ("in [0, 1]", (-0.1, 0.5), False),
        ("<= 0.7", None, None),
    ],
)  # fmt: skip
def test_holds_by_interval_asks_for_all_of_it(asked, interval, expected):
    claim = Claim("C1", "a claim", asked, 0.65, interval=interval, by="interval")
    assert claim.holds is expected
    assert (claim.verdict == "no interval") == (interval is None)


def test_not_measured_says_why():
    claim = Claim("C2", "needs a network", "<= 1", None, reason="not trained here")
    assert claim.holds is None
    assert claim.verdict == "not measured"
    assert Claim("C3", "no reason given", "<= 1").reason == "not measured"


def test_a_score_without_an_interval_makes_a_claim_without_one():
    claim = Claim("C4", "one block of time", "<= 1", 0.5, interval=(None, None))
    assert claim.interval is None
    assert claim.holds is True


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite, finite, st.one_of(st.none(), st.floats(allow_nan=True)), st.sampled_from(["value", "interval"]))
def test_json_round_trip(low, high, measured, by):
    low, high = sorted((low, high))
    claim = Claim(
        "H1", "text with \"quotes\" and μ", Asked("in", low, high), measured, published="0.65 ± 0.1", baseline=0.3,
        n=290, interval=(low, high), required=True, by=by,
    )  # fmt: skip
    again = Claim.from_json(claim.to_json())
    assert repr(again) == repr(claim)
    assert again.holds is claim.holds


def test_holds_is_computed_not_read():
    written = Claim("C", "t", "<= 1", 0.5).to_json().replace('"holds": true', '"holds": false')
    assert Claim.from_json(written).holds is True


def test_table():
    claims = [
        Claim("H1", "CRPS over MAE", "<= 0.7", 0.65, 0.69, 1.0, 290, (0.6, 0.68), required=True),
        Claim("H2", "spectra", "<= 0.1", 0.2, required=True),
        Claim("H3", "a network", "<= 0.1", reason="no weights"),
    ]  # fmt: skip
    table = claims_table(claims)
    assert table.columns == ("claim", "published", "asked", "measured", "baseline", "n", "interval", "holds")
    assert table.rows[0]["interval"] == "[0.600, 0.680]"
    assert [row["holds"] for row in table.rows] == [True, False, "not measured"]
    assert table.rows[2]["measured"] == "no weights"
    assert "H2" in table.caption and "H1" not in table.caption and "H3" not in table.caption


def test_a_number_may_be_reported_and_nothing_asked():
    claim = Claim("C5", "who wins", None, 0.5, interval=(0.4, 0.6))
    assert claim.holds is None and claim.verdict == "reported"
    assert Claim.from_json(claim.to_json()) == claim
    row = claims_table([claim]).rows[0]
    assert row["asked"] is None and row["holds"] == "reported"


def test_bad_input():
    for asked in ("about 3", "<= ", "in [1]", "0.7", "in [1, 2", "<= 1 or so"):
        with pytest.raises(InputError, match=r"Write '<= 0\.7'"):
            Claim("C", "t", asked)
    with pytest.raises(InputError, match="Write it as text"):
        Asked("in", 1.0)
    with pytest.raises(InputError, match="lower end first"):
        Claim("C", "t", "<= 1", 0.5, interval=(1.0, 0.0))
    with pytest.raises(InputError, match='by="value"'):
        Claim("C", "t", "<= 1", 0.5, by="eye")
