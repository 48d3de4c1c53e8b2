"""Simulation: the real functions on simulated services, where a scheduler decides every order, delay and failure."""
