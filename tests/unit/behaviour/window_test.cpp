// The send and the receive window: scale, updates, shrinking. RFC 9293 §3.8.6, §3.10.7.4; RFC 7323 §2.
