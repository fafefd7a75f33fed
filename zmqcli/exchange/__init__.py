"""The loops: send, receive, request, reply, converse. Batches in, batches out."""
