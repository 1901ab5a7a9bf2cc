// Data that arrives in another order. RFC 9293 §3.10.7.4.
