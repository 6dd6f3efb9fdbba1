"""The ground: database, events, time, errors, files, secrets and the one door to the outside."""
