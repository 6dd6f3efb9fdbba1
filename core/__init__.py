"""The ground all packages stand on; it knows nothing of helpdesks."""
