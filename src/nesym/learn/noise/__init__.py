"""Equations with noise, from series: latent ones by variational inference, and estimates that need no network."""
