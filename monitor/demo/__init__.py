"""The main job on embedded everything: a site that changes, a mail server and a Slack-like endpoint."""
