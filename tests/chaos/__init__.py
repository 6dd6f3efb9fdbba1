"""Everything is killed at random under load; then it is counted what became of every letter and answer."""
