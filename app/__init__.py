"""How people and processes reach the product, and where everything is put together."""
