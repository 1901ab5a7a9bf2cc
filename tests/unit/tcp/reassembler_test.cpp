// reassembler
