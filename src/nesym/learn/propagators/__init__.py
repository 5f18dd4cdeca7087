"""Methods that learn from one trajectory how to go on, under one protocol."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Analogue": "baselines",
        "ConstantMean": "baselines",
        "EchoState": "reservoir",
        "FeedForward": "feed_forward",
        "Fitted": "_protocol",
        "GaussianProcess": "neighbours",
        "LastState": "baselines",
        "LocalLinear": "neighbours",
        "METHODS": "methods",
        "NetworkTraining": "_training",
        "NeuralDifferential": "differential",
        "Polynomial": "polynomial",
        "Propagator": "_protocol",
        "RandomFeatures": "random_features",
        "Recurrent": "recurrent",
        "SparseIdentification": "splines",
        "SplinePolynomial": "splines",
        "SplineProcess": "splines",
        "Transformer": "transformer",
    },
)
