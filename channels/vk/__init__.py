"""A community of VK: its messages come by Bots Long Poll or Callback API and are answered by the API."""
