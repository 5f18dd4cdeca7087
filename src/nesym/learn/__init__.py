"""Learned dynamics: equations from trajectories, held to what they keep, and beside the strongest rivals."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Conserved": "expressions",
        "Drift": "conserved",
        "Expression": "expressions",
        "HamiltonianNetwork": "hamiltonian",
        "Job": "benchmark",
        "KramersMoyal": "kramers_moyal",
        "LatentEnsemble": "latent_ensemble",
        "LatentSDE": "latent_sde",
        "LatentTraining": "latent_training",
        "NeuralODE": "neural_ode",
        "PolynomialFit": "polynomial",
        "PolynomialPropagator": "polynomial",
        "Result": "_results",
        "Shooting": "shooting",
        "Task": "_task",
        "Trajectories": "trajectories",
        "compare": "comparison",
        "cut": "trajectories",
        "drifts": "conserved",
        "linear_sde": "_linear",
        "overview": "benchmark_tables",
        "quadratic_variation": "_variation",
        "run_benchmark": "benchmark",
        "score_table": "benchmark_tables",
        "scored": "benchmark",
        "simulate": "simulation",
        "standing": "benchmark_tables",
        "to_csv": "benchmark_tables",
        "to_latex": "benchmark_tables",
    },
)
