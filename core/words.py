"""Marks words below `app` for translation; they are translated where a person reads them."""


def N_(text: str) -> str:  # noqa: N802
    """Return the English sentence itself; the extractor of translations collects it."""
    return text
