// How the congestion window opens. RFC 5681 §3.1 and §4.1, RFC 6928.
