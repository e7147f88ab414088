"""What an operator asks at three in the morning: a row for each check, with what it found and what to do."""
