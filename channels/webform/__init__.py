"""Forms on the shop's own pages: what strangers fill in becomes a dialog that is answered by e-mail."""
