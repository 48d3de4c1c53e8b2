"""What runs in Lambda: one file per function here, web, domain and aws behind them."""

import gc

# Imports make a hundred thousand objects that stay; looking through them every 700 takes a tenth of a cold start.
gc.set_threshold(50_000)
