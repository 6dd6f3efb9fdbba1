"""How Emptyfeed speaks to the outside: adapters, what arrives, what leaves."""
