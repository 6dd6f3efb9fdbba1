"""Measurements of the real product: real processes, real servers, figures that can be compared."""
