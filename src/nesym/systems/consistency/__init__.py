"""Rain made fine by a consistency model: scores, claims, the scale where spectra part."""
