"""The catalogue: what each data set is, where it comes from, and what its licence allows."""

from dataclasses import dataclass

PYCOMLINK = "pycomlink 0.6.0 on the Python package index, example_areal_reference_data.nc"
PYSTEPS = "github.com/pySTEPS/pysteps-data at eaa59fb8f39205a3b1a0b44724ad8cd4a86d107e"
JCM = "computed for NESYM with JCM 3.0.0 (jax-gcm): SPEEDY physics, T31, 8 levels, 30-minute step, fixed sea surface"


@dataclass(frozen=True)
class Entry:
    """One data set.

    `file` is a path inside the installed package where `packaged`, otherwise inside the folder of larger data sets
    (`NESYM_DATA`). `redistributable`: copies may be passed on with the attribution. `trainable`: weights fitted to it
    may be published.
    """

    id: str
    title: str
    file: str
    licence: str
    attribution: str
    source: str
    variables: tuple[str, ...]
    purpose: str
    packaged: bool = False
    redistributable: bool = True
    trainable: bool = True


DWD = {
    "licence": "DWD open data, attribution required; BSD-3-Clause package",
    "attribution": "Deutscher Wetterdienst",
    "source": PYCOMLINK,
    "variables": ("pr_amount",),
}
MCH = {
    "licence": "none stated: internal evaluation only",
    "attribution": "MeteoSwiss",
    "source": f"{PYSTEPS}, radar/mch",
    "variables": ("rain_rate",),
    "purpose": "evaluation over mountains",
    "redistributable": False,
    "trainable": False,
}
SPEEDY = {
    "licence": "Apache-2.0",
    "attribution": "The NESYM developers; JCM (jax-gcm), SPEEDY physics",
    "source": JCM,
    "variables": ("pr",),
}
BERLIN = {
    "licence": "CC BY 4.0 (test data of ISIMIP3BASD)",
    "attribution": "ISIMIP: observation-like W5E5, and a model of CMIP6",
    "source": "github.com/ecmwf-projects/ibicus at d20c1a22a214a778100c1740327e40d5551168b9, notebooks/testing_data/ISIMIP",
    "purpose": "scoring of bias adjustment with all variables of the standard",
    "redistributable": False,
    "trainable": False,
}

ENTRIES = (
    Entry(
        id="radar_germany",
        title="RADOLAN-YW radar rain, 128 x 128 km in Germany, 5 min, 1 km, 19 to 20 May 2018",
        file="data/samples/dwd_yw_5min_128x128_2018-05-19_20.nc",
        purpose="the first run of `nesym downscale`, tests and examples",
        packaged=True,
        **DWD,
    ),
    Entry(
        id="pacific_ref",
        title="SPEEDY daily rain over the tropical Pacific, 3.75 degrees, four years of the reference world",
        file="data/samples/speedy_pacific_ref.nc",
        purpose="stands for observations in the first run of `nesym adjust`, in tests and examples",
        packaged=True,
        **SPEEDY,
    ),
    Entry(
        id="pacific_esm",
        title="SPEEDY daily rain over the tropical Pacific, a biased twin with a double ITCZ",
        file="data/samples/speedy_pacific_esm.nc",
        purpose="the model run that is corrected there",
        packaged=True,
        **SPEEDY,
    ),
    Entry(
        id="pacific_esm_plus3K",
        title="SPEEDY daily rain over the tropical Pacific, the biased twin with its surface 3 K warmer",
        file="data/samples/speedy_pacific_esm_plus3K.nc",
        purpose="the scenario that is corrected there",
        packaged=True,
        **SPEEDY,
    ),
    Entry(
        id="coastline",
        title="Coastlines of the world, 1:110 000 000",
        file="report/coastline.npz",
        licence="public domain",
        attribution="Natural Earth",
        source="land-110m.json of the npm package world-atlas 2.0.2, as lines (tools/make_coastline.py)",
        variables=("lon", "lat", "start"),
        purpose="maps",
        packaged=True,
    ),
    Entry(
        id="dwd_yw_germany",
        title="RADOLAN-YW radar rain, 190 x 228 km in Germany, 5 min, 1 km, 10 to 20 May 2018",
        file="radar/dwd_yw_germany_20180510-20_5min_1km.nc",
        purpose="fitting and scoring of rain downscaling",
        **DWD,
    ),
    Entry(
        id="fmi_finland",
        title="FMI radar composite of Finland (lowest CAPPI), 5 min, 1 km, 28 September 2016",
        file="radar/fmi_finland_20160928_5min_1km.nc",
        licence="CC BY 4.0 (FMI's statement on its open data)",
        attribution="Finnish Meteorological Institute",
        source=f"{PYSTEPS}, radar/fmi",
        variables=("rain_rate",),
        purpose="frontal rain in the north, a large domain",
    ),
    Entry(
        id="knmi_netherlands",
        title="KNMI radar rain of the Netherlands, without gauges, 5 min, 1 km, 26 August 2010",
        file="radar/knmi_netherlands_20100826_5min_1km.nc",
        licence="CC BY 4.0 (KNMI's statement on its open data)",
        attribution="Royal Netherlands Meteorological Institute (KNMI)",
        source=f"{PYSTEPS}, radar/KNMI",
        variables=("rain_rate",),
        purpose="an extreme of widespread rain",
    ),
    Entry(
        id="bom_brisbane",
        title="Rainfields radar rain around Brisbane, bias-corrected, 10 min, 1 km, 31 October 2020",
        file="radar/bom_brisbane_20201031_10min_1km.nc",
        licence="Bureau of Meteorology copyright page (mostly CC BY 3.0 AU)",
        attribution="Bureau of Meteorology, Australia",
        source=f"{PYSTEPS}, radar/bom/prcp-c10/66",
        variables=("rain_rate",),
        purpose="subtropical thunderstorms",
    ),
    Entry(
        id="mrms_us",
        title="MRMS rain rate, the wettest 15 x 20 degrees of the United States, 2 min, 0.04 degrees, 10 June 2019",
        file="radar/mrms_us_20190610_2min_4km.nc",
        licence="public domain (work of the United States government)",
        attribution="NOAA/NSSL Multi-Radar Multi-Sensor",
        source=f"{PYSTEPS}, mrms/2019/06/10",
        variables=("rain_rate",),
        purpose="radar rain in latitude and longitude",
    ),
    Entry(
        id="mch_switzerland_2015",
        title="MeteoSwiss radar composite AQC, 5 min, 1 km, 15 May 2015",
        file="radar/mch_switzerland_20150515_5min_1km.nc",
        **MCH,
    ),
    Entry(
        id="mch_switzerland_2016",
        title="MeteoSwiss radar composite AQC, 5 min, 1 km, 11 July 2016",
        file="radar/mch_switzerland_20160711_5min_1km.nc",
        **MCH,
    ),
    Entry(
        id="speedy_ref",
        title="SPEEDY daily rain, the reference world",
        file="speedy/pr_ref.nc",
        purpose="stands for observations of the globe",
        **SPEEDY,
    ),
    Entry(
        id="speedy_esm",
        title="SPEEDY daily rain, a biased twin with a double ITCZ, more drizzle and weaker extremes",
        file="speedy/pr_esm.nc",
        purpose="stands for an Earth system model to correct",
        **SPEEDY,
    ),
    Entry(
        id="speedy_ref_plus3K",
        title="SPEEDY daily rain, the reference world with its surface 3 K warmer",
        file="speedy/pr_ref_plus3K.nc",
        purpose="a future whose truth is known",
        **SPEEDY,
    ),
    Entry(
        id="speedy_esm_plus3K",
        title="SPEEDY daily rain, the biased twin with its surface 3 K warmer",
        file="speedy/pr_esm_plus3K.nc",
        purpose="the scenario to correct",
        **SPEEDY,
    ),
    Entry(
        id="berlin_coarse",
        title="Daily weather around Berlin, observation-like, 2 x 2 cells, 1979 to 2014",
        file="gcm_bias/isimip3basd_berlin/obs_hist_coarse_1979-2014.nc",
        variables=("hurs", "pr", "prsnratio", "ps", "rlds", "rsds", "sfcWind", "tas", "tasrange", "tasskew"),
        **BERLIN,
    ),
    Entry(
        id="berlin_fine",
        title="Daily weather around Berlin, observation-like, 4 x 4 cells, 1979 to 2014",
        file="gcm_bias/isimip3basd_berlin/obs_hist_fine_1979-2014.nc",
        variables=("hurs", "pr", "prsnratio", "ps", "rlds", "rsds", "sfcWind", "tasrange", "tasskew"),
        **BERLIN,
    ),
    Entry(
        id="berlin_model",
        title="Daily weather around Berlin of a climate model, 2 x 2 cells, 1979 to 2014",
        file="gcm_bias/isimip3basd_berlin/sim_hist_coarse_1979-2014.nc",
        variables=("hurs", "pr", "prsnratio", "ps", "rlds", "rsds", "sfcWind", "tas", "tasrange", "tasskew"),
        **BERLIN,
    ),
)
