// ack_policy
