"""Networks whose first layer is left as it was drawn."""

from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError
from nesym.learn.propagators._one_step import OneStep, Rule
from nesym.learn.propagators._ridge import ridge


@dataclass(frozen=True, kw_only=True)
class RandomFeatures(OneStep):
    """g = C [1; tanh(W [1; w])] with W ~ `scale` N(0, 1), `features` rows, and C by least squares with a `ridge`.

    Rahimi and Recht 2007 (NeurIPS 20); RaFeS and RaFeD of Schötz et al. 2024, arXiv 2407.20158.
    """

    features: int = 400
    scale: float = 0.1
    ridge: float = 1e-9

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.features < 1 or not (self.scale > 0 and self.ridge >= 0):
            raise InputError(f"{self} cannot be made.", "Give a positive number of features and scale.")

    def regression(self, inputs: np.ndarray, outputs: np.ndarray, step: float, key: int) -> Rule:
        """The readout of the drawn features."""
        weights = self.scale * np.random.default_rng(key).normal(size=(inputs.shape[1] + 1, self.features))

        def shown(rows: np.ndarray) -> np.ndarray:
            hidden = np.tanh(weights[0] + rows @ weights[1:])
            return np.concatenate([np.ones((*rows.shape[:-1], 1)), hidden], axis=-1)

        readout = ridge(shown(inputs), outputs, self.ridge)
        return lambda row: shown(row) @ readout
