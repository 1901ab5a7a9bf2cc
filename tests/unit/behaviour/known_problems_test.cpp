// The problems of TCP implementations that RFC 2525 lists, as far as they concern data.
