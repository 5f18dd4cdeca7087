import numpy as np
import pytest
import xarray as xr

from nesym._errors import InputError, VariableError
from nesym.fields.quantities import find_variable, quantity_of


def dataset(**variables):
    return xr.Dataset({name: (("y", "x"), np.zeros((2, 2)), attrs) for name, attrs in variables.items()})


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"pr": {"units": "mm"}, "tas": {"units": "K"}}, "pr"),
        ({"a": {"standard_name": "precipitation_flux"}, "b": {}}, "a"),
        ({"RAIN_RATE": {}, "tas": {}}, "RAIN_RATE"),
        ({"whatever": {"units": "mm h-1"}}, "whatever"),
    ],
)
def test_rain_is_found_by_its_names_or_as_the_only_field(variables, found):
    assert find_variable(dataset(**variables), "pr").name == found


def test_the_named_variable_is_taken():
    assert find_variable(dataset(pr={}, precip={}), "pr", "precip").name == "precip"


def test_two_candidates_are_refused_by_name():
    with pytest.raises(VariableError, match=r"2 variables could be the precipitation: pr, rain_rate") as caught:
        find_variable(dataset(pr={}, rain_rate={}), "pr")
    assert "variable='pr'" in caught.value.remedy
    assert "--variable pr" in caught.value.remedy


@pytest.mark.parametrize(
    "variables",
    [{"tas": {"units": "K"}}, {"evap": {"units": "mm", "standard_name": "evaporation"}}, {"a": {}, "b": {}}, {}],
)
def test_without_a_candidate_the_fields_are_listed(variables):
    with pytest.raises(VariableError, match="No variable was recognised as precipitation") as caught:
        find_variable(dataset(**variables), "pr")
    assert all(name in caught.value.problem for name in variables)
    assert "--variable" in caught.value.remedy


def test_kelvins_alone_do_not_make_a_temperature():
    with pytest.raises(VariableError):
        find_variable(dataset(anomaly={"units": "K"}), "tas")


def test_a_long_list_is_cut():
    with pytest.raises(VariableError, match="and 5 more"):
        find_variable(dataset(**{f"v{i}": {} for i in range(15)}), "pr")


def test_an_absent_name_is_refused():
    with pytest.raises(VariableError, match="no variable 'rain'") as caught:
        find_variable(dataset(pr={}, tas={}), "pr", "rain")
    assert caught.value.remedy == "Choose one of: pr, tas."


def test_bounds_and_grid_mappings_are_no_candidates():
    ds = dataset(pr={"units": "mm h-1"}).expand_dims(time=2)
    ds["time"] = ("time", np.arange(2), {"bounds": "rain"})
    ds["rain"] = (("time", "nv"), np.zeros((2, 2)))
    ds["crs"] = ((), 0, {"grid_mapping_name": "latitude_longitude"})
    assert find_variable(ds, "pr").name == "pr"


def test_unknown_quantities_are_refused():
    with pytest.raises(InputError) as caught:
        quantity_of("snow")
    assert "pr, tas, tos" in caught.value.remedy


@pytest.mark.parametrize("units", ["m s-1", "kg m-2 s-1", "m"])
def test_a_lone_field_in_units_that_other_things_have_too_is_not_taken_for_rain(units):
    ds = xr.Dataset({"wind": ("x", np.ones(3), {"units": units})})
    with pytest.raises(VariableError) as caught:
        find_variable(ds, "pr")
    assert "--variable" in caught.value.remedy
