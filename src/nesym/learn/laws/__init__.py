"""Laws as formulas: read by a parser, compared with data, made into constraints."""
