// When an acknowledgment leaves. RFC 5681 §4.2, RFC 9293 §3.8.6.3.
