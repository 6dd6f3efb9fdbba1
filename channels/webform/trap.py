"""The field that people do not see and robots fill in."""

TRAP = "website_url"
