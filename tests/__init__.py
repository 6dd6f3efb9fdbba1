"""What holds the promises: tests that mirror the packages, stories, peers, browsers and chaos."""
