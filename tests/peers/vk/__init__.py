"""A VK that tests can play: API, Bots Long Poll, Callback API and uploads over real HTTP."""
