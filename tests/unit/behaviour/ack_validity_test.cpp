// Acknowledgments that are wrong or hostile. RFC 9293 §3.10.7.4, RFC 5961 §5, RFC 5681 §3.1.
