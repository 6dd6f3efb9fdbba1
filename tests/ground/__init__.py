"""What a test stands on: a database, a clock it can move, a network that leads nowhere."""
