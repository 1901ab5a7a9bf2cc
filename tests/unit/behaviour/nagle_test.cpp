// Nagle's algorithm. RFC 9293 §3.7.4.
