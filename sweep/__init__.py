"""Sweeps over the hyperparameters of a convolutional network: one YAML file in, one results table
out."""

__version__ = "0.1.0"
