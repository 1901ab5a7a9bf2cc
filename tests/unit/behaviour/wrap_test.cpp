// Transfers over the borders of the sequence space. RFC 9293 §3.4.
