"""Names that a form's own fields cannot have."""

# The field that people do not see and robots fill in.
TRAP = "website_url"
CONSENT = "consent"
RESERVED = frozenset({TRAP, CONSENT})
