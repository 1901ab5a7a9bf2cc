// Round-trip samples and what the RTO makes of them. RFC 6298, RFC 7323 §4.
