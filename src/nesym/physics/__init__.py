"""Moved by physics: process models with exact gradients, and what their solutions keep."""

from nesym._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "FPUT": "fput",
        "Converter": "converter",
        "Diffusion": "_diffusion",
        "DoublePendulum": "double_pendulum",
        "DoubleWell": "double_well",
        "EnergyBalance": "energy_balance",
        "Flow": "_flow",
        "Lorenz63": "lorenz63",
        "Lorenz96": "lorenz96",
        "LotkaVolterra": "lotka_volterra",
        "OrnsteinUhlenbeck": "ornstein_uhlenbeck",
        "PendulumChain": "pendulum_chain",
        "PowerGrid": "power_grid",
        "QuarticPotential": "quartic_potential",
        "RigidBody": "rigid_body",
        "RobotArm": "robot_arm",
        "Thomas": "thomas",
        "TwoBody": "two_body",
    },
)
