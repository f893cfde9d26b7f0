"""`python -m sweep.train.download NAME` lets Keras fetch a data set into its own cache.

Tested in tests/data/test_dataset.py.
"""

import sys

import keras

if __name__ == "__main__":
    getattr(keras.datasets, sys.argv[1]).load_data()
