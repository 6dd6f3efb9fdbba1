"""The one door to the outside: what may be reached, and within what bounds."""
