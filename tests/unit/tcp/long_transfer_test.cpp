// long_transfer
