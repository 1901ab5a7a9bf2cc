// Silly windows, avoided by sender and receiver. RFC 9293 §3.8.6.2.
