"""Those who answer and those who write: agents, teams, working hours, customers, identities."""
