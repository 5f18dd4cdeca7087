"""Learned dynamics: equations from trajectories, held to what they keep, and beside the strongest rivals."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Conserved": "laws.expressions",
        "Drift": "laws.conserved",
        "Expression": "laws.expressions",
        "HamiltonianNetwork": "equations.hamiltonian",
        "Job": "benchmark.runs",
        "KramersMoyal": "noise.kramers_moyal",
        "LatentEnsemble": "noise.latent_ensemble",
        "LatentSDE": "noise.latent_sde",
        "LatentTraining": "noise.latent_training",
        "NeuralODE": "equations.neural_ode",
        "PolynomialFit": "polynomials.polynomial",
        "PolynomialPropagator": "polynomials.polynomial",
        "Result": "benchmark._results",
        "Shooting": "equations.shooting",
        "Task": "benchmark._task",
        "Trajectories": "trajectories",
        "compare": "equations.comparison",
        "cut": "trajectories",
        "drifts": "laws.conserved",
        "linear_sde": "noise._linear",
        "overview": "benchmark.tables",
        "quadratic_variation": "noise._variation",
        "run_benchmark": "benchmark.runs",
        "score_table": "benchmark.tables",
        "scored": "benchmark.runs",
        "simulate": "simulation",
        "standing": "benchmark.tables",
        "to_csv": "benchmark.tables",
        "to_latex": "benchmark.tables",
    },
)
