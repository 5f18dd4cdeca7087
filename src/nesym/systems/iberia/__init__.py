"""Fine climate of Iberia by diffusion: data, model, claims."""
