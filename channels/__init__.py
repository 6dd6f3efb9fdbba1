"""How each kind of channel works; the only package that talks to the outside."""
