// receive_buffer
