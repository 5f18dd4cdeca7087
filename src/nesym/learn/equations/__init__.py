"""Differential equations with networks inside: their fields, their training, their forecasts and their rivals."""
