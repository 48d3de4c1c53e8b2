"""What runs in Lambda: one file per function here, web, domain and aws behind them."""

import gc
import os

# Imports make over a hundred thousand objects that stay; looking through them every 700 takes a fifth of a cold start.
gc.set_threshold(200_000)
# Nobody installs plugins of pydantic into a function, and looking for them reads the metadata of every package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
