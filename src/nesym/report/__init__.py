"""What was found, to look at: maps with a packaged coastline, figures, one self-contained HTML page."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Figure": "page",
        "Layer": "maps",
        "Page": "page",
        "Run": "page",
        "Section": "page",
        "adjustment_report": "adjustment",
        "benchmark_report": "benchmark",
        "downscaling_report": "downscaling",
        "lag1_figure": "figures",
        "learned_report": "learned",
        "map_panel": "maps",
        "rain_scale": "style",
        "rank_histogram_figure": "figures",
        "rapsd_figure": "spectra",
        "render": "page",
        "score_figure": "figures",
        "segments": "coastline",
    },
)
