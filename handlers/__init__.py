"""What runs in Lambda: one file per function here, web, domain and aws behind them."""
