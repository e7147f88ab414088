"""What is wrong with a rule."""

from __future__ import annotations

from monitor.errors import PolicywatchError


class RuleError(PolicywatchError):
    """A rule that cannot be used; `where` is the path within its table, such as `near[0].within`."""

    exit_code = 78

    def __init__(self, rule_id: str, where: str, message: str) -> None:
        super().__init__(f"Rule {rule_id!r}, {where}: {message}")
        self.rule_id = rule_id
        self.where = where
        self.message = message
