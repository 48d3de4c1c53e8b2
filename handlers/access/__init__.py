"""Who may do what: API keys, the grants behind them, and scopes."""
