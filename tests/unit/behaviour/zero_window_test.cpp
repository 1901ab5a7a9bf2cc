// A closed window, and how it is probed. RFC 9293 §3.8.6.1.
