// Sending: segmentation by MSS, PSH, the options' share. RFC 9293 §3.7.1, §3.9.1.2.
