"""Polynomial maps from one sample to the next, in double precision and beyond."""
