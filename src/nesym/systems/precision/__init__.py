"""How far a polynomial follows a chaotic system: windows of the series, claims."""
