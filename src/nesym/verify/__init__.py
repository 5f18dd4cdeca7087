"""Verification: statistics become metrics, metrics become claims, and baselines stand beside."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Asked": "claim",
        "Bins": "bins",
        "Blocks": "bootstrap",
        "Claim": "claim",
        "Histogram": "histogram",
        "MeanMetric": "statistics",
        "Metric": "statistics",
        "Rings": "spectra",
        "Score": "entries",
        "Scorer": "scorer",
        "State": "state",
        "Statistic": "statistics",
        "Table": "table",
        "claims_table": "claim",
        "collect": "scoreboard",
        "crps_ensemble": "crps",
        "crps_parts": "crps",
        "curves_of": "curves",
        "daily_sums": "indices",
        "interval": "bootstrap",
        "metrics": "metrics",
        "r95p": "indices",
        "rank_counts": "ranks",
        "rapsd": "spectra",
        "rx1day": "indices",
        "score": "scoreboard",
        "ssim": "similarity",
        "tabulate": "board",
        "wasserstein1": "histogram",
        "wet_day_threshold": "indices",
    },
)
