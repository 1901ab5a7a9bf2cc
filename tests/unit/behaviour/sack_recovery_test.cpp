// Loss recovery with SACK. RFC 6675.
