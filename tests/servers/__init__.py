"""Real servers on loopback for the tests: HTTP, SMTP and a Slack-like endpoint."""
