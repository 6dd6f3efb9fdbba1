"""Coverage-guided fuzzing, for as long as somebody lets it run."""
