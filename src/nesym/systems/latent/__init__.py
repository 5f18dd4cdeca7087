"""Learned stochastic equations: worlds, trained models, claims."""
