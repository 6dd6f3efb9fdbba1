"""The chat on the shop's own pages: its outside are our own visitors, who live in tables here."""
