// Loss recovery without SACK. RFC 5681 §3.2, RFC 6582, RFC 3042.
