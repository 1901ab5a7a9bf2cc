// send_buffer
