// What our SACK options say. RFC 2018 §4, RFC 2883.
