"""The outside, played by real servers and by ones that misbehave on order."""
