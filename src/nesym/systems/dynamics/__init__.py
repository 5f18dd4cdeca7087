"""Learned differential equations that keep their laws: worlds, runs, scores, claims."""
