"""How policywatch speaks: one file for each kind of channel, all behind `notifiers.base`."""
