"""Translators of climate-model rain: worlds, scores, claims."""
