"""What agents have promised to do, by when."""
