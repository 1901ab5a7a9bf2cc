// The retransmission timeout and what follows it. RFC 6298, RFC 5681 §3.1, RFC 2018 §8.
